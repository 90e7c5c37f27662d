#include "kyc/quality/brisque_plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace kyc {
namespace {

using Taps = std::array<float, 4>;

// Weights at distance x, in [0, 1), behind the second of four samples, in the order of operations of OpenCV.
Taps cubic_taps(float x) {
  constexpr float kA = -0.75F;
  Taps taps{};
  taps[0] = ((kA * (x + 1) - 5 * kA) * (x + 1) + 8 * kA) * (x + 1) - 4 * kA;
  taps[1] = ((kA + 2) * x - (kA + 3)) * x * x + 1;
  taps[2] = ((kA + 2) * (1 - x) - (kA + 3)) * (1 - x) * (1 - x) + 1;
  taps[3] = 1.F - taps[0] - taps[1] - taps[2];
  return taps;
}

struct Position {
  int first = 0;  // of the four samples; may lie outside
  Taps taps{};
};

std::vector<Position> positions(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<Position> out;
  for (int i = 0; i < to; ++i) {
    const auto at = static_cast<float>((i + 0.5) * scale - 0.5);
    const auto whole = static_cast<int>(std::floor(at));
    out.push_back({whole - 1, cubic_taps(at - static_cast<float>(whole))});
  }
  return out;
}

void shrink_row(const float* in, int width, const std::vector<Position>& columns, float* out) {
  for (std::size_t x = 0; x < columns.size(); ++x) {
    const auto& [first, taps] = columns[x];
    if (first >= 0 && first + 4 <= width) {
      const float* s = in + first;
      out[x] = s[0] * taps[0] + s[1] * taps[1] + s[2] * taps[2] + s[3] * taps[3];
    } else {
      float sum = 0;
      for (int k = 0; k < 4; ++k)
        sum += in[std::clamp(first + k, 0, width - 1)] * taps[static_cast<std::size_t>(k)];
      out[x] = sum;
    }
  }
}

// OpenCV adds from the last row to the first in its vector loop, and the other way round behind it.
void blend_rows(const std::array<const float*, 4>& rows, const Taps& taps, int width, float* out) {
  const int vectors = width / 4 * 4;
  for (int x = 0; x < vectors; ++x)
    out[x] = rows[0][x] * taps[0] + (rows[1][x] * taps[1] + (rows[2][x] * taps[2] + rows[3][x] * taps[3]));
  for (int x = vectors; x < width; ++x)
    out[x] = rows[0][x] * taps[0] + rows[1][x] * taps[1] + rows[2][x] * taps[2] + rows[3][x] * taps[3];
}

}  // namespace

LumaPlane luma_plane(const Image& image) {
  LumaPlane plane{image.width, image.height, {}};
  const std::size_t count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  plane.values.resize(count);
  const std::uint8_t* in = image.pixels.data();
  float* out = plane.values.data();
  constexpr auto kScale = static_cast<float>(1.0 / 255.0);
  for (std::size_t i = 0; i < count; ++i) {
    const int sum = 9798 * in[3 * i] + 19235 * in[3 * i + 1] + 3735 * in[3 * i + 2];
    out[i] = static_cast<float>((sum + (1 << 14)) >> 15) * kScale;
  }
  return plane;
}

LumaPlane half_size(const LumaPlane& plane) {
  LumaPlane out{plane.width / 2, plane.height / 2, {}};
  const auto width = static_cast<std::size_t>(out.width);
  out.values.resize(width * static_cast<std::size_t>(out.height));
  const std::vector<Position> columns = positions(plane.width, out.width);
  const std::vector<Position> rows = positions(plane.height, out.height);
  // Rows that were shrunk already: each serves two output rows.
  constexpr std::size_t kKept = 8;
  std::array<std::vector<float>, kKept> kept;
  for (auto& row : kept) row.resize(width);
  int next = 0;
  for (int y = 0; y < out.height; ++y) {
    const auto& [first, taps] = rows[static_cast<std::size_t>(y)];
    std::array<const float*, 4> four{};
    for (int k = 0; k < 4; ++k) {
      const int at = std::clamp(first + k, 0, plane.height - 1);
      for (; next <= at; ++next)
        shrink_row(
            plane.row(next), plane.width, columns, kept[static_cast<std::size_t>(next) % kKept].data());
      four[static_cast<std::size_t>(k)] = kept[static_cast<std::size_t>(at) % kKept].data();
    }
    blend_rows(four, taps, out.width, out.row(y));
  }
  return out;
}

}  // namespace kyc
