#include "kyc/attack/colour_grid.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

using Triple = ColourGrid::Triple;

}  // namespace

void fill_unknown(ColourGrid& grid, std::vector<float>& weight) {
  if (grid.width <= 2 && grid.height <= 2) {
    Triple sum{};
    float total = 0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight[i] * grid.values[i][c];
      total += weight[i];
    }
    for (std::size_t i = 0; i < weight.size(); ++i)
      if (weight[i] < 1)
        for (std::size_t c = 0; c < 3; ++c)
          grid.values[i][c] =
              weight[i] * grid.values[i][c] + (1 - weight[i]) * (total > 0 ? sum[c] / total : 0);
    return;
  }
  ColourGrid coarse(grid.width, grid.height, 2);
  std::vector<float> coarse_weight(coarse.values.size());
  for (int j = 0; j < grid.height; ++j)
    for (int i = 0; i < grid.width; ++i) {
      const std::size_t fine = grid.at(i, j);
      const std::size_t cell = coarse.at(i / 2, j / 2);
      for (std::size_t c = 0; c < 3; ++c) coarse.values[cell][c] += weight[fine] * grid.values[fine][c];
      coarse_weight[cell] += weight[fine];
    }
  for (std::size_t cell = 0; cell < coarse_weight.size(); ++cell)
    if (coarse_weight[cell] > 0) {
      for (std::size_t c = 0; c < 3; ++c) coarse.values[cell][c] /= coarse_weight[cell];
      coarse_weight[cell] = std::min(1.0F, coarse_weight[cell]);
    }
  fill_unknown(coarse, coarse_weight);
  for (int j = 0; j < grid.height; ++j)
    for (int i = 0; i < grid.width; ++i) {
      const std::size_t fine = grid.at(i, j);
      if (weight[fine] >= 1) continue;
      // Bilinear between the coarse cells' centres.
      const int oi = std::clamp(i / 2 + ((i & 1) != 0 ? 1 : -1), 0, coarse.width - 1);
      const int oj = std::clamp(j / 2 + ((j & 1) != 0 ? 1 : -1), 0, coarse.height - 1);
      const Triple& near = coarse.values[coarse.at(i / 2, j / 2)];
      const Triple& beside = coarse.values[coarse.at(oi, j / 2)];
      const Triple& below = coarse.values[coarse.at(i / 2, oj)];
      const Triple& across = coarse.values[coarse.at(oi, oj)];
      for (std::size_t c = 0; c < 3; ++c) {
        const float smooth = (9 * near[c] + 3 * beside[c] + 3 * below[c] + across[c]) / 16;
        grid.values[fine][c] = weight[fine] * grid.values[fine][c] + (1 - weight[fine]) * smooth;
      }
    }
}

void relax(ColourGrid& grid, const std::vector<bool>& free, int rounds) {
  constexpr float kOver = 1.6F;
  for (int round = 0; round < rounds; ++round)
    for (int j = 0; j < grid.height; ++j)
      for (int i = 0; i < grid.width; ++i) {
        const std::size_t cell = grid.at(i, j);
        if (!free[cell]) continue;
        const Triple& left = grid.values[grid.at(std::max(0, i - 1), j)];
        const Triple& right = grid.values[grid.at(std::min(grid.width - 1, i + 1), j)];
        const Triple& up = grid.values[grid.at(i, std::max(0, j - 1))];
        const Triple& down = grid.values[grid.at(i, std::min(grid.height - 1, j + 1))];
        for (std::size_t c = 0; c < 3; ++c) {
          const float mean = (left[c] + right[c] + up[c] + down[c]) / 4;
          grid.values[cell][c] += kOver * (mean - grid.values[cell][c]);
        }
      }
}

void blur(ColourGrid& grid, std::vector<float>& weight, float sigma) {
  const int radius = std::max(1, static_cast<int>(std::lround(sigma)));
  const std::size_t count = grid.values.size();
  std::vector<std::array<float, 4>> plane(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Triple& v = grid.values[i];
    plane[i] = {weight[i] * v[0], weight[i] * v[1], weight[i] * v[2], weight[i]};
  }
  std::vector<std::array<float, 4>> out(count);
  const auto pass = [&](int lines, int length, auto index) {
    for (int line = 0; line < lines; ++line) {
      std::array<float, 4> sum{};
      const auto add = [&](int k, float sign) {
        if (k < 0 || k >= length) return;
        for (std::size_t c = 0; c < 4; ++c) sum[c] += sign * plane[index(line, k)][c];
      };
      for (int k = -radius; k < radius; ++k) add(k, 1);
      for (int k = 0; k < length; ++k) {
        add(k + radius, 1);
        out[index(line, k)] = sum;
        add(k - radius, -1);
      }
    }
    const auto scale = 1.0F / static_cast<float>(2 * radius + 1);
    for (auto& v : out)
      for (float& c : v) c *= scale;
    plane.swap(out);
  };
  for (int round = 0; round < 2; ++round) {
    pass(grid.height, grid.width, [&](int j, int i) { return grid.at(i, j); });
    pass(grid.width, grid.height, [&](int i, int j) { return grid.at(i, j); });
  }
  for (std::size_t i = 0; i < count; ++i) {
    weight[i] = plane[i][3];
    for (std::size_t c = 0; c < 3; ++c)
      grid.values[i][c] = plane[i][3] > 1e-4F ? plane[i][c] / plane[i][3] : 0;
  }
}

ColourGridRow::ColourGridRow(const ColourGrid& grid, int y) : grid_(grid) {
  const float v = std::clamp((static_cast<float>(y) + 0.5F) / static_cast<float>(grid.step) - 0.5F,
                             0.0F,
                             static_cast<float>(grid.height - 1));
  const int j = std::min(static_cast<int>(v), std::max(0, grid.height - 2));
  const float t = v - static_cast<float>(j);
  row_.resize(static_cast<std::size_t>(grid.width));
  for (int i = 0; i < grid.width; ++i) {
    const Triple& above = grid.values[grid.at(i, j)];
    const Triple& below = grid.values[grid.at(i, std::min(j + 1, grid.height - 1))];
    for (std::size_t c = 0; c < 3; ++c)
      row_[static_cast<std::size_t>(i)][c] = above[c] + (below[c] - above[c]) * t;
  }
}

}  // namespace kyc
