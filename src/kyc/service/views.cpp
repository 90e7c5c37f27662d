#include "kyc/service/views.h"

#include "kyc/service/json_body.h"
#include "kyc/service/watch.h"

namespace kyc {

bool is_upload(const MediaUse& use) {
  return use.data_class == "document" || use.data_class == "selfie";
}

std::optional<std::string> optional_time_text(const std::optional<std::int64_t>& ms) {
  return ms ? std::optional(time_text(*ms)) : std::nullopt;
}

void write_account(JsonWriter& json, const Account& account) {
  json.object().field("id", account.id).field("email", account.email).field("name", account.name);
  json.field("role", to_string(account.role)).field("state", to_string(account.state));
  json.field("totp", account.totp_enabled).field("created_at", time_text(account.created_at));
  json.field("decided_at", optional_time_text(account.decided_at))
      .field("decided_by", account.decided_by)
      .end();
}

namespace {

void write_challenge(JsonWriter& json, const Case& held, const CaseChallenge& challenge) {
  json.key("challenge").object().field("mode", to_string(challenge.mode));
  json.field("required", challenge.mode == ChallengeMode::Required).field("issued", challenge.issued);
  json.field("attached", challenge.attached).key("passed");
  const auto result = held.decision ? member_of(*held.decision, "challenge") : std::nullopt;
  const auto passed = result ? member_of(*result, "passed") : std::nullopt;
  json.raw(passed.value_or("null")).end();
}

}  // namespace

void write_case(JsonWriter& json,
                const Case& held,
                const std::vector<MediaUse>& media,
                const std::optional<CaseChallenge>& challenge) {
  json.object().field("id", held.id).field("account", held.account_id).field("state", to_string(held.state));
  json.field("reference", held.reference).field("created_at", time_text(held.created_at));
  json.field("updated_at", time_text(held.updated_at)).field("expires_at", time_text(held.expires_at));
  json.field("consent_version", held.consent_version)
      .field("consent_language", held.consent_language)
      .field("consent_at", optional_time_text(held.consent_at));
  json.field("submitted_at", optional_time_text(held.submitted_at));
  json.field("decided_at", optional_time_text(held.decided_at)).field("decided_by", held.decided_by);
  const std::optional<std::string> reasons =
      held.decision ? member_of(*held.decision, "reasons") : std::optional<std::string>();
  json.key("reasons").raw(reasons.value_or("[]"));
  if (challenge) write_challenge(json, held, *challenge);
  json.key("media").array();
  for (const MediaUse& use : media)
    if (is_upload(use))
      json.object()
          .field("role", use.role)
          .field("content_type", use.content_type)
          .field("bytes", use.bytes)
          .end();
  json.end().end();
}

void write_job(JsonWriter& json, const Job& job) {
  json.object().field("id", job.id).field("kind", job.kind).field("state", to_string(job.state));
  json.key("parameters").raw(job.parameters.empty() ? "{}" : job.parameters);
  json.field("created_by", job.created_by).field("created_at", time_text(job.created_at));
  json.field("started_at", optional_time_text(job.started_at))
      .field("finished_at", optional_time_text(job.finished_at));
  json.field("done", job.done).field("total", job.total).field("message", job.message);
  json.key("result").raw(job.result.empty() ? "null" : job.result).end();
}

JsonWriter& begin_page(JsonWriter& json) {
  return json.object().key("items").array();
}

std::string end_page(JsonWriter& json, const std::optional<std::string>& next) {
  return json.end().field("next", next).end().text();
}

}  // namespace kyc
