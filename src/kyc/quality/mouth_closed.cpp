// Whether the mouth is closed: the largest opening between the inner lips, in lengths of the face.
#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

class MouthClosed final : public QualityComponent {
 public:
  explicit MouthClosed(const Resources& /*none*/) {}
  const char* unit() const override { return "share of the face length"; }
  QualityValue measure(const Image& /*image*/, const Face& face) const override {
    double opening = 0;
    for (const auto& [upper, lower] : {std::pair<std::size_t, std::size_t>{61, 67}, {62, 66}, {63, 65}}) {
      const Point& a = face.landmarks[upper];
      const Point& b = face.landmarks[lower];
      opening = std::max(opening,
                         std::hypot(static_cast<double>(a.x) - static_cast<double>(b.x),
                                    static_cast<double>(a.y) - static_cast<double>(b.y)));
    }
    const double native = opening / std::max(face_length(face.landmarks), 1e-6);
    return {native, static_cast<double>(ofiq_quality("MouthClosed", native).value())};
  }
};

const Registration<QualityComponent, MouthClosed> kMouthClosed{"mouth_closed", "opening between the lips"};

}  // namespace
}  // namespace kyc
