// How large the face is for a recogniser: pixels between the eye centres, as if the head looked straight
// ahead.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

// Beyond this yaw the correction would only magnify noise.
constexpr double kMaxYaw = 80;

class InterEyeDistance final : public QualityComponent {
 public:
  explicit InterEyeDistance(const Resources& /*none*/) {}
  const char* unit() const override { return "pixels"; }
  QualityValue measure(const Image& /*image*/, const Face& face) const override {
    const double yaw = std::min(std::abs(static_cast<double>(face.pose.yaw)), kMaxYaw);
    const double native =
        static_cast<double>(inter_eye_distance(face.points)) / std::cos(yaw * std::numbers::pi / 180);
    return {native, static_cast<double>(ofiq_quality("InterEyeDistance", native).value())};
  }
};

const Registration<QualityComponent, InterEyeDistance> kInterEyeDistance{
    "inter_eye_distance", "distance of the eyes, corrected for yaw"};

}  // namespace
}  // namespace kyc
