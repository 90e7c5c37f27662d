// Any chain of resizing and encoding, through the real codecs in memory.

#include "kyc/attack/degrade.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

class DegradeReencode final : public Restorer {
 public:
  explicit DegradeReencode(const ModelResources& /*resources*/) {}

  std::string imitates() const override { return "a clip that was saved and sent on several times"; }

  std::vector<AttackOption> options() const override {
    return {{"chain",
             "crf28+scale0.75+crf32+restore",
             "steps joined by '+': longestPIXELS, scaleFACTOR, restore (the first size), crfFACTOR (H.264), "
             "jpegQUALITY, webpQUALITY"}};
  }

  Image restore(Image image, const RestoreFrame& /*frame*/, const OptionValues& values) const override {
    return degraded(std::move(image), parsed_chain(values.text("chain")));
  }

  std::unique_ptr<ClipPass> begin(const OptionValues& values, double frame_rate) const override {
    return degraded_clip(parsed_chain(values.text("chain")), frame_rate);
  }
};

const Registration<Restorer, DegradeReencode> kDegradeReencode{"degrade/reencode",
                                                               "through a chain of resizing and codecs"};

}  // namespace
}  // namespace kyc
