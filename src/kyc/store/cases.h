// Verification cases: one person's way from consent to a decision.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/store/database.h"
#include "kyc/store/media.h"

namespace kyc {

enum class CaseState {
  Created,
  Consented,
  Document,  // the document is there
  Selfie,    // the clip is there too
  Processing,
  Accepted,
  Rejected,
  Review,   // a person decides
  Expired,  // was not finished in time; its media are gone
  Erased,   // nothing personal is left
};
constexpr CaseState kCaseStates[] = {CaseState::Created,
                                     CaseState::Consented,
                                     CaseState::Document,
                                     CaseState::Selfie,
                                     CaseState::Processing,
                                     CaseState::Accepted,
                                     CaseState::Rejected,
                                     CaseState::Review,
                                     CaseState::Expired,
                                     CaseState::Erased};

std::string_view to_string(CaseState state);  // "created", ...
std::optional<CaseState> case_state_of(std::string_view text);

// The whole state machine: may a case in `before` become `after`? A document or clip may be replaced until
// processing begins, and processing that failed for a cause of ours goes back to selfie.
bool may_follow(CaseState before, CaseState after);

struct Case {
  std::string id;
  std::string account_id;
  CaseState state = CaseState::Created;
  std::string reference;  // the caller's own word for it
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t expires_at = 0;  // unfinished cases expire
  std::optional<std::string> consent_version;
  std::optional<std::string> consent_language;  // in which the text was read: "en"
  std::optional<std::int64_t> consent_at;
  std::optional<std::int64_t> submitted_at;
  std::optional<std::int64_t> decided_at;
  std::optional<std::string> decided_by;  // "engine", or "review"
  std::optional<std::string> verdict;     // the engine's: "accepted", "rejected", "review"
  std::optional<std::string> decision;    // the engine's whole answer: JSON
};

std::string create_case(Connection& connection,
                        const std::string& account_id,
                        const std::string& reference,
                        std::int64_t now,
                        std::int64_t expires_at);
std::optional<Case> find_case(Connection& connection, const std::string& id);

struct CaseFilter {
  std::optional<std::string> account_id;
  std::optional<CaseState> state;
  std::optional<std::string> after;  // cursor
  std::int64_t limit = 50;
  bool oldest_first = false;  // of queues
};
struct CasePage {
  std::vector<Case> cases;
  std::optional<std::string> next;
};
CasePage list_cases(Connection& connection, const CaseFilter& filter);

// returns  false: the case is in a state that may_follow does not lead from
bool set_case_state(Connection& connection, const std::string& id, CaseState state, std::int64_t now);
void record_consent(Connection& connection,
                    const std::string& id,
                    const std::string& version,
                    const std::string& language,
                    std::int64_t now);
void record_submission(Connection& connection, const std::string& id, std::int64_t now);
// Into accepted, rejected or review.
bool record_decision(Connection& connection,
                     const std::string& id,
                     const std::string& verdict,
                     const std::string& decision,
                     std::int64_t now);

// Reviews. One reviewer has one opinion per case.
struct CaseReview {
  std::string reviewer_id;
  std::string verdict;  // "accepted", "rejected"
  std::string comment;
  std::int64_t at = 0;
};
std::vector<CaseReview> case_reviews(Connection& connection, const std::string& case_id);
enum class ReviewOutcome {
  Decided,
  Waiting,  // four eyes: another reviewer has to agree
  NotInReview,
  OwnCase,
  AlreadyGiven,
};
// needed  reviewers that must agree: 1, or 2 for four eyes
ReviewOutcome add_review(Connection& connection,
                         const std::string& case_id,
                         const CaseReview& review,
                         int needed);

// What is stored of a case: "document", "selfie", "evidence/document", "evidence/portrait",
// "evidence/frame_1", ...
struct MediaUse {
  std::string owner;  // "case:ID"
  std::string role;
  std::string media_id;
  std::string data_class;  // "document", "selfie", "evidence"
  std::string content_type;
  std::uint64_t bytes = 0;
  std::int64_t created_at = 0;
};
void put_media_use(Connection& connection,
                   const std::string& owner,
                   const std::string& role,
                   const StoredMedia& media,
                   const std::string& data_class,
                   const std::string& content_type,
                   std::int64_t now);
std::vector<MediaUse> media_uses(Connection& connection, const std::string& owner);
std::optional<MediaUse> find_media_use(Connection& connection,
                                       const std::string& owner,
                                       const std::string& role);
// Both return the files that nobody uses any more: to be removed once the transaction is committed.
std::vector<std::string> drop_media_uses(Connection& connection, const std::string& owner);
std::vector<std::string> drop_media_use(Connection& connection,
                                        const std::string& owner,
                                        const std::string& role);
bool media_is_used(Connection& connection, const std::string& media_id);

// Removes everything of the case but its id, state, times and verdict. returns  files to be removed
std::vector<std::string> erase_case(Connection& connection, const std::string& id, std::int64_t now);
std::vector<std::string> case_ids_of(Connection& connection, const std::string& account_id);

// What retention finds. Ages are judged at `now`.
std::vector<std::string> cases_to_expire(Connection& connection, std::int64_t now, std::int64_t limit);
std::vector<MediaUse> media_uses_older_than(Connection& connection,
                                            const std::string& data_class,
                                            std::int64_t before,
                                            std::int64_t limit);
std::vector<std::string> decided_cases_before(Connection& connection,
                                              std::int64_t before,
                                              std::int64_t limit);

}  // namespace kyc
