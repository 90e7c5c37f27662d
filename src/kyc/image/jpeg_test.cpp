#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <jpeglib.h>

#include "kyc/image/codec.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

struct JpegRecipe {
  int components = 3;
  J_COLOR_SPACE stored = JCS_YCbCr;
  bool progressive = false;
  bool arithmetic = false;
  bool adobe = false;
  int restart_interval = 0;
  std::vector<jpeg_scan_info> scans = {};
};

// samples: [height, width, components] in the colour space that fits their number
Bytes written_jpeg(const Bytes& samples, int width, int height, const JpegRecipe& recipe) {
  jpeg_error_mgr errors;
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = recipe.components;
  info.in_color_space = recipe.components == 1 ? JCS_GRAYSCALE : recipe.components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, recipe.stored);
  jpeg_set_quality(&info, 95, TRUE);
  if (recipe.progressive) jpeg_simple_progression(&info);
  if (!recipe.scans.empty()) {
    info.scan_info = recipe.scans.data();
    info.num_scans = static_cast<int>(recipe.scans.size());
  }
  info.arith_code = recipe.arithmetic ? TRUE : FALSE;
  info.write_Adobe_marker = recipe.adobe ? TRUE : FALSE;
  info.restart_interval = static_cast<unsigned>(recipe.restart_interval);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < height; ++y) {
    JSAMPROW row =
        const_cast<JSAMPROW>(samples.data()) + static_cast<std::ptrdiff_t>(y) * width * recipe.components;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes out(data, data + size);
  std::free(data);
  return out;
}

