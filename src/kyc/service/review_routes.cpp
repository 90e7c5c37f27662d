// Doubtful cases, for people who decide them. Every look is in the audit log.

#include "kyc/service/cases.h"
#include "kyc/service/flow.h"
#include "kyc/service/json_body.h"
#include "kyc/service/uploads.h"
#include "kyc/service/webhooks.h"

namespace kyc {
namespace {

// A case in review, or one that this reviewer had a say in; never one's own.
Case reviewed_case(Call& call, Connection& connection) {
  const auto found = find_case(connection, call.parameter(0));
  const auto had_a_say = [&] {
    for (const CaseReview& review : case_reviews(connection, call.parameter(0)))
      if (review.reviewer_id == call.account().id) return true;
    return false;
  };
  if (!found || found->state == CaseState::Erased || (found->state != CaseState::Review && !had_a_say()))
    throw HttpError(404, "not_found", "no such case in review");
  if (found->account_id == call.account().id)
    throw HttpError(403, "own_case", "nobody reviews their own case");
  return *found;
}

// Of a file that is JSON itself; nothing if it is not there (any more).
std::optional<std::string> stored_json(const ServiceState& state,
                                       const std::vector<MediaUse>& media,
                                       const std::string& role) {
  constexpr std::uint64_t kMostBytes = 16ULL << 20;
  for (const MediaUse& use : media)
    if (use.role == role) {
      const Bytes bytes = state.media.load(use.media_id, kMostBytes);
      return std::string(bytes.begin(), bytes.end());
    }
  return std::nullopt;
}

}  // namespace

HttpResponse get_reviews(Call& call) {
  CaseFilter filter;
  filter.state = CaseState::Review;
  filter.oldest_first = true;
  filter.after = call.cursor();
  filter.limit = call.page_limit();
  JsonWriter json;
  begin_page(json);
  const CasePage page = call.state.database.read([&](Connection& c) { return list_cases(c, filter); });
  for (const Case& each : page.cases)
    if (each.account_id != call.account().id) write_case(json, each, {});
  return json_response(200, end_page(json, page.next));
}

HttpResponse get_review(Call& call) {
  JsonWriter json;
  ServiceState& state = call.state;
  state.database.write([&](Connection& c) {
    const Case held = reviewed_case(call, c);
    json.object().key("case");
    const std::vector<MediaUse> media = media_uses(c, "case:" + held.id);
    write_case(json, held, media, challenge_of(state, c, held));
    json.key("decision").raw(held.decision.value_or("null")).key("evidence").array();
    for (const MediaUse& use : media)
      if (use.content_type != "application/json")
        json.object()
            .field("role", use.role)
            .field("content_type", use.content_type)
            .field("bytes", use.bytes)
            .end();
    // Without the timeline once the evidence is gone.
    const auto without_timeline = held.decision ? member_of(*held.decision, "challenge") : std::nullopt;
    json.end()
        .key("challenge")
        .raw(stored_json(state, media, kTimelineRole).value_or(without_timeline.value_or("null")));
    json.key("mrz").raw(stored_json(state, media, kZoneRole).value_or("null"));
    json.key("reviews").array();
    for (const CaseReview& review : case_reviews(c, held.id))
      json.object()
          .field("reviewer", review.reviewer_id)
          .field("verdict", review.verdict)
          .field("comment", review.comment)
          .field("at", *optional_time_text(review.at))
          .end();
    json.end().field("reviewers_needed", state.options.reviewers).end();
    state.audit(c, call.who->actor(), "review.open", "case:" + held.id);
  });
  return json_response(200, json.text());
}

HttpResponse get_review_media(Call& call) {
  const MediaUse use = call.state.database.read([&](Connection& c) {
    const Case held = reviewed_case(call, c);
    const auto found = find_media_use(c, "case:" + held.id, call.parameter(1));
    if (!found) throw HttpError(404, "not_found", "no such file");
    return *found;
  });
  return media_response(call, use);
}

HttpResponse post_review(Call& call) {
  const JsonBody body = call.json();
  const std::string verdict = body.text("verdict", 1, 20);
  const std::string comment = body.text("comment", 1, 2000);
  body.done();
  if (verdict != "accepted" && verdict != "rejected")
    throw HttpError(422, "invalid_field", "verdict: expected accepted or rejected", "verdict");
  ServiceState& state = call.state;
  const std::string id = call.parameter(0);
  const ReviewOutcome outcome = state.database.write([&](Connection& c) {
    reviewed_case(call, c);
    const ReviewOutcome result =
        add_review(c, id, {call.account().id, verdict, comment, state.now()}, state.options.reviewers);
    if (result == ReviewOutcome::Decided || result == ReviewOutcome::Waiting) {
      JsonWriter details;
      details.object().field("verdict", verdict).field("final", result == ReviewOutcome::Decided).end();
      state.audit(c, call.account().id, "review.decide", "case:" + id, details.text());
    }
    if (result == ReviewOutcome::Decided) announce_case(state, c, id);
    return result;
  });
  switch (outcome) {
    case ReviewOutcome::Decided:
      state.wake_background();
      break;
    case ReviewOutcome::Waiting:
      break;
    case ReviewOutcome::NotInReview:
      throw HttpError(409, "wrong_state", "the case is not in review any more");
    case ReviewOutcome::OwnCase:
      throw HttpError(403, "own_case", "nobody reviews their own case");
    case ReviewOutcome::AlreadyGiven:
      throw HttpError(409, "already_reviewed", "you have given your verdict on this case");
  }
  JsonWriter json;
  json.object().field("decided", outcome == ReviewOutcome::Decided).end();
  return json_response(200, json.text());
}

}  // namespace kyc
