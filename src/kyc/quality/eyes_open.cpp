// How far the eyes are open, in two ways: by the landmarks of the lids, as ISO/IEC 29794-5 has it, and by the
// network fr_eye, which looks at the pixels.
#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

double distance(const Point& a, const Point& b) {
  return std::hypot(static_cast<double>(a.x) - static_cast<double>(b.x),
                    static_cast<double>(a.y) - static_cast<double>(b.y));
}

// Largest distance of a point of the upper lid from the one below it; `first` is the eye's first point.
double opening(const Landmarks68& landmarks, std::size_t first) {
  return std::max(distance(landmarks[first + 1], landmarks[first + 5]),
                  distance(landmarks[first + 2], landmarks[first + 4]));
}

class EyesOpen final : public QualityComponent {
 public:
  explicit EyesOpen(const Resources& /*none*/) {}
  const char* unit() const override { return "share of the face length"; }
  QualityValue measure(const Image& /*image*/, const Face& face) const override {
    const double smaller = std::min(opening(face.landmarks, 36), opening(face.landmarks, 42));
    const double native = smaller / std::max(face_length(face.landmarks), 1e-6);
    return {native, static_cast<double>(ofiq_quality("EyesOpen", native).value())};
  }
};

class EyeStateComponent final : public QualityComponent {
 public:
  explicit EyeStateComponent(const Resources& /*none*/) {}
  const char* unit() const override { return "probability"; }
  QualityValue measure(const Image& /*image*/, const Face& face) const override {
    const double native = static_cast<double>(std::min(face.eyes.image_left, face.eyes.image_right));
    return {native, 100 * native};
  }
};

const Registration<QualityComponent, EyesOpen> kEyesOpen{"eyes_open", "opening of the eye that is less open"};
const Registration<QualityComponent, EyeStateComponent> kEyeState{
    "eye_state", "probability that both eyes are open, by a network"};

}  // namespace
}  // namespace kyc
