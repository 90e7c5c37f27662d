#include "kyc/store/cases.h"

#include "kyc/store/accounts.h"
#include "kyc/store/challenges.h"

namespace kyc {
namespace {

constexpr const char* kCaseColumns =
    "id, account_id, state, reference, created_at, updated_at, expires_at, consent_version, consent_at, "
    "submitted_at, "
    "decided_at, decided_by, verdict, decision, consent_language";

Case case_of(const SqlRow& row) {
  Case out;
  out.id = row.text(0);
  out.account_id = row.text(1);
  out.state = case_state_of(row.text(2)).value_or(CaseState::Expired);
  out.reference = row.text(3);
  out.created_at = row.integer(4);
  out.updated_at = row.integer(5);
  out.expires_at = row.integer(6);
  out.consent_version = row.optional_text(7);
  out.consent_at = row.optional_integer(8);
  out.submitted_at = row.optional_integer(9);
  out.decided_at = row.optional_integer(10);
  out.decided_by = row.optional_text(11);
  out.verdict = row.optional_text(12);
  out.decision = row.optional_text(13);
  out.consent_language = row.optional_text(14);
  return out;
}

bool is_unfinished(CaseState state) {
  return state == CaseState::Created || state == CaseState::Consented || state == CaseState::Document ||
         state == CaseState::Selfie;
}

std::vector<std::string> ids_of(const std::vector<SqlRow>& rows) {
  std::vector<std::string> out;
  for (const SqlRow& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace

std::string_view to_string(CaseState state) {
  switch (state) {
    case CaseState::Created:
      return "created";
    case CaseState::Consented:
      return "consented";
    case CaseState::Document:
      return "document";
    case CaseState::Selfie:
      return "selfie";
    case CaseState::Processing:
      return "processing";
    case CaseState::Accepted:
      return "accepted";
    case CaseState::Rejected:
      return "rejected";
    case CaseState::Review:
      return "review";
    case CaseState::Expired:
      return "expired";
    case CaseState::Erased:
      return "erased";
  }
  return "";
}

std::optional<CaseState> case_state_of(std::string_view text) {
  for (const CaseState state : kCaseStates)
    if (to_string(state) == text) return state;
  return std::nullopt;
}

bool may_follow(CaseState before, CaseState after) {
  if (before == CaseState::Erased) return false;
  if (after == CaseState::Erased) return true;
  if (after == CaseState::Expired) return is_unfinished(before);
  switch (before) {
    case CaseState::Created:
      return after == CaseState::Consented;
    case CaseState::Consented:
      return after == CaseState::Document;
    case CaseState::Document:
      return after == CaseState::Document || after == CaseState::Selfie;
    case CaseState::Selfie:
      return after == CaseState::Document || after == CaseState::Selfie || after == CaseState::Processing;
    case CaseState::Processing:
      return after == CaseState::Selfie || after == CaseState::Accepted || after == CaseState::Rejected ||
             after == CaseState::Review;
    case CaseState::Review:
      return after == CaseState::Accepted || after == CaseState::Rejected;
    case CaseState::Accepted:
    case CaseState::Rejected:
    case CaseState::Expired:
    case CaseState::Erased:
      return false;
  }
  return false;
}

std::string create_case(Connection& connection,
                        const std::string& account_id,
                        const std::string& reference,
                        std::int64_t now,
                        std::int64_t expires_at) {
  std::string id = random_token(16);
  connection.run(
      "INSERT INTO cases (id, account_id, state, reference, created_at, updated_at, expires_at) "
      "VALUES (?1, ?2, 'created', ?3, ?4, ?4, ?5)",
      {id, account_id, reference, now, expires_at});
  return id;
}

std::optional<Case> find_case(Connection& connection, const std::string& id) {
  const auto row = connection.row(std::string("SELECT ") + kCaseColumns + " FROM cases WHERE id = ?1", {id});
  return row ? std::optional(case_of(*row)) : std::nullopt;
}

CasePage list_cases(Connection& connection, const CaseFilter& filter) {
  std::string sql = std::string("SELECT ") + kCaseColumns + " FROM cases WHERE 1 = 1";
  std::vector<SqlValue> values;
  const auto bound = [&](SqlValue value) {
    values.push_back(std::move(value));
    return "?" + std::to_string(values.size());
  };
  if (filter.account_id) sql += " AND account_id = " + bound(*filter.account_id);
  if (filter.state) sql += " AND state = " + bound(std::string(to_string(*filter.state)));
  const std::string than = filter.oldest_first ? " > " : " < ";
  if (filter.after) {
    const auto [time, id] = parts_of_cursor(*filter.after);
    const std::string at = bound(time);
    sql += " AND (created_at" + than + at + " OR (created_at = " + at + " AND id" + than + bound(id) + "))";
  }
  const std::string order = filter.oldest_first ? " ASC" : " DESC";
  sql += " ORDER BY created_at" + order + ", id" + order + " LIMIT " + bound(filter.limit + 1);
  CasePage page;
  for (const SqlRow& row : connection.rows(sql, values)) page.cases.push_back(case_of(row));
  if (static_cast<std::int64_t>(page.cases.size()) > filter.limit) {
    page.cases.pop_back();
    page.next = cursor_of(page.cases.back().created_at, page.cases.back().id);
  }
  return page;
}

bool set_case_state(Connection& connection, const std::string& id, CaseState state, std::int64_t now) {
  const std::optional<Case> found = find_case(connection, id);
  if (!found || !may_follow(found->state, state)) return false;
  connection.run("UPDATE cases SET state = ?2, updated_at = ?3 WHERE id = ?1",
                 {id, std::string(to_string(state)), now});
  return true;
}

void record_consent(Connection& connection,
                    const std::string& id,
                    const std::string& version,
                    const std::string& language,
                    std::int64_t now) {
  connection.run(
      "UPDATE cases SET consent_version = ?2, consent_at = ?3, consent_language = ?4 WHERE id = ?1",
      {id, version, now, language});
}

void record_submission(Connection& connection, const std::string& id, std::int64_t now) {
  connection.run("UPDATE cases SET submitted_at = ?2 WHERE id = ?1", {id, now});
}

bool record_decision(Connection& connection,
                     const std::string& id,
                     const std::string& verdict,
                     const std::string& decision,
                     std::int64_t now) {
  const std::optional<CaseState> state = case_state_of(verdict);
  if (!state || !set_case_state(connection, id, *state, now)) return false;
  connection.run(
      "UPDATE cases SET verdict = ?2, decision = ?3, decided_at = ?4, decided_by = ?5 WHERE id = ?1",
      {id,
       verdict,
       decision,
       *state == CaseState::Review ? SqlValue() : SqlValue(now),
       *state == CaseState::Review ? SqlValue() : SqlValue(std::string("engine"))});
  return true;
}

std::vector<CaseReview> case_reviews(Connection& connection, const std::string& case_id) {
  std::vector<CaseReview> out;
  for (const SqlRow& row : connection.rows("SELECT reviewer_id, verdict, comment, at FROM case_reviews WHERE "
                                           "case_id = ?1 ORDER BY at, reviewer_id",
                                           {case_id}))
    out.push_back({row.text(0), row.text(1), row.text(2), row.integer(3)});
  return out;
}

ReviewOutcome add_review(Connection& connection,
                         const std::string& case_id,
                         const CaseReview& review,
                         int needed) {
  const std::optional<Case> found = find_case(connection, case_id);
  if (!found || found->state != CaseState::Review) return ReviewOutcome::NotInReview;
  if (found->account_id == review.reviewer_id) return ReviewOutcome::OwnCase;
  const std::int64_t added = connection.run(
      "INSERT INTO case_reviews (case_id, reviewer_id, verdict, comment, at) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (case_id, reviewer_id) DO NOTHING",
      {case_id, review.reviewer_id, review.verdict, review.comment, review.at});
  if (added == 0) return ReviewOutcome::AlreadyGiven;
  int agreeing = 0;
  for (const CaseReview& given : case_reviews(connection, case_id))
    agreeing += given.verdict == review.verdict ? 1 : 0;
  if (agreeing < needed) return ReviewOutcome::Waiting;
  const std::optional<CaseState> state = case_state_of(review.verdict);
  if (!state || !set_case_state(connection, case_id, *state, review.at)) return ReviewOutcome::NotInReview;
  connection.run("UPDATE cases SET decided_at = ?2, decided_by = 'review' WHERE id = ?1",
                 {case_id, review.at});
  return ReviewOutcome::Decided;
}

std::vector<std::string> erase_case(Connection& connection, const std::string& id, std::int64_t now) {
  std::vector<std::string> files = drop_media_uses(connection, "case:" + id);
  connection.run(
      "UPDATE cases SET state = 'erased', reference = '', decision = NULL, updated_at = ?2 WHERE id = ?1",
      {id, now});
  connection.run("UPDATE case_reviews SET comment = '' WHERE case_id = ?1", {id});
  drop_challenges(connection, id);
  return files;
}

std::vector<std::string> case_ids_of(Connection& connection, const std::string& account_id) {
  return ids_of(connection.rows(
      "SELECT id FROM cases WHERE account_id = ?1 AND state <> 'erased' ORDER BY id", {account_id}));
}

std::vector<std::string> cases_to_expire(Connection& connection, std::int64_t now, std::int64_t limit) {
  return ids_of(
      connection.rows("SELECT id FROM cases WHERE state IN ('created', 'consented', 'document', 'selfie') "
                      "AND expires_at <= ?1 "
                      "ORDER BY expires_at, id LIMIT ?2",
                      {now, limit}));
}

std::vector<std::string> decided_cases_before(Connection& connection,
                                              std::int64_t before,
                                              std::int64_t limit) {
  return ids_of(connection.rows(
      "SELECT id FROM cases WHERE state IN ('accepted', 'rejected', 'expired') AND updated_at < ?1 "
      "ORDER BY updated_at, id LIMIT ?2",
      {before, limit}));
}

}  // namespace kyc
