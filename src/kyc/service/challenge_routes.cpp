// The active challenge of a case: drawn here, shown and recorded by the page, judged in flow.cpp.

#include "kyc/service/cases.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/watch.h"
#include "kyc/store/challenges.h"
#include "kyc/verification/challenge.h"

namespace kyc {
namespace {

Challenge drawn(const ServiceState& state) {
  const auto seed = state.options.challenge_seed;
  return draw_challenge(state.options.challenge_options, seed ? seeded_draw(*seed) : random_below);
}

std::string answer_of(const Challenge& challenge, const std::string& nonce, const StoredChallenge& stored) {
  JsonWriter json;
  json.object().field("nonce", nonce).field("issued_at", time_text(stored.issued_at));
  json.field("expires_at", time_text(stored.expires_at)).field("length_ms", challenge.length_ms);
  json.key("prompts").array();
  for (const ChallengePrompt& prompt : challenge.prompts)
    json.object()
        .field("action", to_string(prompt.action))
        .field("from_ms", prompt.from_ms)
        .field("until_ms", prompt.until_ms)
        .end();
  return json.end().end().text();
}

}  // namespace

HttpResponse post_challenge(Call& call) {
  call.json().done();
  ServiceState& state = call.state;
  if (state.options.challenge_mode == ChallengeMode::Off)
    throw HttpError(409, "challenge_off", "this service asks for no challenge");
  const Challenge challenge = drawn(state);
  StoredChallenge stored;
  stored.case_id = call.parameter(0);
  stored.prompts = challenge_to_json(challenge);
  stored.issued_at = state.now();
  stored.earliest_at = stored.issued_at + challenge.prompts.back().until_ms;
  stored.expires_at =
      stored.issued_at + challenge.length_ms + state.options.limits.challenge_minutes * 60'000LL;
  const std::string nonce = state.database.write([&](Connection& c) {
    const Case held = own_case(call, c);
    check_not_expired(state, held);
    if (held.state != CaseState::Document && held.state != CaseState::Selfie)
      wrong_state(held.state, "challenge");
    JsonWriter details;
    details.object().field("prompts", challenge.prompts.size()).end();
    state.audit(c, call.who->actor(), "case.challenge", "case:" + held.id, details.text());
    return issue_challenge(c, stored);
  });
  return json_response(201, answer_of(challenge, nonce, stored));
}

void check_challenge(Call& call, Connection& connection, const std::string& case_id) {
  const ChallengeMode mode = call.state.options.challenge_mode;
  const auto nonce = challenge_nonce(call);
  if (mode == ChallengeMode::Required && !nonce)
    throw HttpError(409, "challenge_missing", "draw a challenge first, and send its nonce with the clip");
  if (nonce) refuse_challenge(look_up_challenge(connection, case_id, *nonce, call.state.now()));
}

std::optional<std::string> challenge_nonce(Call& call) {
  if (call.state.options.challenge_mode == ChallengeMode::Off) return std::nullopt;
  return call.request.header("x-challenge-nonce");
}

void refuse_challenge(ChallengeUse use) {
  switch (use) {
    case ChallengeUse::Good:
      return;
    case ChallengeUse::Unknown:
      throw HttpError(409, "challenge_unknown", "no such challenge is open for this case: draw a new one");
    case ChallengeUse::Expired:
      throw HttpError(409, "challenge_expired", "the time of this challenge is over: draw a new one");
    case ChallengeUse::TooEarly:
      throw HttpError(409,
                      "challenge_too_early",
                      "the clip came before a recording of this challenge can have ended: draw a new one");
  }
}

CaseChallenge challenge_of(const ServiceState& state, Connection& connection, const Case& held) {
  CaseChallenge out;
  out.mode = state.options.challenge_mode;
  out.issued = open_challenge(connection, held.id, state.now()).has_value();
  out.attached = attached_challenge(connection, held.id).has_value();
  return out;
}

}  // namespace kyc
