#include "kyc/verification/decision.h"

namespace kyc {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Accepted:
      return "accepted";
    case Verdict::Rejected:
      return "rejected";
    case Verdict::Review:
      return "review";
  }
  return "rejected";
}

std::string_view to_string(SignalState state) {
  switch (state) {
    case SignalState::Pass:
      return "pass";
    case SignalState::Fail:
      return "fail";
    case SignalState::NotMeasured:
      return "not_measured";
  }
  return "not_measured";
}

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::Reject:
      return "reject";
    case Effect::Review:
      return "review";
  }
  return "reject";
}

}  // namespace kyc
