#include "kyc/image/transform.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr float kWeightOne =
    2048;  // weights and rounding as OpenCV's INTER_LINEAR for 8 bit, to get its results

// Where one output pixel of an axis takes its value from: a source pixel and the next one.
struct Tap {
  int first;
  int weight_first;  // both in units of 1 / kWeightOne
  int weight_next;
};

void check_size(const char* what, const Image& image, int width, int height) {
  assert(image.width > 0 && image.height > 0);
  if (width <= 0 || height <= 0)
    throw Error(ErrorCode::InvalidArgument,
                std::string(what) + ": expected an output size of at least 1 x 1, got " +
                    std::to_string(width) + " x " + std::to_string(height));
}

// start, length  the part of the axis that is scaled to `count` output pixels
// limit          pixels of the axis: where `first` is below -1 or not below `limit`, both pixels are outside
// Samples stay half a pixel inside the part, as if it had been cut out first.
std::vector<Tap> linear_taps(double start, double length, int count, int limit) {
  const double scale = length / count;
  const double last = std::max(length - 1, 0.0);
  std::vector<Tap> taps;
  taps.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const auto center = static_cast<float>((i + 0.5) * scale - 0.5);
    const double local = length < 1 ? length / 2 - 0.5 : std::clamp<double>(center, 0, last);
    const double position = std::clamp(start + local, -2.0, static_cast<double>(limit));
    const double whole = std::floor(position);
    const auto part = static_cast<float>(position - whole);
    taps.push_back({static_cast<int>(whole),
                    static_cast<int>(std::lrintf((1 - part) * kWeightOne)),
                    static_cast<int>(std::lrintf(part * kWeightOne))});
  }
  return taps;
}

// Weights a row by the taps: out[i] in units of 1 / kWeightOne.
void scale_row(const std::uint8_t* row, int limit, const std::vector<Tap>& taps, int* out) {
  for (const Tap& tap : taps) {
    if (tap.first >= 0 && tap.first + 1 < limit) {
      const std::uint8_t* p = row + static_cast<std::ptrdiff_t>(tap.first) * 3;
      out[0] = p[0] * tap.weight_first + p[3] * tap.weight_next;
      out[1] = p[1] * tap.weight_first + p[4] * tap.weight_next;
      out[2] = p[2] * tap.weight_first + p[5] * tap.weight_next;
    } else {
      const bool first_inside = tap.first >= 0 && tap.first < limit;
      const bool next_inside = tap.first == -1;
      for (int c = 0; c < 3; ++c)
        out[c] = first_inside  ? row[tap.first * 3 + c] * tap.weight_first
                 : next_inside ? row[c] * tap.weight_next
                               : 0;
    }
    out += 3;
  }
}

// The two weighted source rows an output row lies between; rows used by the next output row again are kept.
class RowCache {
 public:
  RowCache(const Image& image, const std::vector<Tap>& taps)
      : image_(image),
        taps_(taps),
        rows_{std::vector<int>(taps.size() * 3), std::vector<int>(taps.size() * 3)} {}

  const int* get(int y) {
    const std::size_t slot = static_cast<std::size_t>(y & 1);
    if (held_[slot] != y) {
      if (y < 0 || y >= image_.height)
        std::fill(rows_[slot].begin(), rows_[slot].end(), 0);
      else
        scale_row(image_.row(y), image_.width, taps_, rows_[slot].data());
      held_[slot] = y;
    }
    return rows_[slot].data();
  }

 private:
  static constexpr int kNone = -1000;
  const Image& image_;
  const std::vector<Tap>& taps_;
  std::vector<int> rows_[2];
  int held_[2] = {kNone, kNone};
};

void blend_rows(const int* upper, const int* lower, const Tap& tap, std::size_t count, std::uint8_t* out) {
  const int weight_upper = tap.weight_first;
  const int weight_lower = tap.weight_next;
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<std::uint8_t>(
        (((weight_upper * (upper[i] >> 4)) >> 16) + ((weight_lower * (lower[i] >> 4)) >> 16) + 2) >> 2);
}

Image scale_linear(const Image& image, const Box& box, int width, int height) {
  const std::vector<Tap> columns = linear_taps(box.x, box.width, width, image.width);
  const std::vector<Tap> rows = linear_taps(box.y, box.height, height, image.height);
  RowCache cache(image, columns);
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    const Tap& tap = rows[static_cast<std::size_t>(y)];
    const int* upper = cache.get(tap.first);
    const int* lower = cache.get(tap.first + 1);
    blend_rows(upper, lower, tap, static_cast<std::size_t>(width) * 3, out.row(y));
  }
  return out;
}

// How much of every source pixel of an axis falls into one output pixel; the shares add up to 1.
struct Cover {
  int first = 0;
  std::vector<float> shares;
};

std::vector<Cover> area_cover(int length, int count) {
  const double scale = static_cast<double>(length) / count;
  std::vector<Cover> covers(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double begin = i * scale;
    const double end = std::min((i + 1) * scale, static_cast<double>(length));
    Cover& cover = covers[static_cast<std::size_t>(i)];
    cover.first = static_cast<int>(begin);
    for (int p = cover.first; p < end; ++p)
      cover.shares.push_back(
          static_cast<float>((std::min(end, p + 1.0) - std::max<double>(begin, p)) / (end - begin)));
  }
  return covers;
}

