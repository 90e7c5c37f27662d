// The answer of a verification.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

enum class Verdict { Accepted, Rejected, Review };
enum class SignalState { Pass, Fail, NotMeasured };

// What a failed signal does to the verdict.
enum class Effect { Reject, Review };

std::string_view to_string(Verdict verdict);    // "accepted", "rejected", "review"
std::string_view to_string(SignalState state);  // "pass", "fail", "not_measured"
std::string_view to_string(Effect effect);      // "reject", "review"

// One thing that was looked at.
struct Signal {
  std::string name;     // stable word for machines: "similarity"
  std::string meaning;  // one line for people
  SignalState state = SignalState::NotMeasured;
  Effect effect = Effect::Reject;
  std::optional<double> value;
  std::optional<double> threshold;
  std::string passes_when;  // ">=" or "<": how value and threshold are compared
  std::string unit;         // "px", "deg", "" for scores and shares
  std::string provenance;   // where the threshold was set: model, data, error rate; or the policy
};

// Why the verdict is not "accepted". Stable code, sentence for people.
struct Reason {
  std::string code;  // "different_person"
  std::string
      message;  // "The person in the selfie is not the one on the document (similarity 0.04, needed 0.33)."

  bool operator==(const Reason&) const = default;
};

struct Decision {
  Verdict verdict = Verdict::Rejected;
  std::vector<Reason> reasons;  // empty exactly when accepted; the weightiest first
  std::vector<Signal> signals;
};

}  // namespace kyc
