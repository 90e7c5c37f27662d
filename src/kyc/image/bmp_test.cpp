#include <gtest/gtest.h>

#include "kyc/image/codec.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

void append(Bytes& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

struct BmpRecipe {
  std::int32_t width = 1;
  std::int32_t height = 1;  // negative: from top to bottom
  std::uint32_t bits = 24;
  std::uint32_t compression = 0;
  std::vector<std::uint32_t> masks = {};
  Bytes palette = {};  // B, G, R, 0
  std::uint32_t colours = 0;
};

Bytes written(const BmpRecipe& recipe, const Bytes& rows) {
  Bytes out = {'B', 'M'};
  const auto start = static_cast<std::uint32_t>(54 + recipe.masks.size() * 4 + recipe.palette.size());
  append(out, start + static_cast<std::uint32_t>(rows.size()), 4);
  append(out, 0, 4);
  append(out, start, 4);
  append(out, 40, 4);
  append(out, static_cast<std::uint32_t>(recipe.width), 4);
  append(out, static_cast<std::uint32_t>(recipe.height), 4);
  append(out, 1, 2);
  append(out, recipe.bits, 2);
  append(out, recipe.compression, 4);
  out.insert(out.end(), 12, 0);
  append(out, recipe.colours, 4);
  append(out, 0, 4);
  for (const std::uint32_t mask : recipe.masks) append(out, mask, 4);
  out.insert(out.end(), recipe.palette.begin(), recipe.palette.end());
  out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

TEST(Bmp, RowsRunFromTheBottomUnlessTheHeightIsNegative) {
  const Bytes rows = {1, 2, 3, 0, 4, 5, 6, 0};  // B, G, R and padding
  EXPECT_EQ(decode_image(written({.width = 1, .height = 2}, rows), "x").pixels, (Bytes{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(decode_image(written({.width = 1, .height = -2}, rows), "x").pixels, (Bytes{3, 2, 1, 6, 5, 4}));
}

TEST(Bmp, PalettesOfOneFourAndEightBitsAreRead) {
  const Bytes palette = {10, 20, 30, 0, 40, 50, 60, 0};
  const Bytes expected = {60, 50, 40, 30, 20, 10, 60, 50, 40};
  const auto decoded = [&](std::uint32_t bits, const Bytes& row) {
    return decode_image(written({.width = 3, .bits = bits, .palette = palette, .colours = 2}, row), "x")
        .pixels;
  };
  EXPECT_EQ(decoded(1, {0b10100000, 0, 0, 0}), expected);
  EXPECT_EQ(decoded(4, {0x10, 0x10, 0, 0}), expected);
  EXPECT_EQ(decoded(8, {1, 0, 1, 0}), expected);
}

TEST(Bmp, AnIndexBeyondThePaletteIsBlack) {
  const Bytes file = written({.width = 2, .bits = 8, .palette = {1, 2, 3, 0}, .colours = 1}, {0, 200, 0, 0});
  EXPECT_EQ(decode_image(file, "x").pixels, (Bytes{3, 2, 1, 0, 0, 0}));
}

TEST(Bmp, SixteenBitsAreFiveForEachColourUnlessMasksSayOtherwise) {
  const Bytes row = {0b11100000, 0b01111111, 0, 0};  // 0 11111 11111 00000
  EXPECT_EQ(decode_image(written({.bits = 16}, row), "x").pixels, (Bytes{255, 255, 0}));
  const BmpRecipe masked{.bits = 16, .compression = 3, .masks = {0xF800, 0x7E0, 0x1F}};  // 01111 111111 00000
  EXPECT_EQ(decode_image(written(masked, row), "x").pixels, (Bytes{123, 255, 0}));
}

TEST(Bmp, ThirtyTwoBitsIgnoreTheFourthByteUnlessItHasAMask) {
  const Bytes row = {255, 100, 0, 51};
  EXPECT_EQ(decode_image(written({.bits = 32}, row), "x").pixels, (Bytes{0, 100, 255}));
  const BmpRecipe alpha{.bits = 32, .compression = 6, .masks = {0xFF0000, 0xFF00, 0xFF, 0xFF000000}};
  EXPECT_EQ(decode_image(written(alpha, row), "x").pixels, (Bytes{204, 224, 255}));
}

TEST(Bmp, TheOldHeaderOfOs2IsRead) {
  Bytes out = {'B', 'M'};
  append(out, 34, 4);
  append(out, 0, 4);
  append(out, 26, 4);
  append(out, 12, 4);
  append(out, 2, 2);
  append(out, 1, 2);
  append(out, 1, 2);
  append(out, 24, 2);
  out.insert(out.end(), {1, 2, 3, 4, 5, 6, 0, 0});
  EXPECT_EQ(decode_image(out, "x").pixels, (Bytes{3, 2, 1, 6, 5, 4}));
}

TEST(Bmp, RunLengthCodingIsUnsupported) {
  const Bytes file = written({.bits = 8, .compression = 1, .palette = Bytes(1024)}, Bytes(8));
  EXPECT_EQ(refusal(ErrorCode::Unsupported, [&] { decode_image(file, "r.bmp"); }),
            "r.bmp: BMP: is run-length coded, which is not supported");
}

TEST(Bmp, WhatMakesNoSenseIsCorrupt) {
  const Bytes row(4);
  const std::vector<BmpRecipe> damaged = {{.width = 0},
                                          {.width = -1},
                                          {.height = 0},
                                          {.height = INT32_MIN},
                                          {.bits = 7},
                                          {.bits = 8, .palette = {}},
                                          {.bits = 16, .compression = 3, .masks = {0xF0F0, 0, 0}},
                                          {.bits = 32, .compression = 3, .masks = {0xFFFFFFFF, 0, 0}}};
  for (const BmpRecipe& recipe : damaged)
    refusal(ErrorCode::Corrupt, [&] { decode_image(written(recipe, row), "x"); });
}

TEST(Bmp, ACutFileIsCorruptWhereverItIsCut) {
  const Bytes whole = written({.width = 5, .height = 3}, Bytes(48, 7));
  EXPECT_EQ(decode_image(whole, "x").width, 5);
  for (std::size_t size = 18; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string message = refusal(ErrorCode::Corrupt, [&] { decode_image(cut, "cut.bmp"); });
    EXPECT_EQ(message.rfind("cut.bmp: ", 0), 0U) << message;
  }
}

TEST(Bmp, TheSizeIsCheckedBeforeThePicture) {
  const Bytes file = written({.width = 40'000, .height = 40'000}, {});
  EXPECT_EQ(refusal(ErrorCode::InvalidArgument, [&] { decode_image(file, "big.bmp"); }),
            "big.bmp: expected at most 64000000 pixels, got 40000 x 40000");
}

}  // namespace
}  // namespace kyc
