#include "kyc/nn/image_input.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Where a row or column of the output lies between two of the image: weight `w` on the second. Outside is
// black.
struct Tap {
  int first = 0;
  int second = 0;
  float w = 0;
  float in_first = 1;  // 0 if `first` lies outside of the image
  float in_second = 1;
};

// Output pixel i has its centre at i + 0.5; the box [start, start + length] has `count` of them.
std::vector<Tap> taps(float start, float length, int count, int limit) {
  std::vector<Tap> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double position = start + (i + 0.5) * (static_cast<double>(length) / count) - 0.5;
    const double base = std::clamp(std::floor(position), -2.0, static_cast<double>(limit) + 1);
    const int first = static_cast<int>(base);
    Tap& tap = out[static_cast<std::size_t>(i)];
    tap.w = static_cast<float>(std::clamp(position - base, 0.0, 1.0));
    tap.in_first = first >= 0 && first < limit ? 1.0F : 0.0F;
    tap.in_second = first + 1 >= 0 && first + 1 < limit ? 1.0F : 0.0F;
    tap.first = std::clamp(first, 0, limit - 1);
    tap.second = std::clamp(first + 1, 0, limit - 1);
  }
  return out;
}

// A box that lies wholly inside needs no black border: bilinear taps half a pixel beyond the edge repeat the
// edge, as OpenCV's resize does.
void repeat_edges(std::vector<Tap>& taps_) {
  for (Tap& tap : taps_) tap.in_first = tap.in_second = 1;
}

struct Geometry {
  int channels;
  int height;
  int width;
};

Geometry geometry_of(const ModelInput& input) {
  const auto& s = input.shape;
  const bool right = s.size() == 4 && (s[1] == 1 || s[1] == 3) && s[2] > 0 && s[3] > 0 && s[2] <= 8192 &&
                     s[3] <= 8192 && (s[1] == 1) == (input.colour == "grey") &&
                     (input.colour == "grey" || input.colour == "RGB" || input.colour == "BGR");
  if (!right)
    throw Error(ErrorCode::InvalidArgument,
                "input '" + input.name + "': " + shape_text(s) + " " + input.colour +
                    " is no picture of fixed size that an image can become");
  return {static_cast<int>(s[1]), static_cast<int>(s[2]), static_cast<int>(s[3])};
}

// Writes one row of R, G, B values into the planes of the tensor.
void store_row(
    const std::vector<float>& rgb, const ModelInput& input, const Geometry& g, int y, Tensor& out) {
  const std::size_t width = static_cast<std::size_t>(g.width);
  const std::size_t plane = width * static_cast<std::size_t>(g.height);
  float* row = out.data.data() + static_cast<std::size_t>(y) * width;
  if (g.channels == 1) {
    // ITU-R BT.601 luma, what cv::COLOR_RGB2GRAY computes.
    for (std::size_t x = 0; x < width; ++x) {
      const float grey = 0.299F * rgb[3 * x] + 0.587F * rgb[3 * x + 1] + 0.114F * rgb[3 * x + 2];
      row[x] = (grey - input.mean[0]) / input.scale[0];
    }
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t source = input.colour == "RGB" ? c : 2 - c;
    const float mean = input.mean[c];
    const float factor = 1 / input.scale[c];
    for (std::size_t x = 0; x < width; ++x) row[c * plane + x] = (rgb[3 * x + source] - mean) * factor;
  }
}

}  // namespace

Tensor tensor_from_image(const Image& image, const Box& box, const ModelInput& input) {
  assert(image.width > 0 && image.height > 0);
  const Geometry g = geometry_of(input);
  if (!(box.width > 0) || !(box.height > 0) || !std::isfinite(box.x) || !std::isfinite(box.y))
    throw Error(ErrorCode::InvalidArgument,
                "input '" + input.name + "': a box needs width and height above 0");
  std::vector<Tap> columns = taps(box.x, box.width, g.width, image.width);
  std::vector<Tap> rows = taps(box.y, box.height, g.height, image.height);
  if (box.x >= 0 && box.right() <= static_cast<float>(image.width)) repeat_edges(columns);
  if (box.y >= 0 && box.bottom() <= static_cast<float>(image.height)) repeat_edges(rows);

  Tensor out = make_tensor({1, g.channels, g.height, g.width});
  std::vector<float> rgb(static_cast<std::size_t>(g.width) * 3);
  for (int y = 0; y < g.height; ++y) {
    const Tap& ty = rows[static_cast<std::size_t>(y)];
    const std::uint8_t* upper = image.row(ty.first);
    const std::uint8_t* lower = image.row(ty.second);
    const float wu = (1 - ty.w) * ty.in_first;
    const float wl = ty.w * ty.in_second;
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const Tap& tx = columns[x];
      const float left = (1 - tx.w) * tx.in_first;
      const float right = tx.w * tx.in_second;
      const std::size_t a = 3 * static_cast<std::size_t>(tx.first);
      const std::size_t b = 3 * static_cast<std::size_t>(tx.second);
      for (std::size_t c = 0; c < 3; ++c)
        rgb[3 * x + c] = wu * (left * upper[a + c] + right * upper[b + c]) +
                         wl * (left * lower[a + c] + right * lower[b + c]);
    }
    store_row(rgb, input, g, y, out);
  }
  return out;
}

Tensor tensor_from_image(const Image& image, const ModelInput& input) {
  return tensor_from_image(
      image, Box{0, 0, static_cast<float>(image.width), static_cast<float>(image.height)}, input);
}

void softmax(std::span<float> values) {
  if (values.empty()) return;
  const float largest = *std::max_element(values.begin(), values.end());
  float sum = 0;
  for (float& value : values) {
    value = std::exp(value - largest);
    sum += value;
  }
  for (float& value : values) value /= sum;
}

}  // namespace kyc
