#include "kyc/detection/movement_picture.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr float kMostResidual = 64;    // grey levels
constexpr float kMostBending = 0.25F;  // face widths
constexpr float kFace = 0.9F;  // half sides of the face's box about its middle: no hair, no background
constexpr double kMovementWeight = 0.1;
constexpr double kMostMovement = 0.3;  // face widths
constexpr int kMostPairsOfFirst = 2;
constexpr int kMostPairs = 3;

// Small values are what tells.
std::uint8_t rooted(float value, float most) {
  return static_cast<std::uint8_t>(std::lround(255 * std::sqrt(std::clamp(value / most, 0.0F, 1.0F))));
}

FlatMovement flat_movement_of(const StillMovement& movement, const FaceEllipse& ellipse) {
  std::vector<Point> places;
  std::vector<Point> shifts;
  for (int y = 0; y < kStillSide; ++y)
    for (int x = 0; x < kStillSide; ++x) {
      const Point place = ellipse.place(x, y);
      if (std::hypot(place.x, place.y) >= kFace || !movement.shows(x, y)) continue;
      places.push_back(place);
      shifts.push_back(movement.shift(x, y));
    }
  return {places, shifts};
}

// How much the points moved, in widths of the first face: beyond a flat movement, and a little for that
// movement.
double movement_of(const Face& from, const Face& to) {
  const float width = std::max(1.0F, from.detection.box.width);
  const Point middle = from.detection.box.center();
  std::vector<Point> places;
  std::vector<Point> shifts;
  for (std::size_t i = 0; i < from.landmarks.size(); ++i) {
    const Point p = from.landmarks[i];
    places.push_back({(p.x - middle.x) / width, (p.y - middle.y) / width});
    shifts.push_back({(to.landmarks[i].x - p.x) / width, (to.landmarks[i].y - p.y) / width});
  }
  const FlatMovement flat(places, shifts);
  double bent = 0;
  double moved = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Point fitted = flat.at(places[i]);
    bent += static_cast<double>(std::abs(shifts[i].x - fitted.x) + std::abs(shifts[i].y - fitted.y)) / 2;
    moved += static_cast<double>(shifts[i].x * shifts[i].x + shifts[i].y * shifts[i].y);
  }
  const auto count = static_cast<double>(places.size());
  return bent / count + kMovementWeight * std::min(kMostMovement, std::sqrt(moved / count));
}

}  // namespace

Image movement_picture(const StillView& from, const StillView& to, const Face& face, float width, int side) {
  const StillMovement movement(from, to);
  const FaceEllipse ellipse(face, from);
  const FlatMovement flat = flat_movement_of(movement, ellipse);
  Image whole = make_image(kStillSide, kStillSide);
  for (int y = 0; y < kStillSide; ++y)
    for (int x = 0; x < kStillSide; ++x) {
      std::uint8_t* pixel = whole.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      std::fill_n(pixel, 3, std::uint8_t{0});
      if (!movement.shows(x, y)) continue;
      const Point shift = movement.shift(x, y);
      const Point fitted = flat.at(ellipse.place(x, y));
      const float bent = std::hypot(shift.x - fitted.x, shift.y - fitted.y) / (2 * ellipse.half_width);
      pixel[1] = rooted(movement.residual(x, y), kMostResidual);
      pixel[2] = rooted(bent, kMostBending);
    }
  constexpr float kMiddle = kStillSide / 2.0F;
  return crop(whole, {kMiddle - width / 2, kMiddle - width / 2, width, width}, side, side);
}

std::vector<std::pair<std::size_t, std::size_t>> movement_pairs(std::span<const SeenFrame> frames,
                                                                std::size_t count) {
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (frames[i].face.detection.box.width >= kLeastMovementFace) large.push_back(i);
  std::vector<std::size_t> chosen;
  const std::size_t looked_at = std::min(large.size(), kMovementFrames);
  for (std::size_t i = 0; i < looked_at; ++i)
    chosen.push_back(large[looked_at < 2 ? i : i * (large.size() - 1) / (looked_at - 1)]);
  struct Pair {
    double movement;
    std::size_t from;
    std::size_t to;
  };
  std::vector<Pair> all;
  for (const std::size_t from : chosen)
    for (const std::size_t to : chosen)
      if (from != to) all.push_back({movement_of(frames[from].face, frames[to].face), from, to});
  std::stable_sort(
      all.begin(), all.end(), [](const Pair& a, const Pair& b) { return a.movement > b.movement; });
  std::map<std::size_t, int> used;
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const Pair& pair : all) {
    if (out.size() == count) break;
    if (used[pair.from] >= kMostPairsOfFirst || used[pair.to] >= kMostPairs) continue;
    ++used[pair.from];
    ++used[pair.to];
    out.emplace_back(pair.from, pair.to);
  }
  return out;
}

}  // namespace kyc
