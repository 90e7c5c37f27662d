// Parts of a record that are also kept by themselves: what a clip says to a challenge, and what a zone says.

#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/verification/record.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

// A few digits: timelines are long, and nothing is known better.
double rounded(double value, double per_unit) {
  return std::round(value * per_unit) / per_unit;
}

Json observation_json(const ChallengeObservation& each) {
  Json out = {{"at_ms", std::llround(each.at_ms)}};
  for (const char* name : {"yaw", "pitch", "roll", "eyes_open", "mouth_open", "similarity"})
    out[name] = nullptr;
  if (!each.face) return out;
  const ChallengeFace& face = *each.face;
  out["yaw"] = rounded(static_cast<double>(face.pose.yaw), 10);
  out["pitch"] = rounded(static_cast<double>(face.pose.pitch), 10);
  out["roll"] = rounded(static_cast<double>(face.pose.roll), 10);
  out["eyes_open"] = rounded(face.eyes_open, 1000);
  out["mouth_open"] = rounded(face.mouth_open, 1000);
  if (face.similarity) out["similarity"] = rounded(*face.similarity, 1000);
  return out;
}

Json prompt_json(const PromptResult& result) {
  return {{"action", to_string(result.prompt.action)},
          {"from_ms", result.prompt.from_ms},
          {"until_ms", result.prompt.until_ms},
          {"passed", result.passed()},
          {"reason", result.fault ? Json(to_string(*result.fault)) : Json(nullptr)},
          {"seen_at_ms", result.seen_at_ms ? Json(std::llround(*result.seen_at_ms)) : Json(nullptr)},
          {"reached", result.reached ? Json(rounded(*result.reached, 1000)) : Json(nullptr)}};
}

Json date_json(const std::optional<MrzDate>& date) {
  return date ? Json(to_string(*date)) : Json(nullptr);
}

}  // namespace

std::string challenge_result_to_json(const ChallengeAnalysis& challenge, Detail detail) {
  const ChallengeJudgement& judgement = challenge.judgement;
  Json prompts = Json::array();
  for (const PromptResult& result : judgement.prompts) prompts.push_back(prompt_json(result));
  Json out = {{"passed", !judgement.prompts.empty() && judgement.followed()},
              {"length_ms", challenge.challenge.length_ms},
              {"prompts", std::move(prompts)},
              {"neutral", nullptr},
              {"covered_ms", std::llround(judgement.covered_ms)},
              {"longest_unseen_ms", std::llround(judgement.longest_unseen_ms)},
              {"weakest_similarity", nullptr},
              {"unprompted", judgement.unprompted}};
  if (judgement.neutral)
    out["neutral"] = {{"yaw", rounded(judgement.neutral->yaw, 10)},
                      {"pitch", rounded(judgement.neutral->pitch, 10)},
                      {"eyes_open", rounded(judgement.neutral->eyes_open, 1000)},
                      {"mouth_open", rounded(judgement.neutral->mouth_open, 1000)}};
  if (judgement.weakest_similarity) out["weakest_similarity"] = rounded(*judgement.weakest_similarity, 1000);
  if (detail == Detail::Everything) {
    Json timeline = Json::array();
    for (const ChallengeObservation& each : challenge.timeline) timeline.push_back(observation_json(each));
    out["timeline"] = std::move(timeline);
  }
  return out.dump();
}

std::string zone_to_json(const MrzReading& reading) {
  const Mrz& mrz = reading.mrz;
  Json checks = Json::array();
  for (const MrzCheck& check : mrz.checks)
    checks.push_back({{"field", check.field}, {"holds", check.valid()}});
  const Json out = {{"format", to_string(mrz.format)},
                    {"lines", reading.lines},
                    {"fields",
                     {{"document_code", mrz.document_code},
                      {"issuer", mrz.issuer},
                      {"document_number", mrz.document_number},
                      {"nationality", mrz.nationality},
                      {"surname", mrz.surname},
                      {"given_names", mrz.given_names},
                      {"date_of_birth", date_json(mrz.date_of_birth)},
                      {"date_of_expiry", date_json(mrz.date_of_expiry)},
                      {"sex", std::string(1, mrz.sex)},
                      {"optional_data", mrz.optional_data},
                      {"optional_data_2", mrz.optional_data_2}}},
                    {"check_digits", std::move(checks)},
                    {"valid", mrz.checks_valid()},
                    {"confidence", rounded(reading.confidence, 1000)},
                    {"corrected_cells", reading.corrected.size()}};
  return out.dump();
}

}  // namespace kyc
