// JPEG as cameras and messengers write it, colours halved.

#include "kyc/attack/degrade.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

class DegradeJpeg final : public Restorer {
 public:
  explicit DegradeJpeg(const ModelResources& /*resources*/) {}

  std::string imitates() const override { return "a camera or program that stores frames as JPEG"; }

  std::vector<AttackOption> options() const override { return {{"quality", "60", "of the JPEG, 1 to 100"}}; }

  Image restore(Image image, const RestoreFrame& /*frame*/, const OptionValues& values) const override {
    const double quality = values.whole_number("quality", 1, 100);
    return degraded(std::move(image), {{DegradeStep::Kind::Jpeg, quality}});
  }
};

const Registration<Restorer, DegradeJpeg> kDegradeJpeg{"degrade/jpeg", "through a JPEG, colours halved"};

}  // namespace
}  // namespace kyc
