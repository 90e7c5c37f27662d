// Sharpness by the variance of the Laplacian. (The standard's own measure is a random forest that OFIQ ships;
// this is not it, and its map to quality is ours.)
#include "kyc/core/registry.h"
#include "kyc/image/statistics.h"
#include "kyc/quality/component.h"

namespace kyc {
namespace {

constexpr double kSoft = 100;  // variance of a soft webcam frame: quality 50

class Sharpness final : public QualityComponent {
 public:
  explicit Sharpness(const Resources& /*none*/) {}
  const char* unit() const override { return "squared grey levels"; }
  QualityValue measure(const Image& image, const Face& face) const override {
    const double native = sharpness(image, face.detection.box);
    return {native, 100 * native / (native + kSoft)};
  }
};

const Registration<QualityComponent, Sharpness> kSharpness{"sharpness",
                                                           "variance of the Laplacian of the face"};

}  // namespace
}  // namespace kyc
