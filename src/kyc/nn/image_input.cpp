#include "kyc/nn/image_input.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Where a row or column of the output lies between two of the image, and how much of each it takes.
struct Tap {
  int first = 0;
  int second = 0;
  float of_first = 0;
  float of_second = 0;
};

// Output pixel i has its centre at i + 0.5; the box [start, start + length] has `count` of them. What lies
// beyond the image is black, but a box that stays inside repeats the image's edge, as OpenCV's resize does.
std::vector<Tap> taps(float start, float length, int count, int limit) {
  const bool stays_inside = start >= 0 && start + length <= static_cast<float>(limit);
  std::vector<Tap> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double position = start + (i + 0.5) * (static_cast<double>(length) / count) - 0.5;
    const double base = std::clamp(std::floor(position), -2.0, static_cast<double>(limit) + 1);
    const int first = static_cast<int>(base);
    const auto weight = static_cast<float>(std::clamp(position - base, 0.0, 1.0));
    const auto counts = [&](int at) { return stays_inside || (at >= 0 && at < limit); };
    out[static_cast<std::size_t>(i)] = {std::clamp(first, 0, limit - 1),
                                        std::clamp(first + 1, 0, limit - 1),
                                        counts(first) ? 1 - weight : 0.0F,
                                        counts(first + 1) ? weight : 0.0F};
  }
  return out;
}

// A row of the image scaled to the output's width: red, then green, then blue.
struct ScaledRow {
  int y = -1;
  std::vector<float> values;
};

void scale_row(const Image& image, int y, const std::vector<Tap>& columns, ScaledRow& out) {
  const std::size_t width = columns.size();
  out.y = y;
  out.values.resize(3 * width);
  const std::uint8_t* row = image.row(y);
  float* red = out.values.data();
  float* green = red + width;
  float* blue = green + width;
  for (std::size_t x = 0; x < width; ++x) {
    const Tap& tap = columns[x];
    const std::uint8_t* a = row + 3 * static_cast<std::size_t>(tap.first);
    const std::uint8_t* b = row + 3 * static_cast<std::size_t>(tap.second);
    red[x] = tap.of_first * a[0] + tap.of_second * b[0];
    green[x] = tap.of_first * a[1] + tap.of_second * b[1];
    blue[x] = tap.of_first * a[2] + tap.of_second * b[2];
  }
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

// out = (upper * above + lower * below - mean) / scale
void blend(const float* upper,
           const float* lower,
           const Tap& rows,
           float mean,
           float scale,
           std::size_t width,
           float* out) {
  const float factor = 1 / scale;
  const float above = rows.of_first * factor;
  const float below = rows.of_second * factor;
  const float offset = mean * factor;
  for (std::size_t x = 0; x < width; ++x) out[x] = above * upper[x] + below * lower[x] - offset;
}

// ITU-R BT.601 luma, what cv::COLOR_RGB2GRAY computes, over the red plane.
void make_grey(ScaledRow& row) {
  const std::size_t width = row.values.size() / 3;
  float* red = row.values.data();
  for (std::size_t x = 0; x < width; ++x)
    red[x] = 0.299F * red[x] + 0.587F * red[width + x] + 0.114F * red[2 * width + x];
}

}  // namespace

Tensor tensor_from_image(const Image& image, const Box& box, const ModelInput& input) {
  assert(image.width > 0 && image.height > 0);
  const Geometry g = geometry_of(input);
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!(box.width > 0) || !(box.height > 0) || !finite(box.x) || !finite(box.y) || !finite(box.width) ||
      !finite(box.height))
    throw Error(ErrorCode::InvalidArgument,
                "input '" + input.name + "': a box needs width and height above 0");
  const std::vector<Tap> columns = taps(box.x, box.width, g.width, image.width);
  const std::vector<Tap> rows = taps(box.y, box.height, g.height, image.height);
  const auto width = static_cast<std::size_t>(g.width);
  const std::size_t plane = width * static_cast<std::size_t>(g.height);

  Tensor out = make_tensor({1, g.channels, g.height, g.width});
  ScaledRow upper;
  ScaledRow lower;
  const auto fill = [&](int y, ScaledRow& row) {
    if (row.y == y) return;
    scale_row(image, y, columns, row);
    if (g.channels == 1) make_grey(row);
  };
  for (std::size_t y = 0; y < rows.size(); ++y) {
    if (lower.y == rows[y].first) std::swap(upper, lower);
    fill(rows[y].first, upper);
    fill(rows[y].second, lower);
    for (std::size_t c = 0; c < static_cast<std::size_t>(g.channels); ++c) {
      const std::size_t source = width * (input.colour == "BGR" ? 2 - c : c);
      blend(upper.values.data() + source,
            lower.values.data() + source,
            rows[y],
            input.mean[c],
            input.scale[c],
            width,
            out.data.data() + c * plane + y * width);
    }
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
