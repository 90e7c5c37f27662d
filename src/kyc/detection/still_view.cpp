#include "kyc/detection/still_view.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

constexpr std::size_t kHeader = 5;  // numbers of a note before its pixels
constexpr std::size_t kPacked = 3;  // pixels in a number: 24 bits are exact

// Where the middle of the face is the same in both and a pixel is as large, from the first to the second.
Point moved_over(Point p, const StillView& from, const StillView& to) {
  constexpr float kMiddle = (kStillSide - 1) / 2.0F;
  const float ratio = from.scale / to.scale;
  return {(p.x - kMiddle) * ratio + kMiddle, (p.y - kMiddle) * ratio + kMiddle};
}

// Luma of the image, shrunk by a whole number by averaging.
Plane shrunk_luma(const Image& image, int factor) {
  Plane out = make_plane(std::max(1, image.width / factor), std::max(1, image.height / factor));
  const int used = std::min({factor, image.width, image.height});
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      std::uint32_t sum = 0;  // Rec. 601 in 256ths
      for (int j = 0; j < used; ++j) {
        const std::uint8_t* p = image.row(y * used + j) + static_cast<std::ptrdiff_t>(x) * used * 3;
        for (int i = 0; i < used; ++i, p += 3) sum += 77U * p[0] + 150U * p[1] + 29U * p[2];
      }
      out.at(x, y) = static_cast<float>(sum) / static_cast<float>(256 * used * used);
    }
  return out;
}

}  // namespace

StillView::StillView(const FrameNotes& notes)
    : scale(notes[0]),
      left(notes[1]),
      top(notes[2]),
      width(notes[3]),
      height(notes[4]),
      luma(make_plane(kStillSide, kStillSide)) {
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const auto packed = static_cast<std::uint32_t>(notes[kHeader + i / kPacked]);
    luma.values[i] = static_cast<float>(packed >> (8 * (i % kPacked)) & 255U);
  }
}

Point StillView::in_image(Point p) const {
  return {(p.x + left + 0.5F) * scale - 0.5F, (p.y + top + 0.5F) * scale - 0.5F};
}

Point StillView::from_image(Point p) const {
  return {(p.x + 0.5F) / scale - 0.5F - left, (p.y + 0.5F) / scale - 0.5F - top};
}

bool StillView::shows(Point p) const {
  const Point there = in_image(p);
  const float rim = 2 * scale;
  return there.x >= rim && there.y >= rim && there.x < width - rim && there.y < height - rim;
}

FrameNotes still_view_notes(const FaceFrame& frame) {
  const Box& box = frame.face.detection.box;
  // Scales a fourth of an octave apart. A face that is too small is not enlarged.
  const float wanted = std::max(1.0F, box.width / kStillFace);
  const float scale = std::exp2(std::floor(4 * std::log2(wanted)) / 4);
  const int factor = std::clamp(static_cast<int>(scale), 1, std::min(frame.image.width, frame.image.height));
  const Plane luma = shrunk_luma(frame.image, factor);
  const auto shrunk = static_cast<float>(factor);
  const float left = std::round(box.center().x / scale) - kStillSide / 2.0F;
  const float top = std::round(box.center().y / scale) - kStillSide / 2.0F;
  FrameNotes out{
      scale, left, top, static_cast<float>(frame.image.width), static_cast<float>(frame.image.height)};
  constexpr std::size_t kPixels = std::size_t{kStillSide} * kStillSide;
  std::vector<std::uint32_t> packed(kPixels / kPacked);
  for (std::size_t i = 0; i < kPixels; ++i) {
    const std::size_t row = i / kStillSide;
    const std::size_t column = i % kStillSide;
    const float x = (static_cast<float>(column) + left + 0.5F) * scale;
    const float y = (static_cast<float>(row) + top + 0.5F) * scale;
    const float value = sampled(luma, x / shrunk - 0.5F, y / shrunk - 0.5F);
    packed[i / kPacked] |= static_cast<std::uint32_t>(std::lround(std::clamp(value, 0.0F, 255.0F)))
                           << (8 * (i % kPacked));
  }
  for (const std::uint32_t number : packed) out.push_back(static_cast<float>(number));
  return out;
}

FaceEllipse::FaceEllipse(const Face& face, const StillView& view)
    : middle(view.from_image(face.detection.box.center())),
      half_width(std::max(1.0F, face.detection.box.width / view.scale / 2)),
      half_height(std::max(1.0F, face.detection.box.height / view.scale / 2)) {}

Point FaceEllipse::place(int x, int y) const {
  return {(static_cast<float>(x) - middle.x) / half_width, (static_cast<float>(y) - middle.y) / half_height};
}

FlatMovement::FlatMovement(const std::vector<Point>& places, const std::vector<Point>& shifts) {
  std::array<std::array<double, 3>, 3> m{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::array<double, 3> v{1, static_cast<double>(places[i].x), static_cast<double>(places[i].y)};
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) m[r][c] += v[r] * v[c];
      x[r] += v[r] * static_cast<double>(shifts[i].x);
      y[r] += v[r] * static_cast<double>(shifts[i].y);
    }
  }
  for (std::size_t k = 0; k < 3; ++k) m[k][k] += 1e-6;
  for (std::size_t k = 0; k < 3; ++k)  // Gauss and Jordan; the matrix is positive definite
    for (std::size_t r = 0; r < 3; ++r) {
      if (r == k) continue;
      const double factor = m[r][k] / m[k][k];
      for (std::size_t c = 0; c < 3; ++c) m[r][c] -= factor * m[k][c];
      x[r] -= factor * x[k];
      y[r] -= factor * y[k];
    }
  for (std::size_t k = 0; k < 3; ++k) {
    x[k] /= m[k][k];
    y[k] /= m[k][k];
  }
}

Point FlatMovement::at(Point p) const {
  const auto value = [&](const std::array<double, 3>& v) {
    return static_cast<float>(v[0] + v[1] * static_cast<double>(p.x) + v[2] * static_cast<double>(p.y));
  };
  return {value(x), value(y)};
}

StillMovement::StillMovement(const StillView& from, const StillView& to)
    : from_(from), to_(to), second_(to.luma) {
  if (from.scale != to.scale)
    for (int y = 0; y < kStillSide; ++y)
      for (int x = 0; x < kStillSide; ++x) {
        const Point p = moved_over({static_cast<float>(x), static_cast<float>(y)}, from, to);
        second_.at(x, y) = sampled(to.luma, p.x, p.y);
      }
  flow_ = optical_flow(from.luma, second_);
}

Point StillMovement::there(int x, int y) const {
  return {static_cast<float>(x) + flow_.dx.at(x, y), static_cast<float>(y) + flow_.dy.at(x, y)};
}

bool StillMovement::shows(int x, int y) const {
  return from_.shows({static_cast<float>(x), static_cast<float>(y)}) &&
         to_.shows(moved_over(there(x, y), from_, to_));
}

Point StillMovement::shift(int x, int y) const {
  const Point moved = from_.from_image(to_.in_image(moved_over(there(x, y), from_, to_)));
  return {moved.x - static_cast<float>(x), moved.y - static_cast<float>(y)};
}

float StillMovement::residual(int x, int y) const {
  const Point p = there(x, y);
  return std::abs(sampled(second_, p.x, p.y) - from_.luma.at(x, y));
}

}  // namespace kyc
