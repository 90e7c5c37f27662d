#include "kyc/store/challenges.h"

#include "kyc/store/secrets.h"

namespace kyc {
namespace {

constexpr const char* kChallengeColumns =
    "SELECT case_id, state, issued_at, earliest_at, expires_at, prompts, used_at FROM challenges WHERE ";

ChallengeState state_of(const std::string& text) {
  for (const ChallengeState state : {ChallengeState::Issued, ChallengeState::Used})
    if (to_string(state) == text) return state;
  return ChallengeState::Void;
}

std::optional<StoredChallenge> challenge_where(Connection& connection,
                                               const std::string& condition,
                                               const std::vector<SqlValue>& values) {
  const auto row = connection.row(kChallengeColumns + condition, values);
  if (!row) return std::nullopt;
  return StoredChallenge{row->text(0),
                         state_of(row->text(1)),
                         row->integer(2),
                         row->integer(3),
                         row->integer(4),
                         row->text(5),
                         row->optional_integer(6)};
}

std::optional<StoredChallenge> issued_under(Connection& connection,
                                            const std::string& case_id,
                                            const std::string& nonce) {
  return challenge_where(
      connection, "nonce_hash = ?1 AND case_id = ?2 AND state = 'issued'", {sha256_of(nonce), case_id});
}

void void_those(Connection& connection, const std::string& case_id, ChallengeState state) {
  connection.run("UPDATE challenges SET state = 'void' WHERE case_id = ?1 AND state = ?2",
                 {case_id, std::string(to_string(state))});
}

}  // namespace

std::string_view to_string(ChallengeState state) {
  switch (state) {
    case ChallengeState::Issued:
      return "issued";
    case ChallengeState::Used:
      return "used";
    case ChallengeState::Void:
      return "void";
  }
  return "";
}

std::string issue_challenge(Connection& connection, const StoredChallenge& challenge) {
  void_those(connection, challenge.case_id, ChallengeState::Issued);
  std::string nonce = random_token(22);
  connection.run(
      "INSERT INTO challenges (nonce_hash, case_id, state, issued_at, earliest_at, expires_at, prompts) "
      "VALUES (?1, ?2, 'issued', ?3, ?4, ?5, ?6)",
      {sha256_of(nonce),
       challenge.case_id,
       challenge.issued_at,
       challenge.earliest_at,
       challenge.expires_at,
       challenge.prompts});
  return nonce;
}

ChallengeUse look_up_challenge(Connection& connection,
                               const std::string& case_id,
                               const std::string& nonce,
                               std::int64_t now) {
  const auto found = issued_under(connection, case_id, nonce);
  if (!found) return ChallengeUse::Unknown;
  return now >= found->expires_at ? ChallengeUse::Expired : ChallengeUse::Good;
}

ChallengeUse use_challenge(Connection& connection,
                           const std::string& case_id,
                           const std::string& nonce,
                           std::int64_t begun_at,
                           std::int64_t now) {
  const auto found = issued_under(connection, case_id, nonce);
  if (!found) return ChallengeUse::Unknown;
  if (begun_at >= found->expires_at) return ChallengeUse::Expired;
  if (now < found->earliest_at) {
    void_those(connection, case_id, ChallengeState::Issued);
    return ChallengeUse::TooEarly;
  }
  void_those(connection, case_id, ChallengeState::Used);  // of the clip that this one replaces
  connection.run("UPDATE challenges SET state = 'used', used_at = ?2 WHERE nonce_hash = ?1",
                 {sha256_of(nonce), now});
  return ChallengeUse::Good;
}

void detach_challenge(Connection& connection, const std::string& case_id) {
  void_those(connection, case_id, ChallengeState::Used);
}

std::optional<StoredChallenge> attached_challenge(Connection& connection, const std::string& case_id) {
  return challenge_where(connection, "case_id = ?1 AND state = 'used'", {case_id});
}

std::optional<StoredChallenge> open_challenge(Connection& connection,
                                              const std::string& case_id,
                                              std::int64_t now) {
  return challenge_where(connection, "case_id = ?1 AND state = 'issued' AND expires_at > ?2", {case_id, now});
}

void drop_challenges(Connection& connection, const std::string& case_id) {
  connection.run("DELETE FROM challenges WHERE case_id = ?1", {case_id});
}

}  // namespace kyc
