// A person's verification, step by step.

#include "kyc/service/cases.h"
#include "kyc/service/consent.h"
#include "kyc/service/erasure.h"
#include "kyc/service/flow.h"
#include "kyc/service/uploads.h"

namespace kyc {

Case own_case(Call& call, Connection& connection) {
  std::optional<Case> found = find_case(connection, call.parameter(0));
  if (!found || found->account_id != call.account().id || found->state == CaseState::Erased)
    throw HttpError(404, "not_found", "no such case");
  return *found;
}

void wrong_state(CaseState state, const std::string& what) {
  throw HttpError(
      409, "wrong_state", "a case that is " + std::string(to_string(state)) + " takes no " + what);
}

void check_not_expired(const ServiceState& state, const Case& held) {
  if (held.expires_at <= state.now() && may_follow(held.state, CaseState::Expired))
    throw HttpError(409, "expired", "the time to finish this case is over");
}

namespace {

Case readable_case(Call& call, Connection& connection) {
  if (!call.has_role(Role::Admin)) return own_case(call, connection);
  std::optional<Case> found = find_case(connection, call.parameter(0));
  if (!found) throw HttpError(404, "not_found", "no such case");
  return *found;
}

HttpResponse case_response(Call& call, int status, const std::string& id) {
  JsonWriter json;
  call.state.database.read([&](Connection& c) {
    const auto found = find_case(c, id);
    if (!found) throw HttpError(404, "not_found", "no such case");
    write_case(json, *found, media_uses(c, "case:" + id), challenge_of(call.state, c, *found));
  });
  return json_response(status, json.text());
}

Language language_or_refuse(const std::optional<std::string>& text) {
  const std::optional<Language> language = language_of(text.value_or("en"));
  if (!language) throw HttpError(422, "invalid_field", "language: expected en or de", "language");
  return *language;
}

// One of the two uploads.
struct UploadStep {
  std::string family;
  std::string role;
  CaseState next;
  std::string what;
};

// What belongs to a clip besides its bytes.
ChallengeUse settle_challenge(Call& call,
                              Connection& connection,
                              const std::string& case_id,
                              std::int64_t begun_at) {
  if (const auto nonce = challenge_nonce(call))
    return use_challenge(connection, case_id, *nonce, begun_at, call.state.now());
  detach_challenge(connection, case_id);
  return ChallengeUse::Good;
}

// The file is received first, then it and the case's new state are recorded together.
HttpResponse put_file(Call& call, const UploadStep& step) {
  ServiceState& state = call.state;
  const bool is_clip = step.next == CaseState::Selfie;
  const std::int64_t begun_at = state.now();
  const auto check = [&](Connection& c) {
    const Case held = own_case(call, c);
    check_not_expired(state, held);
    if (!may_follow(held.state, step.next)) wrong_state(held.state, step.what);
    return held;
  };
  const Case before = state.database.read([&](Connection& c) {  // before the first byte is read
    Case held = check(c);
    if (is_clip) check_challenge(call, c, held.id);
    return held;
  });
  Upload upload = receive_upload(call, step.family);
  ChallengeUse use = ChallengeUse::Good;
  const std::vector<std::string> replaced =
      state.database.write([&](Connection& c) -> std::vector<std::string> {
        const Case held = check(c);
        if (is_clip) use = settle_challenge(call, c, held.id, begun_at);
        if (use != ChallengeUse::Good) {
          state.audit(c, call.who->actor(), "case.challenge_refused", "case:" + held.id);
          return {};
        }
        std::vector<std::string> files = drop_media_use(c, "case:" + held.id, step.role);
        const StoredMedia stored = upload.file.finish();
        put_media_use(c, "case:" + held.id, step.role, stored, step.role, upload.content_type, state.now());
        // A new document for a case that has its clip already leaves the clip where it is.
        const CaseState reached = held.state == CaseState::Selfie ? CaseState::Selfie : step.next;
        set_case_state(c, held.id, reached, state.now());
        JsonWriter details;
        details.object().field("role", step.role).field("bytes", stored.bytes).end();
        state.audit(c, call.who->actor(), "case.upload", "case:" + held.id, details.text());
        return files;
      });
  refuse_challenge(use);
  state.remove_media(replaced);
  return case_response(call, 200, before.id);
}

}  // namespace

HttpResponse get_consent_text(Call& call) {
  const Language language = language_or_refuse(call.request.query_value("language"));
  const ConsentText consent = consent_text(call.state.options.retention, language);
  JsonWriter json;
  json.object()
      .field("version", consent.version)
      .field("language", to_string(language))
      .field("text", consent.text);
  json.end();
  return json_response(200, json.text());
}

HttpResponse post_case(Call& call) {
  const JsonBody body = call.json();
  const std::string reference = body.optional_text("reference", 200).value_or("");
  body.done();
  ServiceState& state = call.state;
  const ServiceLimits& limits = state.options.limits;
  const std::int64_t now = state.now();
  const std::string id = state.database.write([&](Connection& c) {
    const std::int64_t open = c.integer(
        "SELECT count(*) FROM cases WHERE account_id = ?1 AND state IN ('created', 'consented', 'document', "
        "'selfie') "
        "AND expires_at > ?2",
        {call.account().id, now});
    if (open >= limits.open_cases)
      throw HttpError(409, "too_many_cases", "finish or erase one of your unfinished cases first");
    const std::string made =
        create_case(c, call.account().id, reference, now, now + limits.case_hours * 3'600'000LL);
    state.audit(c, call.who->actor(), "case.create", "case:" + made);
    return made;
  });
  HttpResponse response = case_response(call, 201, id);
  response.header("Location", "/v1/cases/" + id);
  return response;
}

HttpResponse get_cases(Call& call) {
  CaseFilter filter;
  if (!call.has_role(Role::Admin)) filter.account_id = call.account().id;
  if (const auto text = call.request.query_value("state")) {
    filter.state = case_state_of(*text);
    if (!filter.state) throw HttpError(422, "invalid_field", "state: no such state of a case", "state");
  }
  filter.after = call.cursor();
  filter.limit = call.page_limit();
  const CasePage page = call.state.database.read([&](Connection& c) { return list_cases(c, filter); });
  JsonWriter json;
  begin_page(json);
  for (const Case& each : page.cases) write_case(json, each, {});
  return json_response(200, end_page(json, page.next));
}

HttpResponse get_case(Call& call) {
  const Case held = call.state.database.read([&](Connection& c) { return readable_case(call, c); });
  return case_response(call, 200, held.id);
}

HttpResponse delete_case(Call& call) {
  const std::vector<std::string> files = call.state.database.write([&](Connection& c) {
    const Case held = readable_case(call, c);
    if (held.state == CaseState::Erased) throw HttpError(404, "not_found", "no such case");
    return erase_one_case(call.state, c, held.id, call.who->actor());
  });
  finish_erasure(call.state, files);
  return empty_response();
}

HttpResponse post_consent(Call& call) {
  const JsonBody body = call.json();
  const std::string version = body.text("version", 1, 50);
  const Language language = language_or_refuse(body.optional_text("language", 10));
  body.done();
  ServiceState& state = call.state;
  const ConsentText current = consent_text(state.options.retention, language);
  if (version != current.version)
    throw HttpError(
        409, "consent_version", "the text has changed: read version " + current.version, "version");
  state.database.write([&](Connection& c) {
    const Case held = own_case(call, c);
    check_not_expired(state, held);
    if (!set_case_state(c, held.id, CaseState::Consented, state.now())) wrong_state(held.state, "consent");
    record_consent(c, held.id, version, std::string(to_string(language)), state.now());
    JsonWriter details;
    details.object()
        .field("version", version)
        .field("language", to_string(language))
        .field("text_sha256", sha256_of(current.text))
        .end();
    state.audit(c, call.who->actor(), "case.consent", "case:" + held.id, details.text());
  });
  return case_response(call, 200, call.parameter(0));
}

HttpResponse put_document(Call& call) {
  return put_file(call, {"image/", "document", CaseState::Document, "document"});
}

HttpResponse put_selfie(Call& call) {
  return put_file(call, {"video/", "selfie", CaseState::Selfie, "clip"});
}

HttpResponse post_process(Call& call) {
  call.json().done();
  ServiceState& state = call.state;
  const std::string id = call.parameter(0);
  state.database.write([&](Connection& c) {
    const Case held = own_case(call, c);
    check_not_expired(state, held);
    // A clip may have come before challenges were asked.
    if (state.options.challenge_mode == ChallengeMode::Required && held.state == CaseState::Selfie &&
        !attached_challenge(c, id))
      throw HttpError(409, "challenge_missing", "draw a challenge, and send a clip that follows it");
    if (!set_case_state(c, id, CaseState::Processing, state.now())) wrong_state(held.state, "processing");
    record_submission(c, id, state.now());
    state.audit(c, call.who->actor(), "case.submit", "case:" + id);
  });
  if (!state.pool.submit([&state, id] { process_case(state, id); })) {
    state.database.write([&](Connection& c) {
      set_case_state(c, id, CaseState::Selfie, state.now());
      state.audit(c, "system", "case.turned_away", "case:" + id);
    });
    HttpError error(503, "busy", "all workers are busy and the queue is full: try again");
    error.retry_after_s = state.pool.seconds_until_room();
    throw error;
  }
  return case_response(call, 202, id);
}

HttpResponse get_case_media(Call& call) {
  const MediaUse use = call.state.database.read([&](Connection& c) {
    const Case held = own_case(call, c);
    const auto found = find_media_use(c, "case:" + held.id, call.parameter(1));
    if (!found || !is_upload(*found)) throw HttpError(404, "not_found", "no such file");
    return *found;
  });
  return media_response(call, use);
}

}  // namespace kyc
