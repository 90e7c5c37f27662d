#include "kyc/verification/record.h"

#include <nlohmann/json.hpp>

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

Json box_json(const Box& box) {
  return Json::array({box.x, box.y, box.width, box.height});
}

Json pose_json(const HeadPose& pose) {
  return {{"yaw", pose.yaw}, {"pitch", pose.pitch}, {"roll", pose.roll}};
}

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json signal_json(const Signal& signal) {
  return {{"name", signal.name},
          {"meaning", signal.meaning},
          {"state", to_string(signal.state)},
          {"effect", to_string(signal.effect)},
          {"value", optional_json(signal.value)},
          {"threshold", optional_json(signal.threshold)},
          {"passes_when", signal.passes_when},
          {"unit", signal.unit},
          {"provenance", signal.provenance}};
}

Json document_json(const VerificationRecord& record, Detail detail) {
  const DocumentAnalysis& document = record.document;
  Json faces = Json::array();
  for (const Face& face : document.faces)
    faces.push_back({{"box", box_json(face.detection.box)},
                     {"confidence", face.detection.confidence},
                     {"inter_eye_distance", inter_eye_distance(face.points)},
                     {"pose", pose_json(face.pose)}});
  Json out = {{"path", record.document_path},
              {"width", document.width},
              {"height", document.height},
              {"faces", std::move(faces)}};
  if (detail == Detail::Everything && document.zone)
    out["zone"] = document.zone->reading ? Json::parse(zone_to_json(*document.zone->reading)) : Json(nullptr);
  return out;
}

Json answer_json(const DetectorAnswer& answer) {
  if (!answer.finding)
    return {{"score", nullptr},
            {"not_applicable", answer.not_applicable.empty() ? Json(nullptr) : Json(answer.not_applicable)}};
  Json signals = Json::array();
  for (const EvidenceSignal& signal : answer.finding->signals)
    signals.push_back({{"name", signal.name},
                       {"value", signal.value},
                       {"meaning", signal.meaning},
                       {"contribution", optional_json(signal.contribution)}});
  return {{"score", answer.finding->score}, {"signals", std::move(signals)}};
}

Json selfie_json(const VerificationRecord& record) {
  const SelfieAnalysis& selfie = record.selfie;
  Json best = Json::array();
  for (const SelfieFrame& frame : selfie.best) {
    Json entry = {{"frame", frame.index},
                  {"time_s", frame.time_s},
                  {"quality", frame.quality},
                  {"box", box_json(frame.face.detection.box)},
                  {"pose", pose_json(frame.face.pose)},
                  {"attack_score", optional_json(frame.attack_score)}};
    if (!record.document.faces.empty()) entry["similarity"] = compare(frame.probe, record.document.reference);
    best.push_back(std::move(entry));
  }
  return {{"path", record.selfie_path},
          {"duration_s", selfie.duration_s},
          {"frames_read", selfie.frames_read},
          {"frames_analysed", selfie.frames_analysed},
          {"frames_with_face", selfie.track.size()},
          {"damage", selfie.damage},
          {"attack", answer_json(selfie.attack)},
          {"deepfake", answer_json(selfie.deepfake)},
          {"best_frames", std::move(best)}};
}

}  // namespace

VerificationRecord verify(const VerificationEngine& engine,
                          const std::filesystem::path& document,
                          const std::filesystem::path& selfie,
                          int jobs,
                          const Progress& progress,
                          const VerificationRequest& request) {
  return record_of(
      engine,
      document.string(),
      engine.analyze_document(document, request.today),
      selfie.string(),
      engine.analyze_selfie(selfie, jobs, progress, request.challenge ? &*request.challenge : nullptr));
}

VerificationRecord record_of(const VerificationEngine& engine,
                             const std::string& document_path,
                             const DocumentAnalysis& document,
                             const std::string& selfie_path,
                             const SelfieAnalysis& selfie) {
  VerificationRecord record{document_path, selfie_path, document, selfie, {}, engine.policy(), {}};
  record.decision = decide(document, selfie, engine.policy(), thresholds_of(engine));
  record.models.push_back({engine.recogniser().name, engine.recogniser().sha256});
  for (const AttackDetectorInfo* detector : {&engine.attack_detector(), engine.deepfake_detector()})
    if (detector != nullptr)
      for (const DetectorModel& model : detector->models) record.models.push_back({model.name, model.sha256});
  return record;
}

std::string record_to_json(const VerificationRecord& record, Detail detail) {
  Json reasons = Json::array();
  for (const Reason& reason : record.decision.reasons)
    reasons.push_back({{"code", reason.code}, {"message", reason.message}});
  Json signals = Json::array();
  for (const Signal& signal : record.decision.signals) signals.push_back(signal_json(signal));
  Json models = Json::array();
  for (const UsedModel& model : record.models)
    models.push_back({{"name", model.name}, {"sha256", model.sha256}});
  const Json json = {
      {"verdict", to_string(record.decision.verdict)},
      {"accepted", record.decision.verdict == Verdict::Accepted},
      {"reasons", std::move(reasons)},
      {"signals", std::move(signals)},
      {"document", document_json(record, detail)},
      {"selfie", selfie_json(record)},
      {"challenge",
       record.selfie.challenge ? Json::parse(challenge_result_to_json(*record.selfie.challenge, detail))
                               : Json(nullptr)},
      {"models", std::move(models)},
      {"policy", Json::parse(policy_to_json(record.policy))}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kyc
