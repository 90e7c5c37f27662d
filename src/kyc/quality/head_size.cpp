// How much of the picture's height the face takes: best at 0.45 between the eyes and the chin, as in a
// passport photo; a selfie held at arm's length is below.
#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

class HeadSize final : public QualityComponent {
 public:
  explicit HeadSize(const Resources& /*none*/) {}
  const char* unit() const override { return "share of the picture's height"; }
  QualityValue measure(const Image& image, const Face& face) const override {
    const double native = face_length(face.landmarks) / image.height;
    return {native, static_cast<double>(ofiq_quality("HeadSize", native).value())};
  }
};

const Registration<QualityComponent, HeadSize> kHeadSize{"head_size",
                                                         "length of the face in the picture's height"};

}  // namespace
}  // namespace kyc
