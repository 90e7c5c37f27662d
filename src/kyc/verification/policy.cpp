#include "kyc/verification/policy.h"

#include <cmath>
#include <sstream>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/verification/decision.h"

namespace kyc {
namespace {

// Calls visit(name, field, lowest, highest) for every number and visit(name, text) for every name: the one
// list of fields that reading, writing and checking share.
template <typename Policy, typename Visit>
void for_each_field(Policy& p, const Visit& visit) {
  visit("detector", p.detector);
  visit("recogniser", p.recogniser);
  visit("attack_detector", p.attack_detector);
  visit("deepfake_detector", p.deepfake_detector);
  visit("similarity_threshold", p.similarity_threshold);
  visit("review_threshold", p.review_threshold);
  visit("attack_threshold", p.attack_threshold);
  visit("deepfake_threshold", p.deepfake_threshold);
  visit("deepfake_effect", p.deepfake_effect);
  visit("document_min_inter_eye_px", p.document_min_inter_eye_px, 0.0, 1000.0);
  visit("document_second_face", p.document_second_face, 0.0, 1.0);
  visit("analysis_rate_hz", p.analysis_rate_hz, 0.0, 1000.0);
  visit("max_duration_s", p.max_duration_s, 1.0, 36000.0);
  visit("min_duration_s", p.min_duration_s, 0.0, 3600.0);
  visit("min_frames", p.min_frames, 1, 100000);
  visit("min_face_share", p.min_face_share, 0.0, 1.0);
  visit("selfie_min_inter_eye_px", p.selfie_min_inter_eye_px, 0.0, 1000.0);
  visit("second_face", p.second_face, 0.0, 1.0);
  visit("max_second_face_share", p.max_second_face_share, 0.0, 1.0);
  visit("min_change", p.min_change, 0.0, 255.0);
  visit("min_head_movement_deg", p.min_head_movement_deg, 0.0, 180.0);
  visit("best_frames", p.best_frames, 1, 100);
  visit("challenge_turn_deg", p.challenge.turn_deg, 1.0, 60.0);
  visit("challenge_nod_deg", p.challenge.nod_deg, 1.0, 60.0);
  visit("challenge_mouth_open", p.challenge.mouth_open, 0.01, 2.0);
  visit("challenge_eyes_closed", p.challenge.eyes_closed, 0.0, 1.0);
  visit("challenge_rest_share", p.challenge.rest_share, 0.1, 0.9);
  visit("challenge_reaction_ms", p.challenge.reaction_ms, 0.0, 1000.0);
  visit("challenge_grace_ms", p.challenge.grace_ms, 0.0, 5000.0);
  visit("challenge_min_blink_ms", p.challenge.min_blink_ms, 0.0, 1000.0);
  visit("challenge_max_blink_ms", p.challenge.max_blink_ms, 100.0, 10000.0);
  visit("challenge_neutral_ms", p.challenge.neutral_ms, 500.0, 10000.0);
  visit("challenge_max_neutral_deg", p.challenge.max_neutral_deg, 1.0, 90.0);
  visit("challenge_max_unseen_ms", p.challenge.max_unseen_ms, 0.0, 60000.0);
  visit("challenge_max_unknown_ms", p.challenge.max_unknown_ms, 0.0, 60000.0);
}

template <typename Number>
std::string number_text(Number number) {
  std::ostringstream out;
  out << number;
  return out.str();
}

struct CheckField {
  void operator()(const char* name, const std::string& text) const {
    if (text.empty())
      throw Error(ErrorCode::InvalidArgument, std::string("policy: ") + name + ": expected a name");
  }
  template <typename Number>
  void operator()(const char* name, Number value, Number lowest, Number highest) const {
    if (!(value >= lowest && value <= highest))
      throw Error(ErrorCode::InvalidArgument,
                  std::string("policy: ") + name + ": expected " + number_text(lowest) + ".." +
                      number_text(highest) + ", got " + number_text(value));
  }
};

[[noreturn]] void refuse(const std::string& file, const std::string& field, const std::string& expected) {
  throw Error(ErrorCode::InvalidArgument, file + ": " + field + ": expected " + expected);
}

struct ReadField {
  const nlohmann::json& json;
  const std::string& file;

  void operator()(const char* name, std::string& text) const {
    if (!json.contains(name)) return;
    if (!json[name].is_string()) refuse(file, name, "text, got " + json[name].dump());
    text = json[name].get<std::string>();
  }
  void operator()(const char* name, double& value, double, double) const {
    if (!json.contains(name)) return;
    if (!json[name].is_number()) refuse(file, name, "a number, got " + json[name].dump());
    value = json[name].get<double>();
  }
  void operator()(const char* name, int& value, int lowest, int highest) const {
    if (!json.contains(name)) return;
    const auto& field = json[name];
    // Read wide and compare before narrowing: 2^32 + 1 must not become 1.
    if (!field.is_number_integer() || field.get<double>() < lowest || field.get<double>() > highest)
      refuse(
          file,
          name,
          "a whole number in " + number_text(lowest) + ".." + number_text(highest) + ", got " + field.dump());
    value = field.get<int>();
  }
};

}  // namespace

void check(const VerificationPolicy& policy) {
  for_each_field(policy, CheckField{});
  if (policy.deepfake_effect != to_string(Effect::Review) &&
      policy.deepfake_effect != to_string(Effect::Reject))
    throw Error(ErrorCode::InvalidArgument,
                "policy: deepfake_effect: expected review or reject, got " + policy.deepfake_effect);
  if (policy.min_duration_s > policy.max_duration_s)
    throw Error(ErrorCode::InvalidArgument, "policy: min_duration_s: expected at most max_duration_s");
}

VerificationPolicy policy_from_json(std::string_view text, const std::string& name) {
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(ErrorCode::InvalidArgument, name + ": expected JSON: " + error.what());
  }
  if (!json.is_object()) throw Error(ErrorCode::InvalidArgument, name + ": expected a JSON object");
  VerificationPolicy policy;
  const nlohmann::json known = nlohmann::json::parse(policy_to_json(policy));
  for (const auto& [key, value] : json.items())
    if (!known.contains(key))
      refuse(name, key, "a field of the policy (see docs/verification.md), not this one");
  for_each_field(policy, ReadField{json, name});
  try {
    check(policy);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
  return policy;
}

std::string policy_to_json(const VerificationPolicy& policy) {
  nlohmann::ordered_json json;
  for_each_field(policy, [&json](const char* name, const auto& value, auto...) { json[name] = value; });
  return json.dump(2);
}

}  // namespace kyc
