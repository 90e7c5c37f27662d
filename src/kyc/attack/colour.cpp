#include "kyc/attack/colour.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kyc/attack/colour_grid.h"
#include "kyc/attack/pixel_values.h"

namespace kyc {
namespace {

using Triple = ColourGrid::Triple;
using Grid = ColourGrid;

constexpr int kGridSide = 72;              // cells across the longer side of what is pasted
constexpr double kStatisticsMemory = 0.3;  // s: time constant of the statistics
constexpr double kMaxGap = 0.5;            // s
constexpr float kLeastGain = 0.55F;        // of the contrast
constexpr float kMostGain = 1.7F;
// Levels of luma by which a difference may lie away from the usual one: more is hair, an ear-ring or
// background on one of the two sides, and says nothing about skin.
constexpr float kSkinDifference = 42;

// Luma and two colour differences.
Triple opponent(float red, float green, float blue) {
  const float luma = 0.299F * red + 0.587F * green + 0.114F * blue;
  return {luma, blue - luma, red - luma};
}
Triple rgb_of(const Triple& v) {
  const float red = v[0] + v[2];
  const float blue = v[0] + v[1];
  return {red, (v[0] - 0.299F * red - 0.114F * blue) / 0.587F, blue};
}

// What the pasting of one frame looks at, cell by cell.
struct Cells {
  Grid source;                  // mean colour where the layer is
  Grid target;                  // mean colour under it
  std::vector<float> coverage;  // share of the cell that the layer covers
  std::vector<float> blend;     // mean of the blend mask, 0..1
};

Cells cells_of(const Layer& layer, const Mask& blend, const Image& picture) {
  const int width = layer.image.width;
  const int height = layer.image.height;
  const int step = std::max(1, (std::max(width, height) + kGridSide - 1) / kGridSide);
  Cells out{Grid(width, height, step), Grid(width, height, step), {}, {}};
  out.coverage.resize(out.source.values.size());
  out.blend.resize(out.source.values.size());
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = layer.image.row(y);
    const std::uint8_t* there = layer.mask.row(y);
    const std::uint8_t* share = blend.row(y);
    const std::uint8_t* under = picture.row(layer.y + y) + 3 * layer.x;
    for (int i = 0; i < out.source.width; ++i) {
      const std::size_t cell = out.source.at(i, y / step);
      std::array<int, 3> source{};
      std::array<int, 3> target{};
      int covered = 0;
      int blended = 0;
      for (int x = i * step; x < std::min(width, (i + 1) * step); ++x) {
        blended += share[x];
        if (there[x] == 0) continue;
        ++covered;
        for (std::size_t c = 0; c < 3; ++c) {
          source[c] += from[3 * x + static_cast<int>(c)];
          target[c] += under[3 * x + static_cast<int>(c)];
        }
      }
      for (std::size_t c = 0; c < 3; ++c) {
        out.source.values[cell][c] += static_cast<float>(source[c]);
        out.target.values[cell][c] += static_cast<float>(target[c]);
      }
      out.coverage[cell] += static_cast<float>(covered);
      out.blend[cell] += static_cast<float>(blended) / 255.0F;
    }
  }
  for (std::size_t cell = 0; cell < out.coverage.size(); ++cell) {
    if (out.coverage[cell] > 0)
      for (std::size_t c = 0; c < 3; ++c) {
        out.source.values[cell][c] /= out.coverage[cell];
        out.target.values[cell][c] /= out.coverage[cell];
      }
    out.coverage[cell] /= static_cast<float>(step * step);
    out.blend[cell] /= static_cast<float>(step * step);
  }
  return out;
}

// The median difference, by luma.
Triple usual_difference(const Grid& field, const std::vector<float>& weight) {
  std::vector<std::pair<float, std::size_t>> order;
  for (std::size_t i = 0; i < field.values.size(); ++i)
    if (weight[i] > 0.5F)
      order.emplace_back(opponent(field.values[i][0], field.values[i][1], field.values[i][2])[0], i);
  if (order.empty()) return {};
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::nth_element(order.begin(), middle, order.end());
  const float luma = middle->first;
  return {luma, luma, luma};
}

// Differences far from the usual one are drawn to it.
Triple held(const Triple& difference, const Triple& usual) {
  Triple out{};
  for (std::size_t c = 0; c < 3; ++c)
    out[c] = usual[c] + std::clamp(difference[c] - usual[c], -kSkinDifference, kSkinDifference);
  return out;
}

// 1 for a difference between skins, 0 for one that is none (Tukey's biweight).
float skin_share(const Triple& difference, const Triple& usual) {
  const float away =
      (opponent(difference[0], difference[1], difference[2])[0] - usual[0]) / (2 * kSkinDifference);
  const float t = std::max(0.0F, 1 - away * away);
  return t * t;
}

struct Moments {
  Triple mean{};
  Triple spread{};
};

Moments moments_of(const Grid& grid, const std::vector<float>& weight) {
  std::array<double, 3> sum{};
  std::array<double, 3> squares{};
  double total = 0;
  for (std::size_t i = 0; i < grid.values.size(); ++i) {
    if (weight[i] <= 0) continue;
    const Triple v = opponent(grid.values[i][0], grid.values[i][1], grid.values[i][2]);
    for (std::size_t c = 0; c < 3; ++c) {
      sum[c] += static_cast<double>(weight[i]) * v[c];
      squares[c] += static_cast<double>(weight[i]) * v[c] * v[c];
    }
    total += weight[i];
  }
  Moments out;
  if (total <= 0) return out;
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = sum[c] / total;
    out.mean[c] = static_cast<float>(mean);
    out.spread[c] = static_cast<float>(std::sqrt(std::max(0.0, squares[c] / total - mean * mean)));
  }
  return out;
}

