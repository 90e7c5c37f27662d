#include "kyc/video/conversion.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

extern "C" {
#include <libavutil/frame.h>
}

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr int kOne = 1 << 16;

struct Layout {
  AVPixelFormat format;
  int shift_x;  // chroma planes are smaller by 2^shift
  int shift_y;
  int bits;
};

void set_sample(AVFrame& frame, int plane, int x, int y, int bits, double value) {
  std::uint8_t* row = frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane];
  const auto sample = static_cast<std::uint16_t>(std::lround(value));
  if (bits == 8) {
    row[x] = static_cast<std::uint8_t>(sample);
  } else {
    row[2 * x] = static_cast<std::uint8_t>(sample & 255);
    row[2 * x + 1] = static_cast<std::uint8_t>(sample >> 8);
  }
}

// Luma changes from pixel to pixel, chroma in patches of 16 x 16 pixels; all values that give R, G, B within
// 0..255 come up. Chroma is compared inside of patches only: how it is interpolated between them is the
// converter's choice.
struct Picture {
  FramePtr frame = make_frame();
  std::vector<double> y, u, v;  // 8-bit code values, not rounded, per pixel

  Picture(int width, int height, const Layout& layout, AVColorSpace matrix, AVColorRange range) {
    frame->width = width;
    frame->height = height;
    frame->format = layout.format;
    frame->colorspace = matrix;
    frame->color_range = range;
    EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
    const double scale = 1 << (layout.bits - 8);
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column) {
        const int patch = row / 16 * 7 + column / 16 * 3;
        y.push_back(60 + (row * 31 + column * 17) % 120);
        u.push_back(108 + patch % 5 * 10);
        v.push_back(148 - patch % 7 * 6);
        set_sample(*frame, 0, column, row, layout.bits, y.back() * scale);
        set_sample(*frame, 1, column >> layout.shift_x, row >> layout.shift_y, layout.bits, u.back() * scale);
        set_sample(*frame, 2, column >> layout.shift_x, row >> layout.shift_y, layout.bits, v.back() * scale);
      }
  }
};

// ITU-R BT.601-7, 2.5 and BT.709-6, 3: R, G, B in 0..255 of the code values.
std::array<double, 3> exact_rgb(double y, double u, double v, double kr, double kb, bool full) {
  const double luma = full ? y / 255 : (y - 16) / 219;
  const double cb = (u - 128) / (full ? 255 : 224);
  const double cr = (v - 128) / (full ? 255 : 224);
  const double r = luma + 2 * (1 - kr) * cr;
  const double b = luma + 2 * (1 - kb) * cb;
  const double g = (luma - kr * r - kb * b) / (1 - kr - kb);
  return {std::clamp(r, 0.0, 1.0) * 255, std::clamp(g, 0.0, 1.0) * 255, std::clamp(b, 0.0, 1.0) * 255};
}

TEST(RgbConverter, FollowsTheStatedMatrixAndRange) {
  struct Colour {
    AVColorSpace matrix;
    AVColorRange range;
    double kr, kb;
    bool full;
  };
  RgbConverter converter;
  for (const Layout& layout : {Layout{AV_PIX_FMT_YUV420P, 1, 1, 8},
                               Layout{AV_PIX_FMT_YUV422P, 1, 0, 8},
                               Layout{AV_PIX_FMT_YUV444P, 0, 0, 8},
                               Layout{AV_PIX_FMT_YUV420P10LE, 1, 1, 10}})
    for (const Colour& colour : {Colour{AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 0.2126, 0.0722, false},
                                 Colour{AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 0.2126, 0.0722, true},
                                 Colour{AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 0.299, 0.114, false},
                                 Colour{AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 0.299, 0.114, true},
                                 Colour{AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, 0.299, 0.114, false}})
      for (const auto& [width, height] : {std::pair{160, 96}, {100, 50}, {98, 51}, {131, 77}, {17, 34}}) {
        const Picture picture(width, height, layout, colour.matrix, colour.range);
        Image image;
        converter.convert(*picture.frame, {}, image);
        ASSERT_EQ(image.width, width);
        ASSERT_EQ(image.height, height);
        double worst = 0;
        double sum = 0;
        int count = 0;
        for (int row = 0; row < height; ++row)
          for (int column = 0; column < width; ++column) {
            const auto at = static_cast<std::size_t>(row * width + column);
            if (row % 16 < 2 || row % 16 > 13 || column % 16 < 2 || column % 16 > 13) continue;
            const auto exact =
                exact_rgb(picture.y[at], picture.u[at], picture.v[at], colour.kr, colour.kb, colour.full);
            for (std::size_t c = 0; c < 3; ++c) {
              const double error = image.pixels[at * 3 + c] - exact[c];
              worst = std::max(worst, std::abs(error));
              sum += error;
              ++count;
            }
          }
        // Rounding alone is worth 0.5; swscale's 16-bit steps add about one level. Without the correction for
        // its rounding the mean would be -1.1.
        EXPECT_LE(worst, 2.0) << layout.format << " " << colour.matrix << " " << colour.full << " " << width;
        EXPECT_NEAR(sum / count, 0, colour.full ? 0.6 : 0.4)
            << layout.format << " " << colour.matrix << " " << colour.full << " " << width;
      }
}

TEST(RgbConverter, WritesNothingBesideTheImage) {
  RgbConverter converter;
  for (int width = 2; width < 70; ++width) {
    const Picture picture(width, 16, {AV_PIX_FMT_YUV420P, 1, 1, 8}, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
    Image image;
    const std::size_t bytes = static_cast<std::size_t>(width) * 16 * 3;
    image.pixels.assign(bytes + 256, 0xA5);
    converter.convert(*picture.frame, {}, image);
    ASSERT_EQ(image.pixels.size(), bytes);
    const std::uint8_t* end =
        image.pixels.data() + bytes;  // the capacity stays: these bytes are ours to look at
    ASSERT_GE(image.pixels.capacity(), bytes + 256);
    EXPECT_EQ(std::count(end, end + 256, 0xA5), 256) << width;
  }
}

TEST(OrientationOf, TakesOtherAnglesToTheNearestQuarterTurn) {
  const auto of = [](int a, int b, int c, int d) {
    return orientation_of({a, b, 0, c, d, 0, 0, 0, 1 << 30});
  };
  EXPECT_EQ(of(kOne, 0, 0, kOne), Orientation{});
  EXPECT_EQ(of(0, kOne, -kOne, 0), (Orientation{.transpose = true, .mirror_x = true}));
  EXPECT_EQ(of(56756, 32768, -32768, 56756), Orientation{});  // 30 degrees
  EXPECT_EQ(of(32768, 56756, -56756, 32768),
            (Orientation{.transpose = true, .mirror_x = true}));  // 60 degrees
  EXPECT_EQ(of(0, 0, 0, 0), Orientation{});
  EXPECT_EQ(of(INT32_MIN, 0, 0, INT32_MIN), (Orientation{.mirror_x = true, .mirror_y = true}));
}

}  // namespace
}  // namespace kyc
