// Challenges that were issued: bound to a case, a nonce and a time, good for one clip.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kyc/store/database.h"

namespace kyc {

enum class ChallengeState {
  Issued,  // waits for its clip
  Used,    // the case's clip came with it
  Void,    // another one took its place, or its clip came too early
};
std::string_view to_string(ChallengeState state);  // "issued", "used", "void"

struct StoredChallenge {
  std::string case_id;
  ChallengeState state = ChallengeState::Void;
  std::int64_t issued_at = 0;
  std::int64_t earliest_at = 0;  // a recording of it can not have ended before
  std::int64_t expires_at = 0;   // its clip begins to arrive before
  std::string prompts;           // JSON, as it was sent
  std::optional<std::int64_t> used_at;
};

// Another one that the case still waits for is void from now on.
// returns  the nonce: 22 URL-safe characters, 132 bits; only its hash is stored
std::string issue_challenge(Connection& connection, const StoredChallenge& challenge);

// How a clip stands to the nonce that it came with.
enum class ChallengeUse {
  Good,
  Unknown,  // of another case, used, void, or never issued: nobody is told which
  Expired,
  TooEarly,  // the nonce is void now
};
// Before the clip is received: nothing is changed, and TooEarly is not asked.
ChallengeUse look_up_challenge(Connection& connection,
                               const std::string& case_id,
                               const std::string& nonce,
                               std::int64_t now);
// After it was received. Good: the nonce is used, and belongs to the case's clip from now on.
// begun_at, now  when the clip began to arrive, and when it was there
ChallengeUse use_challenge(Connection& connection,
                           const std::string& case_id,
                           const std::string& nonce,
                           std::int64_t begun_at,
                           std::int64_t now);
// The case's clip came without a challenge.
void detach_challenge(Connection& connection, const std::string& case_id);

// The one that the case's clip came with.
std::optional<StoredChallenge> attached_challenge(Connection& connection, const std::string& case_id);
// The one that waits for its clip and has time left.
std::optional<StoredChallenge> open_challenge(Connection& connection,
                                              const std::string& case_id,
                                              std::int64_t now);
// Of a case that is erased or expired.
void drop_challenges(Connection& connection, const std::string& case_id);

}  // namespace kyc
