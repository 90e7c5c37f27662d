// Shrinking, and growing back: detail is lost, the size stays, as after an upload in low resolution.

#include "kyc/attack/degrade.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

class DegradeResize final : public Restorer {
 public:
  explicit DegradeResize(const ModelResources& /*resources*/) {}

  std::string imitates() const override { return "sending a clip in a lower resolution"; }

  std::vector<AttackOption> options() const override {
    return {{"scale", "0.5", "of both sides, 0.02 to 4"},
            {"back", "on", "on or off: grow back to the old size"}};
  }

  Image restore(Image image, const RestoreFrame& /*frame*/, const OptionValues& values) const override {
    std::vector<DegradeStep> chain{{DegradeStep::Kind::Scale, values.number("scale", 0.02, 4)}};
    if (values.flag("back")) chain.push_back({DegradeStep::Kind::Restore, 0});
    return degraded(std::move(image), chain);
  }
};

const Registration<Restorer, DegradeResize> kDegradeResize{"degrade/resize", "shrinks, and grows back"};

}  // namespace
}  // namespace kyc
