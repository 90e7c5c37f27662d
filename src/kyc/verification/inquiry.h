// Internal to verification/: how a decision is put together, signal by signal.
#pragma once

#include <string>
#include <vector>

#include "kyc/nn/manifest.h"
#include "kyc/verification/decide.h"
#include "kyc/verification/decision.h"

namespace kyc {

std::string number(double value, int digits);

// "fr_feature fmr_1e-3: FMR 1e-3; where it was set"
std::string provenance(const ModelThreshold& threshold, const std::string& model);

// Collects signals, and the reasons of those that failed, in the order in which they are asked.
class Inquiry {
 public:
  // A signal with a value that passes when it is at or above (or "<": below, "<=": at or below) the
  // threshold.
  void measure(Signal signal, double value, const Reason& reason_if_failed) {
    signal.value = value;
    const double limit = signal.threshold.value();
    const bool pass = signal.passes_when == "<"    ? value < limit
                      : signal.passes_when == "<=" ? value <= limit
                                                   : value >= limit;
    conclude(std::move(signal), pass, reason_if_failed);
  }

  // A signal that is yes or no.
  void conclude(Signal signal, bool pass, const Reason& reason_if_failed) {
    signal.state = pass ? SignalState::Pass : SignalState::Fail;
    if (!pass) (signal.effect == Effect::Reject ? rejections_ : doubts_).push_back(reason_if_failed);
    signals_.push_back(std::move(signal));
  }

  // A signal that was not measured, or that another one with the same cause already speaks for.
  void note(Signal signal) { signals_.push_back(std::move(signal)); }

  Decision decision() && {
    Decision out;
    out.verdict = !rejections_.empty() ? Verdict::Rejected
                  : !doubts_.empty()   ? Verdict::Review
                                       : Verdict::Accepted;
    out.reasons = std::move(rejections_);
    out.reasons.insert(out.reasons.end(), doubts_.begin(), doubts_.end());
    out.signals = std::move(signals_);
    return out;
  }

 private:
  std::vector<Signal> signals_;
  std::vector<Reason> rejections_;
  std::vector<Reason> doubts_;
};

// A signal whose limit is a field of the policy.
Signal policy_signal(const std::string& name,
                     const std::string& meaning,
                     Effect effect,
                     const char* passes_when,
                     double threshold,
                     const char* unit,
                     const std::string& field);
Signal plain_signal(const std::string& name, const std::string& meaning, Effect effect);

// The machine readable zone, if it was read.
void ask_zone(Inquiry& inquiry, const DocumentAnalysis& document);
// The challenge, if there was one.
void ask_challenge(Inquiry& inquiry,
                   const SelfieAnalysis& selfie,
                   const ChallengeLimits& limits,
                   const VerificationThresholds& thresholds);

}  // namespace kyc
