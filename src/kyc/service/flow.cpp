#include "kyc/service/flow.h"

#include <chrono>

#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/document/mrz.h"
#include "kyc/image/codec.h"
#include "kyc/service/webhooks.h"
#include "kyc/store/cases.h"
#include "kyc/store/challenges.h"
#include "kyc/verification/record.h"

namespace kyc {
namespace {

constexpr std::int64_t kResumeBatch = 200;

struct EvidenceFile {
  std::string role;
  std::string data_class;
  std::string content_type;
  MediaFolder::Writer file;
};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

MrzDate day_of(std::int64_t ms) {
  return date_of(std::chrono::system_clock::time_point(std::chrono::milliseconds(ms)));
}

// Where a message of the engine names the file, people see what it was instead.
std::string without_path(std::string text, const std::filesystem::path& path, const std::string& name) {
  for (std::size_t at = text.find(path.string()); at != std::string::npos; at = text.find(path.string()))
    text.replace(at, path.string().size(), name);
  return text;
}

std::vector<EvidenceFile> evidence_of(const MediaFolder& media, const VerificationRecord& record) {
  std::vector<EvidenceFile> out;
  const auto add = [&](const std::string& role,
                       const std::string& type,
                       std::span<const std::uint8_t> bytes,
                       const std::string& data_class = "evidence") {
    MediaFolder::Writer file = media.writer();
    file.write(bytes);
    file.prepare();
    out.push_back({role, data_class, type, std::move(file)});
  };
  if (record.document.width > 0) add("evidence_document", "image/jpeg", encode_jpeg(record.document.picture));
  if (!record.document.faces.empty())
    add("evidence_portrait", "image/png", encode_png(record.document.portrait));
  int count = 0;
  for (const SelfieFrame& frame : record.selfie.best)
    add("evidence_frame_" + std::to_string(++count), "image/jpeg", encode_jpeg(frame.picture));
  add("evidence_summary", "image/png", encode_png(evidence_summary(record)));
  // How a face moved, and what a document says, is kept encrypted like the files themselves, and goes with
  // them.
  if (record.selfie.challenge)
    add(kTimelineRole,
        "application/json",
        bytes_of(challenge_result_to_json(*record.selfie.challenge, Detail::Everything)));
  if (record.document.zone && record.document.zone->reading)
    add(kZoneRole, "application/json", bytes_of(zone_to_json(*record.document.zone->reading)), kZoneClass);
  return out;
}

VerificationRecord run_engine(ServiceState& state, const std::string& owner) {
  const auto uses = state.database.read([&](Connection& c) {
    return std::pair(find_media_use(c, owner, "document"), find_media_use(c, owner, "selfie"));
  });
  const auto attached = state.database.read(
      [&](Connection& c) { return attached_challenge(c, owner.substr(owner.find(':') + 1)); });
  std::optional<Challenge> challenge;
  if (attached) challenge = challenge_from_json(attached->prompts, owner);
  if (!uses.first || !uses.second) throw Error(ErrorCode::NotFound, owner + ": document or clip is gone");
  const PlainCopy document(state.media, uses.first->media_id, state.options.limits.document_bytes);
  const PlainCopy selfie(state.media, uses.second->media_id, state.options.limits.selfie_bytes);
  DocumentAnalysis document_analysis = state.engine->analyze_document(document.path(), day_of(state.now()));
  SelfieAnalysis selfie_analysis =
      state.engine->analyze_selfie(selfie.path(), 1, {}, challenge ? &*challenge : nullptr);
  if (document_analysis.unreadable)
    document_analysis.unreadable = without_path(*document_analysis.unreadable, document.path(), "document");
  if (selfie_analysis.unreadable)
    selfie_analysis.unreadable = without_path(*selfie_analysis.unreadable, selfie.path(), "selfie");
  selfie_analysis.damage = without_path(selfie_analysis.damage, selfie.path(), "selfie");
  return record_of(*state.engine, "document", document_analysis, "selfie", selfie_analysis);
}

void record_result(ServiceState& state, const std::string& case_id, const VerificationRecord& record) {
  std::vector<EvidenceFile> files = evidence_of(state.media, record);
  const std::string verdict(to_string(record.decision.verdict));
  const std::string decision = record_to_json(record, Detail::Decision);
  state.database.write([&](Connection& c) {
    // Erased meanwhile: nothing is kept, the writers take their files with them.
    if (!record_decision(c, case_id, verdict, decision, state.now())) return;
    for (EvidenceFile& file : files)
      put_media_use(c,
                    "case:" + case_id,
                    file.role,
                    file.file.finish(),
                    file.data_class,
                    file.content_type,
                    state.now());
    JsonWriter details;
    details.object().field("verdict", verdict).key("reasons").array();
    for (const Reason& reason : record.decision.reasons) details.value(reason.code);
    details.end().key("models").object();
    for (const UsedModel& model : record.models) details.field(model.name, model.sha256);
    details.end().end();
    state.audit(c, "system", "case.decide", "case:" + case_id, details.text());
    announce_case(state, c, case_id);
  });
  state.wake_background();
}

}  // namespace

void process_case(ServiceState& state, const std::string& case_id) {
  const auto begun = std::chrono::steady_clock::now();
  try {
    const VerificationRecord record = run_engine(state, "case:" + case_id);
    record_result(state, case_id, record);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    state.watch.verification(std::string(to_string(record.decision.verdict)), seconds.count());
  } catch (const std::exception& error) {
    state.watch.event("error", "verification_failed", {{"case", case_id}, {"message", error.what()}});
    state.watch.verification("failed", 0);
    try {
      state.database.write([&](Connection& c) {
        if (set_case_state(c, case_id, CaseState::Selfie, state.now()))
          state.audit(c, "system", "case.processing_failed", "case:" + case_id);
      });
    } catch (const std::exception& second) {
      // The database is gone as well: once it is back the case is processed again.
      const std::lock_guard lock(state.mutex);
      state.stranded.push_back(case_id);
      state.watch.event("error", "case_not_put_back", {{"case", case_id}, {"message", second.what()}});
    }
  }
}

std::vector<std::string> unfinished_cases(ServiceState& state) {
  CaseFilter filter;
  filter.state = CaseState::Processing;
  filter.oldest_first = true;
  filter.limit = kResumeBatch;
  std::vector<std::string> ids;
  do {
    const CasePage page = state.database.read([&](Connection& c) { return list_cases(c, filter); });
    for (const Case& each : page.cases) ids.push_back(each.id);
    filter.after = page.next;
  } while (filter.after);
  return ids;
}

void resume_cases(ServiceState& state, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (!state.pool.submit_waiting([&state, id] { process_case(state, id); })) return;
}

}  // namespace kyc
