// How frontal a face is: one component per axis; quality = 100 cos^2 of the angle.
#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

template <float HeadPose::*Angle>
class PoseComponent final : public QualityComponent {
 public:
  explicit PoseComponent(const Resources& /*none*/) {}
  const char* unit() const override { return "degrees"; }
  QualityValue measure(const Image& /*image*/, const Face& face) const override {
    const auto degrees = static_cast<double>(face.pose.*Angle);
    return {degrees, static_cast<double>(ofiq_quality("HeadPoseYaw", degrees).value())};
  }
};

const Registration<QualityComponent, PoseComponent<&HeadPose::yaw>> kYaw{
    "head_pose_yaw", "how far the head is turned to a side"};
const Registration<QualityComponent, PoseComponent<&HeadPose::pitch>> kPitch{
    "head_pose_pitch", "how far the head is turned up or down"};
const Registration<QualityComponent, PoseComponent<&HeadPose::roll>> kRoll{
    "head_pose_roll", "how far the head is tilted to a shoulder"};

}  // namespace
}  // namespace kyc
