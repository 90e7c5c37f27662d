#include "kyc/nn/image_input.h"

#include <algorithm>
#include <array>
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

// upper * above + lower * below, over whole rows of interleaved pixels: what the compiler vectorises.
void blend(
    const std::uint8_t* upper, const std::uint8_t* lower, const Tap& rows, std::size_t count, float* out) {
  const float above = rows.of_first;
  const float below = rows.of_second;
  if (below == 0)
    for (std::size_t i = 0; i < count; ++i) out[i] = above * static_cast<float>(upper[i]);
  else
    for (std::size_t i = 0; i < count; ++i)
      out[i] = above * static_cast<float>(upper[i]) + below * static_cast<float>(lower[i]);
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

// (value - mean) / scale as value * factor - offset, per channel.
struct Normalisation {
  std::array<float, 3> factor{};
  std::array<float, 3> offset{};
};

Normalisation normalisation_of(const ModelInput& input) {
  Normalisation out;
  for (std::size_t c = 0; c < 3; ++c) {
    out.factor[c] = 1 / input.scale[c];
    out.offset[c] = input.mean[c] / input.scale[c];
  }
  return out;
}

// One row of blended pixels into one row of each plane.
void write_colours(const float* row,
                   const std::vector<Tap>& columns,
                   bool swap,
                   const Normalisation& n,
                   float* out,
                   std::size_t plane) {
  float* red = out + (swap ? 2 * plane : 0);
  float* green = out + plane;
  float* blue = out + (swap ? 0 : 2 * plane);
  const std::size_t r = swap ? 2 : 0;
  const std::size_t b = 2 - r;
  for (std::size_t x = 0; x < columns.size(); ++x) {
    const Tap& tap = columns[x];
    const float* first = row + tap.first;
    const float* second = row + tap.second;
    red[x] = (tap.of_first * first[0] + tap.of_second * second[0]) * n.factor[r] - n.offset[r];
    green[x] = (tap.of_first * first[1] + tap.of_second * second[1]) * n.factor[1] - n.offset[1];
    blue[x] = (tap.of_first * first[2] + tap.of_second * second[2]) * n.factor[b] - n.offset[b];
  }
}

// ITU-R BT.601 luma, what cv::COLOR_RGB2GRAY computes.
void write_grey(const float* row, const std::vector<Tap>& columns, const Normalisation& n, float* out) {
  const auto luma = [](const float* pixel) {
    return 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
  };
  for (std::size_t x = 0; x < columns.size(); ++x) {
    const Tap& tap = columns[x];
    out[x] = (tap.of_first * luma(row + tap.first) + tap.of_second * luma(row + tap.second)) * n.factor[0] -
             n.offset[0];
  }
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
  std::vector<Tap> columns = taps(box.x, box.width, g.width, image.width);
  const std::vector<Tap> rows = taps(box.y, box.height, g.height, image.height);
  // Only the columns of the image that are looked at are blended: from the first tap to the last.
  const int left = columns.front().first;
  const auto span = 3 * static_cast<std::size_t>(columns.back().second - left + 1);
  for (Tap& tap : columns) {
    tap.first = 3 * (tap.first - left);
    tap.second = 3 * (tap.second - left);
  }
  const Normalisation normalisation = normalisation_of(input);
  const auto width = static_cast<std::size_t>(g.width);
  const std::size_t plane = width * static_cast<std::size_t>(g.height);

  Tensor out = make_tensor({1, g.channels, g.height, g.width});
  std::vector<float> row(span);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    const std::ptrdiff_t start = 3 * static_cast<std::ptrdiff_t>(left);
    blend(image.row(rows[y].first) + start, image.row(rows[y].second) + start, rows[y], span, row.data());
    float* to = out.data.data() + y * width;
    if (g.channels == 1)
      write_grey(row.data(), columns, normalisation, to);
    else
      write_colours(row.data(), columns, input.colour == "BGR", normalisation, to, plane);
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

double sigmoid(double logit) {
  if (logit >= 0) return 1 / (1 + std::exp(-logit));
  const double grown = std::exp(logit);
  return grown / (1 + grown);
}

}  // namespace kyc
