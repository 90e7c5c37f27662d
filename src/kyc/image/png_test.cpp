#include <gtest/gtest.h>
#include <png.h>

#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

struct PngRecipe {
  int bit_depth = 8;
  int color_type = PNG_COLOR_TYPE_RGB;
  int interlace = PNG_INTERLACE_NONE;
  std::vector<png_color> palette = {};
  Bytes palette_alpha = {};
  Bytes exif = {};
  double gamma = 0;
};

// rows: the packed rows as the format stores them
Bytes written_png(const Bytes& rows, int width, int height, const PngRecipe& recipe) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png,
      &out,
      [](png_structp self, png_bytep data, std::size_t count) {
        auto* bytes = static_cast<Bytes*>(png_get_io_ptr(self));
        bytes->insert(bytes->end(), data, data + count);
      },
      nullptr);
  png_set_IHDR(png,
               info,
               static_cast<png_uint_32>(width),
               static_cast<png_uint_32>(height),
               recipe.bit_depth,
               recipe.color_type,
               recipe.interlace,
               PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (recipe.gamma > 0) png_set_gAMA(png, info, recipe.gamma);
  if (!recipe.palette.empty())
    png_set_PLTE(png, info, recipe.palette.data(), static_cast<int>(recipe.palette.size()));
  if (!recipe.palette_alpha.empty())
    png_set_tRNS(
        png, info, recipe.palette_alpha.data(), static_cast<int>(recipe.palette_alpha.size()), nullptr);
  Bytes exif = recipe.exif;
  if (!exif.empty()) png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), exif.data());
  png_write_info(png, info);
  const std::size_t row_bytes = png_get_rowbytes(png, info);
  std::vector<png_bytep> pointers;
  pointers.reserve(static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    pointers.push_back(const_cast<png_bytep>(rows.data()) + static_cast<std::size_t>(y) * row_bytes);
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

TEST(Png, WhatIsEncodedIsDecodedExactly) {
  for (const Image& image : {noise_image(97, 61, 1), smooth_image(31, 200), make_image(1, 1)})
    EXPECT_EQ(decode_image(encode_png(image), "x"), image);
}

TEST(Png, SixteenBitsAreRoundedToEight) {
  // 0x80FF / 257 = 128.49, 0x8180 / 257 = 129.0
  const Bytes row = {0x80, 0xFF, 0x81, 0x80, 0xFF, 0xFF};
  EXPECT_EQ(decode_image(written_png(row, 1, 1, {.bit_depth = 16}), "x").pixels, (Bytes{128, 129, 255}));
}

TEST(Png, GreyOfOneBitIsBlackAndWhite) {
  const Bytes row = {0b10100000};
  EXPECT_EQ(
      decode_image(written_png(row, 3, 1, {.bit_depth = 1, .color_type = PNG_COLOR_TYPE_GRAY}), "x").pixels,
      (Bytes{255, 255, 255, 0, 0, 0, 255, 255, 255}));
}

TEST(Png, AlphaIsBlendedOverWhite) {
  const Bytes row = {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 51};
  for (const int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7})
    EXPECT_EQ(
        decode_image(written_png(row, 3, 1, {.color_type = PNG_COLOR_TYPE_RGBA, .interlace = interlace}), "x")
            .pixels,
        (Bytes{10, 20, 30, 255, 255, 255, 204, 224, 255}));
}

TEST(Png, ATransparentColourOfThePaletteIsWhite) {
  const Bytes row = {0, 1};
  const PngRecipe recipe{
      .color_type = PNG_COLOR_TYPE_PALETTE, .palette = {{1, 2, 3}, {4, 5, 6}}, .palette_alpha = {255, 0}};
  EXPECT_EQ(decode_image(written_png(row, 2, 1, recipe), "x").pixels, (Bytes{1, 2, 3, 255, 255, 255}));
}

TEST(Png, InterlacedIsTheSamePicture) {
  const Image image = noise_image(37, 29, 2);
  EXPECT_EQ(decode_image(written_png(image.pixels, 37, 29, {.interlace = PNG_INTERLACE_ADAM7}), "x"), image);
}

TEST(Png, GammaIsIgnored) {
  const Bytes row = {10, 20, 30};
  EXPECT_EQ(decode_image(written_png(row, 1, 1, {.gamma = 1.0}), "x").pixels, row);
}

TEST(Png, ExifOrientationIsApplied) {
  const Bytes row = {1, 1, 1, 2, 2, 2};
  const Image image = decode_image(written_png(row, 2, 1, {.exif = exif_with_orientation(6)}), "x");
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.pixels, row);
}

TEST(Png, ACutFileIsCorruptWhereverItIsCut) {
  const Bytes whole = encode_png(smooth_image(31, 20));
  for (std::size_t size = 16; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string message = refusal(ErrorCode::Corrupt, [&] { decode_image(cut, "cut.png"); });
    EXPECT_EQ(message.rfind("cut.png: ", 0), 0U) << message;
  }
}

TEST(Png, AnyByteChangedInTheDataIsFound) {
  const Bytes whole = encode_png(smooth_image(31, 20));
  for (std::size_t at = 16; at + 12 < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= 0x10;
    EXPECT_THROW(decode_image(damaged, "x"), Error) << at;
  }
}

TEST(Png, TheSizeIsCheckedBeforeThePicture) {
  Bytes wide = encode_png(make_image(8'001, 1));
  const std::string message =
      refusal(ErrorCode::InvalidArgument, [&] { decode_image(wide, "big.png", {.max_pixels = 8'000}); });
  EXPECT_EQ(message, "big.png: expected at most 8000 pixels, got 8001 x 1");
  EXPECT_EQ(decode_image(wide, "big.png", {.max_pixels = 8'001}).width, 8'001);
}

// PngSuite names: s01..s40 give the size; x files are damaged.
TEST(PngSuite, EveryValidFileIsReadAndEveryDamagedOneIsCorrupt) {
  const std::filesystem::path folder = kVectors / "pngsuite/png";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "PngSuite is not here: it is looked for in " << folder;
  int valid = 0;
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".png") continue;
    if (name[0] == 'x') {
      ++damaged;
      const std::string message = refusal(ErrorCode::Corrupt, [&] { read_image(entry.path()); });
      EXPECT_EQ(message.rfind(entry.path().string(), 0), 0U) << message;
      continue;
    }
    ++valid;
    const Image image = read_image(entry.path());
    const int size = name[0] == 's'              ? std::stoi(name.substr(1, 2))
                     : name.rfind("bas", 0) == 0 ? 32
                                                 : image.width;
    EXPECT_EQ(image.width, size) << name;
  }
  EXPECT_EQ(damaged, 14);
  EXPECT_GE(valid, 160);
}

// The same pictures, stored interlaced and not.
TEST(PngSuite, InterlacedFilesShowTheSameAsTheOthers) {
  const std::filesystem::path folder = kVectors / "pngsuite/png";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "PngSuite is not here: it is looked for in " << folder;
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (name.rfind("basi", 0) != 0) continue;
    name[3] = 'n';
    EXPECT_EQ(read_image(entry.path()), read_image(folder / name)) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 15);
}

}  // namespace
}  // namespace kyc
