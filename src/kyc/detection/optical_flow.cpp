#include "kyc/detection/optical_flow.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kyc {
namespace {

constexpr int kFlowPatch = 8;      // pixels, at every level
constexpr int kFlowStride = 3;     // between patches
constexpr int kFlowCoarsest = 15;  // no level is smaller
constexpr int kFlowMostSteps = 12;
constexpr float kFlowStill = 0.02F;  // pixels: a step below this is the last
// Added to both eigenvalues of a patch's structure: one grey level of slope in four pixels. Without texture
// nothing moves from where the coarser level saw it.
constexpr float kFlowDamping = 4;

Plane halved_plane(const Plane& plane) {
  Plane out = make_plane(plane.width / 2, plane.height / 2);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      out.at(x, y) = (plane.at(2 * x, 2 * y) + plane.at(2 * x + 1, 2 * y) + plane.at(2 * x, 2 * y + 1) +
                      plane.at(2 * x + 1, 2 * y + 1)) /
                     4;
  return out;
}

std::vector<Plane> plane_pyramid(const Plane& plane) {
  std::vector<Plane> out{plane};
  while (std::min(out.back().width, out.back().height) / 2 >= kFlowCoarsest)
    out.push_back(halved_plane(out.back()));
  return out;
}

// Of the coarser level, for the finer one.
Plane doubled_plane(const Plane& plane, int width, int height) {
  Plane out = make_plane(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out.at(x, y) = 2 * sampled(plane, static_cast<float>(x) / 2 - 0.25F, static_cast<float>(y) / 2 - 0.25F);
  return out;
}

// Mean over 5 x 5 pixels, at the edge over those that are there: neighbours move alike.
Plane smoothed_plane(const Plane& plane) {
  constexpr int kReach = 2;
  const auto along = [&](const Plane& from, bool rows) {
    Plane out = make_plane(from.width, from.height);
    for (int y = 0; y < from.height; ++y)
      for (int x = 0; x < from.width; ++x) {
        const int at = rows ? x : y;
        const int first = std::max(0, at - kReach);
        const int last = std::min((rows ? from.width : from.height) - 1, at + kReach);
        float sum = 0;
        for (int k = first; k <= last; ++k) sum += rows ? from.at(k, y) : from.at(x, k);
        out.at(x, y) = sum / static_cast<float>(last - first + 1);
      }
    return out;
  };
  return along(along(plane, true), false);
}

struct FlowShift {
  float x = 0;
  float y = 0;
};

// One patch of the first picture: its values and slopes.
struct FlowPatch {
  int left;
  int top;
  std::array<float, kFlowPatch * kFlowPatch> value;
  std::array<float, kFlowPatch * kFlowPatch> slope_x;
  std::array<float, kFlowPatch * kFlowPatch> slope_y;

  FlowPatch(const Plane& plane, int x, int y) : left(x), top(y) {
    const auto at = [&](int i, int j) {
      return plane.at(std::clamp(i, 0, plane.width - 1), std::clamp(j, 0, plane.height - 1));
    };
    std::size_t k = 0;
    for (int j = y; j < y + kFlowPatch; ++j)
      for (int i = x; i < x + kFlowPatch; ++i, ++k) {
        value[k] = at(i, j);
        slope_x[k] = (at(i + 1, j) - at(i - 1, j)) / 2;
        slope_y[k] = (at(i, j + 1) - at(i, j - 1)) / 2;
      }
  }

  // Lucas and Kanade's steps, the slopes always those of the first picture (inverse compositional: Baker and
  // Matthews 2004).
  FlowShift found_in(const Plane& to, FlowShift start) const {
    float xx = kFlowDamping;
    float xy = 0;
    float yy = kFlowDamping;
    for (std::size_t k = 0; k < value.size(); ++k) {
      xx += slope_x[k] * slope_x[k];
      xy += slope_x[k] * slope_y[k];
      yy += slope_y[k] * slope_y[k];
    }
    const float determinant = xx * yy - xy * xy;
    FlowShift at = start;
    for (int step = 0; step < kFlowMostSteps; ++step) {
      std::array<float, kFlowPatch * kFlowPatch> off;
      float mean = 0;
      std::size_t k = 0;
      for (int j = 0; j < kFlowPatch; ++j)
        for (int i = 0; i < kFlowPatch; ++i, ++k) {
          off[k] =
              sampled(to, static_cast<float>(left + i) + at.x, static_cast<float>(top + j) + at.y) - value[k];
          mean += off[k] / static_cast<float>(off.size());
        }
      float bx = 0;
      float by = 0;
      for (k = 0; k < off.size(); ++k) {
        bx += slope_x[k] * (off[k] - mean);
        by += slope_y[k] * (off[k] - mean);
      }
      const FlowShift change{(yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant};
      at = {at.x - change.x, at.y - change.y};
      if (std::hypot(at.x - start.x, at.y - start.y) > kFlowPatch) return start;  // it ran away
      if (std::hypot(change.x, change.y) < kFlowStill) break;
    }
    return at;
  }
};

// Where patches begin: the last one ends at the edge.
std::vector<int> patch_starts(int length) {
  std::vector<int> out;
  for (int at = 0; at + kFlowPatch < length; at += kFlowStride) out.push_back(at);
  out.push_back(std::max(0, length - kFlowPatch));
  return out;
}

void refine_flow(const Plane& from, const Plane& to, Flow& flow) {
  Plane weights = make_plane(from.width, from.height);
  Flow sums{make_plane(from.width, from.height), make_plane(from.width, from.height)};
  for (const int top : patch_starts(from.height))
    for (const int left : patch_starts(from.width)) {
      const int x = std::min(left + kFlowPatch / 2, from.width - 1);
      const int y = std::min(top + kFlowPatch / 2, from.height - 1);
      const FlowPatch patch(from, left, top);
      const FlowShift shift = patch.found_in(to, {flow.dx.at(x, y), flow.dy.at(x, y)});
      for (int j = top; j < std::min(top + kFlowPatch, from.height); ++j)
        for (int i = left; i < std::min(left + kFlowPatch, from.width); ++i) {
          const float there = sampled(to, static_cast<float>(i) + shift.x, static_cast<float>(j) + shift.y);
          const float weight = 1 / std::max(1.0F, std::abs(there - from.at(i, j)));
          weights.at(i, j) += weight;
          sums.dx.at(i, j) += weight * shift.x;
          sums.dy.at(i, j) += weight * shift.y;
        }
    }
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    flow.dx.values[i] = sums.dx.values[i] / weights.values[i];
    flow.dy.values[i] = sums.dy.values[i] / weights.values[i];
  }
}

}  // namespace

float sampled(const Plane& plane, float x, float y) {
  const float cx = std::clamp(x, 0.0F, static_cast<float>(plane.width - 1));
  const float cy = std::clamp(y, 0.0F, static_cast<float>(plane.height - 1));
  const int left = std::min(static_cast<int>(cx), std::max(0, plane.width - 2));
  const int top = std::min(static_cast<int>(cy), std::max(0, plane.height - 2));
  const int right = std::min(left + 1, plane.width - 1);
  const int bottom = std::min(top + 1, plane.height - 1);
  const float u = cx - static_cast<float>(left);
  const float v = cy - static_cast<float>(top);
  return (1 - v) * ((1 - u) * plane.at(left, top) + u * plane.at(right, top)) +
         v * ((1 - u) * plane.at(left, bottom) + u * plane.at(right, bottom));
}

Flow optical_flow(const Plane& from, const Plane& to) {
  const std::vector<Plane> first = plane_pyramid(from);
  const std::vector<Plane> second = plane_pyramid(to);
  Flow out{make_plane(first.back().width, first.back().height),
           make_plane(first.back().width, first.back().height)};
  for (std::size_t level = first.size(); level-- > 0;) {
    const int width = first[level].width;
    const int height = first[level].height;
    if (out.dx.width != width || out.dx.height != height)
      out = {doubled_plane(out.dx, width, height), doubled_plane(out.dy, width, height)};
    refine_flow(first[level], second[level], out);
    out = {smoothed_plane(out.dx), smoothed_plane(out.dy)};
  }
  return out;
}

}  // namespace kyc
