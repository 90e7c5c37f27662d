#include <string_view>

#include <gtest/gtest.h>
#include <webp/encode.h>

#include "kyc/image/codec.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

Bytes taken(std::uint8_t* data, std::size_t size) {
  Bytes out(data, data + size);
  WebPFree(data);
  return out;
}

Bytes lossless(const Image& image) {
  std::uint8_t* data = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGB(image.pixels.data(), image.width, image.height, image.width * 3, &data);
  return taken(data, size);
}

Bytes lossy(const Image& image) {
  std::uint8_t* data = nullptr;
  const std::size_t size =
      WebPEncodeRGB(image.pixels.data(), image.width, image.height, image.width * 3, 90, &data);
  return taken(data, size);
}

void append_32(Bytes& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_chunk(Bytes& out, std::string_view name, const Bytes& data) {
  out.insert(out.end(), name.begin(), name.end());
  append_32(out, data.size());
  out.insert(out.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) out.push_back(0);
}

// The extended container around the picture of a simple file. flags: 8 EXIF, 2 animation
Bytes extended(const Bytes& simple, const Image& image, std::uint8_t flags, const Bytes& exif) {
  const auto width = static_cast<std::uint32_t>(image.width - 1);
  const auto height = static_cast<std::uint32_t>(image.height - 1);
  Bytes body = {'W', 'E', 'B', 'P'};
  append_chunk(body,
               "VP8X",
               {flags,
                0,
                0,
                0,
                static_cast<std::uint8_t>(width),
                static_cast<std::uint8_t>(width >> 8),
                0,
                static_cast<std::uint8_t>(height),
                static_cast<std::uint8_t>(height >> 8),
                0});
  if ((flags & 2) != 0) append_chunk(body, "ANIM", Bytes(6));
  body.insert(body.end(), simple.begin() + 12, simple.end());
  if (!exif.empty()) append_chunk(body, "EXIF", exif);
  Bytes out = {'R', 'I', 'F', 'F'};
  append_32(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

TEST(Webp, LosslessIsReadExactly) {
  const Image image = noise_image(37, 29, 1);
  EXPECT_EQ(decode_image(lossless(image), "x"), image);
}

TEST(Webp, LossyIsReadAboutRight) {
  const Image image = smooth_image(97, 61);
  EXPECT_LE(largest_difference(decode_image(lossy(image), "x"), image), 40);
}

TEST(Webp, WhatIsEncodedIsDecoded) {
  const Image image = smooth_image(61, 40);
  EXPECT_LT(largest_difference(decode_image(encode_webp(image, 95), "x.webp"), image), 40);
  EXPECT_LT(encode_webp(image, 20).size(), encode_webp(image, 95).size());
  refusal(ErrorCode::InvalidArgument, [&] { encode_webp(image, 0); });
  refusal(ErrorCode::InvalidArgument, [&] { encode_webp(image, 101); });
  refusal(ErrorCode::InvalidArgument, [] { encode_webp(make_image(16'384, 1)); });
}

TEST(Webp, AlphaIsBlendedOverWhite) {
  Bytes rgba;
  for (int i = 0; i < 16; ++i)
    rgba.insert(rgba.end(), {0, 100, 255, static_cast<std::uint8_t>(i < 8 ? 51 : 255)});
  std::uint8_t* data = nullptr;
  const std::size_t size = WebPEncodeLosslessRGBA(rgba.data(), 4, 4, 16, &data);
  const Image image = decode_image(taken(data, size), "x");
  EXPECT_EQ(Bytes(image.pixels.begin(), image.pixels.begin() + 3), (Bytes{204, 224, 255}));
  EXPECT_EQ(Bytes(image.pixels.end() - 3, image.pixels.end()), (Bytes{0, 100, 255}));
}

TEST(Webp, ExifOrientationIsApplied) {
  const Image image = noise_image(6, 4, 2);
  Bytes signed_exif = {'E', 'x', 'i', 'f', 0, 0};
  for (const std::uint8_t byte : exif_with_orientation(6)) signed_exif.push_back(byte);
  for (const Bytes& exif : {exif_with_orientation(6), signed_exif}) {
    const Bytes file = extended(lossless(image), image, 8, exif);
    EXPECT_EQ(decode_image(file, "x").width, 4);
    EXPECT_EQ(decode_image(file, "x", {.apply_orientation = false}), image);
  }
}

TEST(Webp, AnAnimationIsUnsupported) {
  const Image image = noise_image(6, 4, 3);
  const Bytes file = extended(lossless(image), image, 2, {});
  EXPECT_EQ(refusal(ErrorCode::Unsupported, [&] { decode_image(file, "a.webp"); }),
            "a.webp: WebP: is an animation, expected a still picture");
}

TEST(Webp, ACutFileIsCorruptWhereverItIsCut) {
  for (const Bytes& whole : {lossy(smooth_image(97, 61)), lossless(smooth_image(31, 20))}) {
    for (std::size_t size = 12; size + 1 < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string message = refusal(ErrorCode::Corrupt, [&] { decode_image(cut, "cut.webp"); });
      EXPECT_EQ(message.rfind("cut.webp: ", 0), 0U) << message << " at " << size << " of " << whole.size();
    }
  }
}

TEST(Webp, TheSizeIsCheckedBeforeThePicture) {
  const Bytes file = lossless(make_image(8'001, 1));
  EXPECT_EQ(
      refusal(ErrorCode::InvalidArgument, [&] { decode_image(file, "big.webp", {.max_pixels = 8'000}); }),
      "big.webp: expected at most 8000 pixels, got 8001 x 1");
}

}  // namespace
}  // namespace kyc
