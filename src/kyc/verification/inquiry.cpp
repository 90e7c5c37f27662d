#include "kyc/verification/inquiry.h"

#include <cstdio>

namespace kyc {

std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string provenance(const ModelThreshold& threshold, const std::string& model) {
  return model + " " + threshold.name + ": " + threshold.rate + "; " + threshold.data;
}

// A signal whose limit is a field of the policy.
Signal policy_signal(const std::string& name,
                     const std::string& meaning,
                     Effect effect,
                     const char* passes_when,
                     double threshold,
                     const char* unit,
                     const std::string& field) {
  Signal signal;
  signal.name = name;
  signal.meaning = meaning;
  signal.effect = effect;
  signal.passes_when = passes_when;
  signal.threshold = threshold;
  signal.unit = unit;
  signal.provenance = "policy " + field;
  return signal;
}

Signal plain_signal(const std::string& name, const std::string& meaning, Effect effect) {
  Signal signal;
  signal.name = name;
  signal.meaning = meaning;
  signal.effect = effect;
  return signal;
}

}  // namespace kyc