Bytes with_segment(Bytes jpeg, std::uint8_t marker, const Bytes& data) {
  const std::size_t size = data.size() + 2;
  Bytes segment = {0xFF, marker, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  segment.insert(segment.end(), data.begin(), data.end());
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

Bytes with_exif(Bytes jpeg, const Bytes& tiff) {
  Bytes data = {'E', 'x', 'i', 'f', 0, 0};
  data.insert(data.end(), tiff.begin(), tiff.end());
  return with_segment(std::move(jpeg), 0xE1, data);
}

TEST(Jpeg, WhatIsEncodedIsDecoded) {
  const Image image = smooth_image(97, 61);
  const Image back = decode_image(encode_jpeg(image), "x");
  EXPECT_LE(largest_difference(image, back), 12);
  EXPECT_LT(encode_jpeg(image, 20).size(), encode_jpeg(image).size());
  EXPECT_EQ(encode_jpeg(image), encode_jpeg(image));
}

TEST(Jpeg, HalvedColoursAreSmallerAndKeepTheBrightness) {
  const Image image = noise_image(64, 48, 3);
  const Bytes halved = encode_jpeg(image, 90, JpegColours::Halved);
  EXPECT_LT(halved.size(), 0.8 * static_cast<double>(encode_jpeg(image, 90).size()));
  const Image read = decode_image(halved, "x.jpg");
  double luma = 0;
  double colour = 0;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    const auto y = [&](const Image& of) {
      return 0.299 * of.pixels[i] + 0.587 * of.pixels[i + 1] + 0.114 * of.pixels[i + 2];
    };
    luma += std::abs(y(image) - y(read));
    colour += std::abs(image.pixels[i + 2] - y(image) - (read.pixels[i + 2] - y(read)));
  }
  EXPECT_LT(luma, 0.3 * colour);
}

TEST(Jpeg, TheEncoderRefusesAQualityOutOfRange) {
  refusal(ErrorCode::InvalidArgument, [] { encode_jpeg(smooth_image(8, 8), 0); });
  refusal(ErrorCode::InvalidArgument, [] { encode_jpeg(smooth_image(8, 8), 101); });
}

TEST(Jpeg, TheEncoderRefusesWhatTheFormatCanNotHold) {
  refusal(ErrorCode::InvalidArgument, [] { encode_jpeg(make_image(70'000, 1)); });
}

TEST(Jpeg, AllKindsOfCodingAreRead) {
  const Image image = smooth_image(97, 61);
  for (const bool progressive : {false, true})
    for (const bool arithmetic : {false, true})
      for (const int restart : {0, 3}) {
        const JpegRecipe recipe{
            .progressive = progressive, .arithmetic = arithmetic, .restart_interval = restart};
        const Image back = decode_image(written_jpeg(image.pixels, image.width, image.height, recipe), "x");
        EXPECT_LE(largest_difference(image, back), 16) << progressive << arithmetic << restart;
      }
}

TEST(Jpeg, GreyHasThreeEqualChannels) {
  const Bytes grey(40 * 30, 77);
  const Image image =
      decode_image(written_jpeg(grey, 40, 30, {.components = 1, .stored = JCS_GRAYSCALE}), "x");
  ASSERT_EQ(image.pixels.size(), 40U * 30 * 3);
  for (const std::uint8_t value : image.pixels) EXPECT_NEAR(value, 77, 1);
}

// Ink C, M, Y, K of 20 %, 40 %, 60 %, 50 % gives light (1 - ink) * (1 - K).
TEST(Jpeg, CmykBecomesRgbWithAdobesInversionAndWithout) {
  const int ink[4] = {51, 102, 153, 128};
  const int expected[3] = {204 * 127 / 255, 153 * 127 / 255, 102 * 127 / 255};
  for (const bool adobe : {false, true}) {
    for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
      if (stored == JCS_YCCK && !adobe) continue;  // only the Adobe marker tells it from CMYK
      Bytes samples;
      for (int i = 0; i < 16 * 16; ++i)
        for (const int value : ink) samples.push_back(static_cast<std::uint8_t>(adobe ? 255 - value : value));
      const Image image = decode_image(
          written_jpeg(samples, 16, 16, {.components = 4, .stored = stored, .adobe = adobe}), "x");
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(image.row(8)[8 * 3 + c], expected[c], 3) << adobe << " " << stored;
    }
  }
}

// 2 x 3 blocks of 8 x 8 pixels, each of its own grey level.
Image numbered_blocks() {
  Image image = make_image(16, 24);
  for (int y = 0; y < 24; ++y)
    for (int x = 0; x < 16; ++x)
      std::fill_n(image.row(y) + x * 3, 3, static_cast<std::uint8_t>(40 * (y / 8 * 2 + x / 8)));
  return image;
}

std::vector<int> block_numbers(const Image& image) {
  std::vector<int> numbers;
  for (int y = 4; y < image.height; y += 8)
    for (int x = 4; x < image.width; x += 8) numbers.push_back((image.row(y)[x * 3] + 20) / 40);
  return numbers;
}

// EXIF 2.3, tag 0x0112: where the stored first row and first column belong.
TEST(Jpeg, ThePictureIsTurnedAsItsExifOrientationSays) {
  const std::vector<std::vector<int>> expected = {{0, 1, 2, 3, 4, 5},
                                                  {1, 0, 3, 2, 5, 4},
                                                  {5, 4, 3, 2, 1, 0},
                                                  {4, 5, 2, 3, 0, 1},
                                                  {0, 2, 4, 1, 3, 5},
                                                  {4, 2, 0, 5, 3, 1},
                                                  {5, 3, 1, 4, 2, 0},
                                                  {1, 3, 5, 0, 2, 4}};
  const Bytes jpeg = encode_jpeg(numbered_blocks(), 100);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes bytes = with_exif(jpeg, exif_with_orientation(orientation));
    const Image image = decode_image(bytes, "x");
    EXPECT_EQ(image.width, orientation < 5 ? 16 : 24);
    EXPECT_EQ(block_numbers(image), expected[static_cast<std::size_t>(orientation - 1)]) << orientation;
    EXPECT_EQ(decode_image(bytes, "x", {.apply_orientation = false}).width, 16);
  }
}

TEST(Jpeg, DamagedExifDataIsNoReasonToRefuseAPhoto) {
  const Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  EXPECT_EQ(decode_image(with_exif(jpeg, {'M', 'M', 0}), "x").width, 16);
  EXPECT_EQ(decode_image(with_exif(jpeg, Bytes(60'000, 0xFF)), "x").width, 16);
}

TEST(Jpeg, ManySegmentsTakeNoLongerThanTheyAreLong) {
  Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  Bytes segments;
  for (int i = 0; i < 250'000; ++i) segments.insert(segments.end(), {0xFF, 0xE1, 0, 2});
  jpeg.insert(jpeg.begin() + 2, segments.begin(), segments.end());
  EXPECT_EQ(decode_image(jpeg, "x").width, 16);  // took half a minute with jpeg_save_markers
}

TEST(Jpeg, DataAfterTheEndIsIgnored) {
  Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  const Image image = decode_image(jpeg, "x");
  jpeg.insert(jpeg.end(), 1000, 0xAB);
  EXPECT_EQ(decode_image(jpeg, "x"), image);
}

TEST(Jpeg, PaddingBeforeTheEndIsIgnoredAndOtherDataIsDamage) {
  const Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  Bytes padded = jpeg;
  padded.insert(padded.end() - 2, 40, 0);
  EXPECT_EQ(decode_image(padded, "x"), decode_image(jpeg, "x"));
  Bytes damaged = jpeg;
  damaged.insert(damaged.end() - 2, 40, 0x5A);
  refusal(ErrorCode::Corrupt, [&] { decode_image(damaged, "x"); });
}

TEST(Jpeg, DataBetweenTheHeadersIsIgnored) {
  const Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  Bytes odd = jpeg;
  const std::size_t behind_jfif = 2 + 2 + 16;
  odd.insert(odd.begin() + behind_jfif, 7, 0x5A);
  EXPECT_EQ(decode_image(odd, "x"), decode_image(jpeg, "x"));
}

TEST(Jpeg, ACutFileIsCorruptWhereverItIsCut) {
  const Image image = smooth_image(97, 61);
  for (const bool progressive : {false, true}) {
    const Bytes whole = written_jpeg(image.pixels, image.width, image.height, {.progressive = progressive});
    for (std::size_t size = 3; size < whole.size(); size += size < 700 ? 1 : 13) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string message = refusal(ErrorCode::Corrupt, [&] { decode_image(cut, "cut.jpg"); });
      EXPECT_EQ(message.rfind("cut.jpg: ", 0), 0U) << message;
    }
  }
}

TEST(Jpeg, APictureWithMoreScansThanAnyoneNeedsIsRefused) {
  std::vector<jpeg_scan_info> scans{{3, {0, 1, 2, 0}, 0, 0, 0, 0}};
  for (int band = 1; band <= 63; ++band)
    for (int component = 0; component < 3; ++component)
      scans.push_back({1, {component, 0, 0, 0}, band, band, 0, 0});
  const Image image = smooth_image(16, 16);
  const Bytes many = written_jpeg(image.pixels, 16, 16, {.scans = scans});
  refusal(ErrorCode::Corrupt, [&] { decode_image(many, "x"); });
}

TEST(Jpeg, TheSizeIsCheckedBeforeThePicture) {
  Bytes jpeg = encode_jpeg(smooth_image(16, 8));
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] != 0xFF || jpeg[i + 1] != 0xC0) continue;
    for (std::size_t k = 5; k < 9; ++k) jpeg[i + k] = 0xF0;  // 61680 x 61680
    break;
  }
  const std::string message = refusal(ErrorCode::InvalidArgument, [&] { decode_image(jpeg, "big.jpg"); });
  EXPECT_EQ(message, "big.jpg: expected at most 64000000 pixels, got 61680 x 61680");
}

}  // namespace
}  // namespace kyc