// v' = gain v + offset, in opponent colours.
struct Affine {
  Triple gain{1, 1, 1};
  Triple offset{};
  Triple operator()(float red, float green, float blue) const {
    Triple v = opponent(red, green, blue);
    for (std::size_t c = 0; c < 3; ++c) v[c] = gain[c] * v[c] + offset[c];
    return rgb_of(v);
  }
};

}  // namespace

void ColourBlender::paste(const Layer& layer, const Mask& blend, double time_s, Image& picture) {
  if (layer.image.width == 0 || layer.image.height == 0) return;
  Cells cells = cells_of(layer, blend, picture);
  const std::size_t count = cells.coverage.size();

  // Statistics, smooth over time.
  std::vector<float> weight(count);
  for (std::size_t i = 0; i < count; ++i) weight[i] = cells.coverage[i] * cells.blend[i];
  const Moments source = moments_of(cells.source, weight);
  const Moments target = moments_of(cells.target, weight);
  const double gap_s = time_s - last_s_;
  last_s_ = time_s;
  if (!smooth_ || gap_s < 0 || gap_s > kMaxGap) {
    smooth_ = Statistics{source.mean, source.spread, target.mean, target.spread};
  } else {
    const auto share = static_cast<float>(1 - std::exp(-gap_s / kStatisticsMemory));
    const auto follow = [&](Triple& slow, const Triple& now) {
      for (std::size_t c = 0; c < 3; ++c) slow[c] += share * (now[c] - slow[c]);
    };
    follow(smooth_->source_mean, source.mean);
    follow(smooth_->source_spread, source.spread);
    follow(smooth_->target_mean, target.mean);
    follow(smooth_->target_spread, target.spread);
  }
  Affine affine;
  for (std::size_t c = 0; c < 3; ++c) {
    const float gain =
        std::clamp((smooth_->target_spread[c] + 1) / (smooth_->source_spread[c] + 1), kLeastGain, kMostGain);
    affine.gain[c] = 1 + options_.statistics * (gain - 1);
    const float offset = smooth_->target_mean[c] - affine.gain[c] * smooth_->source_mean[c];
    affine.offset[c] = options_.statistics * offset;
  }
  Grid corrected = cells.source;
  for (Triple& v : corrected.values) v = affine(v[0], v[1], v[2]);

  // What still differs, cell by cell; then light, then the membrane.
  Grid field = cells.target;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < 3; ++c) field.values[i][c] -= corrected.values[i][c];
  const Triple usual = usual_difference(field, weight);
  Grid correction = field;
  for (Triple& v : correction.values) v = {};
  if (options_.light > 0) {
    Grid light = field;
    std::vector<float> known = weight;
    for (std::size_t i = 0; i < count; ++i) known[i] *= skin_share(field.values[i], usual);
    blur(light, known, options_.light_spread * static_cast<float>(light.width) / 1.4F);
    for (float& w : known) w = w > 1e-4F ? 1.0F : 0.0F;
    fill_unknown(light, known);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t c = 0; c < 3; ++c) correction.values[i][c] = options_.light * light.values[i][c];
  }
  if (options_.membrane > 0) {
    Grid membrane = field;
    std::vector<float> known(count);
    std::vector<bool> free(count);
    for (std::size_t i = 0; i < count; ++i) {
      const bool edge = cells.blend[i] < 0.5F;
      known[i] = edge && cells.coverage[i] > 0.5F && skin_share(field.values[i], usual) > 0.2F ? 1.0F : 0.0F;
      free[i] = known[i] == 0;
      const Triple step = held(field.values[i], usual);
      for (std::size_t c = 0; c < 3; ++c) membrane.values[i][c] = step[c] - correction.values[i][c];
    }
    fill_unknown(membrane, known);
    relax(membrane, free, 16);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        correction.values[i][c] += options_.membrane * membrane.values[i][c];
  }

  for (int y = 0; y < layer.image.height; ++y) {
    const ColourGridRow correction_at(correction, y);
    const std::uint8_t* from = layer.image.row(y);
    const std::uint8_t* share = blend.row(y);
    std::uint8_t* to = picture.row(layer.y + y) + 3 * layer.x;
    for (int x = 0; x < layer.image.width; ++x) {
      if (share[x] == 0) continue;
      const Triple add = correction_at(x);
      const Triple face = affine(from[3 * x], from[3 * x + 1], from[3 * x + 2]);
      const float alpha = static_cast<float>(share[x]) / 255.0F;
      for (int c = 0; c < 3; ++c) {
        const float wanted = face[static_cast<std::size_t>(c)] + add[static_cast<std::size_t>(c)];
        to[3 * x + c] = pixel_value(static_cast<float>(to[3 * x + c]) * (1 - alpha) + alpha * wanted);
      }
    }
  }
}

}  // namespace kyc
