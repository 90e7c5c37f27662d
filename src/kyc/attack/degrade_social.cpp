// What social networks and messengers do to what is uploaded, as chains. Networks change their settings, and
// nobody publishes them: these are typical orders of size and quality, not any network's own.

#include <map>

#include "kyc/attack/degrade.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

const std::map<std::string, std::string>& chains() {
  static const std::map<std::string, std::string> all{
      // Sent once through a messenger.
      {"messenger", "longest1280+jpeg70+restore"},
      // Uploaded to a network, which keeps a large copy.
      {"network", "longest1080+jpeg80+restore"},
      // Posted, saved from the feed by another user, posted again.
      {"reposted", "longest1080+jpeg80+longest640+webp75+jpeg65+restore"},
      // The small picture of a profile.
      {"profile", "longest320+webp70+restore"},
      // Forwarded from hand to hand.
      {"forwarded", "longest960+jpeg70+jpeg60+longest480+jpeg50+restore"},
      // The same journeys of a clip: shrunk and encoded as H.264, once or each time that it is posted again.
      {"clip_messenger", "longest848+crf30+restore"},
      {"clip_network", "longest1280+crf27+restore"},
      {"clip_reposted", "longest1280+crf27+longest854+crf29+longest640+crf31+restore"}};
  return all;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& [name, chain] : chains()) out.push_back(name);
  return out;
}

class DegradeSocial final : public Restorer {
 public:
  explicit DegradeSocial(const ModelResources& /*resources*/) {}

  std::string imitates() const override { return "an upload to a social network or messenger"; }

  std::vector<AttackOption> options() const override {
    std::string all;
    for (const std::string& name : names()) all += (all.empty() ? "" : ", ") + name;
    return {{"network", "reposted", "kind of journey: " + all}};
  }

  Image restore(Image image, const RestoreFrame& /*frame*/, const OptionValues& values) const override {
    return degraded(std::move(image), parsed_chain(chains().at(values.choice("network", names()))));
  }

  std::unique_ptr<ClipPass> begin(const OptionValues& values, double frame_rate) const override {
    return degraded_clip(parsed_chain(chains().at(values.choice("network", names()))), frame_rate);
  }
};

const Registration<Restorer, DegradeSocial> kDegradeSocial{"degrade/social",
                                                           "as social networks and messengers do it"};

}  // namespace
}  // namespace kyc