Image scale_area(const Image& image, int width, int height) {
  const std::vector<Cover> columns = area_cover(image.width, width);
  const std::vector<Cover> rows = area_cover(image.height, height);
  const std::size_t row_values = static_cast<std::size_t>(image.width) * 3;
  std::vector<float> sums(row_values);
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    const Cover& cover = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t k = 0; k < cover.shares.size(); ++k) {
      const std::uint8_t* row = image.row(cover.first + static_cast<int>(k));
      const float share = cover.shares[k];
      for (std::size_t i = 0; i < row_values; ++i) sums[i] += share * row[i];
    }
    std::uint8_t* target = out.row(y);
    for (const Cover& column : columns) {
      const float* p = sums.data() + static_cast<std::ptrdiff_t>(column.first) * 3;
      float rgb[3] = {};
      for (const float share : column.shares)
        for (float& value : rgb) value += share * *p++;
      for (const float value : rgb) *target++ = static_cast<std::uint8_t>(std::min(value + 0.5F, 255.0F));
    }
  }
  return out;
}

// The pixel (x, y), black outside of the image.
const std::uint8_t* pixel_or_black(const Image& image, int x, int y) {
  static constexpr std::uint8_t kBlack[3] = {};
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return kBlack;
  return image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
}

}  // namespace

Image resize(const Image& image, int width, int height, Interpolation interpolation) {
  check_size("resize", image, width, height);
  if (width == image.width && height == image.height) return image;
  if (interpolation == Interpolation::Area && width <= image.width && height <= image.height)
    return scale_area(image, width, height);
  return scale_linear(
      image, {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)}, width, height);
}

Image crop(const Image& image, const Box& box, int width, int height) {
  check_size("crop", image, width, height);
  if (!(box.width > 0) || !(box.height > 0) || !std::isfinite(box.right()) || !std::isfinite(box.bottom()))
    throw Error(ErrorCode::InvalidArgument,
                "crop: expected a finite box with an area, got " + std::to_string(box.width) + " x " +
                    std::to_string(box.height) + " at (" + std::to_string(box.x) + ", " +
                    std::to_string(box.y) + ")");
  return scale_linear(image, box, width, height);
}

Image warp(const Image& image, const Similarity& to_output, int width, int height) {
  check_size("warp", image, width, height);
  const Similarity to_image = inverse(to_output);
  const double margin = 2;
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* target = out.row(y);
    const double x0 = -to_image.b * (y + 0.5) + to_image.tx - 0.5;
    const double y0 = to_image.a * (y + 0.5) + to_image.ty - 0.5;
    for (int x = 0; x < width; ++x, target += 3) {
      const double px = std::clamp(to_image.a * (x + 0.5) + x0, -margin, image.width + margin);
      const double py = std::clamp(to_image.b * (x + 0.5) + y0, -margin, image.height + margin);
      const int ix = static_cast<int>(std::floor(px));
      const int iy = static_cast<int>(std::floor(py));
      const float fx = static_cast<float>(px - ix);
      const float fy = static_cast<float>(py - iy);
      const std::uint8_t* p00 = pixel_or_black(image, ix, iy);
      const std::uint8_t* p10 = pixel_or_black(image, ix + 1, iy);
      const std::uint8_t* p01 = pixel_or_black(image, ix, iy + 1);
      const std::uint8_t* p11 = pixel_or_black(image, ix + 1, iy + 1);
      for (int c = 0; c < 3; ++c) {
        const float upper = static_cast<float>(p00[c]) + fx * static_cast<float>(p10[c] - p00[c]);
        const float lower = static_cast<float>(p01[c]) + fx * static_cast<float>(p11[c] - p01[c]);
        target[c] = static_cast<std::uint8_t>(upper + fy * (lower - upper) + 0.5F);
      }
    }
  }
  return out;
}

Image turn(const Image& image, Turn turn) {
  if (turn == Turn::None) return image;
  const bool upright = turn == Turn::Half;
  Image out = make_image(upright ? image.width : image.height, upright ? image.height : image.width);
  // In output order, the source walks with these steps from its first pixel.
  const std::ptrdiff_t pixel = 3;
  const std::ptrdiff_t line = static_cast<std::ptrdiff_t>(image.width) * 3;
  const std::uint8_t* const last_row = image.row(image.height - 1);
  const std::uint8_t* source = nullptr;
  std::ptrdiff_t step_x = 0;
  std::ptrdiff_t step_y = 0;
  switch (turn) {
    case Turn::None:
      break;
    case Turn::Clockwise90:
      source = last_row, step_x = -line, step_y = pixel;
      break;
    case Turn::Half:
      source = last_row + line - pixel, step_x = -pixel, step_y = -line;
      break;
    case Turn::Counterclockwise90:
      source = image.row(0) + line - pixel, step_x = line, step_y = -pixel;
      break;
  }
  for (int y = 0; y < out.height; ++y) {
    std::uint8_t* target = out.row(y);
    for (int x = 0; x < out.width; ++x, target += 3) {
      const std::uint8_t* p = source + step_y * y + step_x * x;
      std::copy(p, p + 3, target);
    }
  }
  return out;
}

Image mirror(const Image& image) {
  Image out = make_image(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(image.width) * 3;
    std::uint8_t* target = out.row(y);
    for (int x = 0; x < image.width; ++x, target += 3) {
      p -= 3;
      std::copy(p, p + 3, target);
    }
  }
  return out;
}

}  // namespace kyc
