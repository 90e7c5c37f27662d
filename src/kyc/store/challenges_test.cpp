#include "kyc/store/challenges.h"

#include <gtest/gtest.h>

#include "kyc/store/accounts.h"
#include "kyc/store/cases.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

constexpr std::int64_t kIssued = 1'700'000'000'000;
constexpr std::int64_t kLength = 18'000;
constexpr std::int64_t kExpires = kIssued + 140'000;

class Challenges : public StoreTest {
 protected:
  template <typename Use>
  auto on(Use&& use) {
    return database().write(std::forward<Use>(use));
  }
  std::string new_case(const std::string& name) {
    return on([&](Connection& c) {
      const std::string account =
          create_account(
              c, name + "@example.org", name, "hash", Role::Person, AccountState::Authorised, kIssued)
              .value();
      return create_case(c, account, "ref", kIssued, kIssued + 86'400'000);
    });
  }
  std::string issue(const std::string& id) {
    return on([&](Connection& c) {
      return issue_challenge(
          c, {id, ChallengeState::Issued, kIssued, kIssued + kLength, kExpires, "{\"a\":1}", std::nullopt});
    });
  }
  ChallengeUse use(const std::string& id, const std::string& nonce, std::int64_t begun, std::int64_t now) {
    return on([&](Connection& c) { return use_challenge(c, id, nonce, begun, now); });
  }
  ChallengeUse use(const std::string& id, const std::string& nonce) {
    return use(id, nonce, kIssued + kLength, kIssued + kLength);
  }
  std::optional<StoredChallenge> attached(const std::string& id) {
    return on([&](Connection& c) { return attached_challenge(c, id); });
  }
  bool is_open(const std::string& id, std::int64_t now = kIssued) {
    return on([&](Connection& c) { return open_challenge(c, id, now).has_value(); });
  }
};

TEST_P(Challenges, AreGoodForOneClip) {
  const std::string id = new_case("a");
  const std::string nonce = issue(id);
  EXPECT_EQ(nonce.size(), 22U);
  EXPECT_TRUE(is_open(id));
  EXPECT_FALSE(attached(id).has_value());
  EXPECT_EQ(on([&](Connection& c) { return look_up_challenge(c, id, nonce, kIssued); }), ChallengeUse::Good);
  EXPECT_EQ(use(id, nonce), ChallengeUse::Good);
  ASSERT_TRUE(attached(id).has_value());
  EXPECT_EQ(attached(id)->prompts, "{\"a\":1}");
  EXPECT_EQ(attached(id)->used_at, kIssued + kLength);
  EXPECT_FALSE(is_open(id));
  EXPECT_EQ(use(id, nonce), ChallengeUse::Unknown);
  EXPECT_EQ(on([&](Connection& c) { return look_up_challenge(c, id, nonce, kIssued); }),
            ChallengeUse::Unknown);
}

TEST_P(Challenges, BelongToTheirCase) {
  const std::string mine = new_case("a");
  const std::string other = new_case("b");
  const std::string nonce = issue(mine);
  EXPECT_EQ(use(other, nonce), ChallengeUse::Unknown);
  EXPECT_EQ(use(mine, "something else"), ChallengeUse::Unknown);
  EXPECT_EQ(use(mine, nonce), ChallengeUse::Good);
}

TEST_P(Challenges, ANewOneTakesTheOldOnesPlaceAndTheClipKeepsItsOwn) {
  const std::string id = new_case("a");
  const std::string first = issue(id);
  const std::string second = issue(id);
  EXPECT_EQ(use(id, first), ChallengeUse::Unknown);
  EXPECT_EQ(use(id, second), ChallengeUse::Good);
  const std::string third = issue(id);
  EXPECT_TRUE(attached(id).has_value());  // the clip that is there still belongs to the second one
  EXPECT_EQ(use(id, third), ChallengeUse::Good);
  EXPECT_EQ(on([&](Connection& c) {
              return c.integer("SELECT count(*) FROM challenges WHERE case_id = ?1 AND state = 'used'", {id});
            }),
            1);
  on([&](Connection& c) { detach_challenge(c, id); });
  EXPECT_FALSE(attached(id).has_value());
}

TEST_P(Challenges, TakeNoClipThatIsTooEarlyOrTooLate) {
  const std::string id = new_case("a");
  const std::string early = issue(id);
  EXPECT_EQ(use(id, early, kIssued, kIssued + kLength - 1), ChallengeUse::TooEarly);
  EXPECT_EQ(use(id, early), ChallengeUse::Unknown);  // no second try
  const std::string late = issue(id);
  EXPECT_EQ(on([&](Connection& c) { return look_up_challenge(c, id, late, kExpires); }),
            ChallengeUse::Expired);
  EXPECT_EQ(use(id, late, kExpires, kExpires), ChallengeUse::Expired);
  EXPECT_FALSE(is_open(id, kExpires));
  // What began in time may take its time to arrive.
  EXPECT_EQ(use(id, late, kExpires - 1, kExpires + 60'000), ChallengeUse::Good);
}

TEST_P(Challenges, NoncesAreStoredAsHashes) {
  const std::string nonce = issue(new_case("a"));
  on([&](Connection& c) {
    for (const SqlRow& row : c.rows("SELECT nonce_hash FROM challenges")) EXPECT_NE(row.text(0), nonce);
  });
}

TEST_P(Challenges, GoWithTheirCase) {
  const std::string id = new_case("a");
  EXPECT_EQ(use(id, issue(id)), ChallengeUse::Good);
  issue(id);
  on([&](Connection& c) { erase_case(c, id, kIssued); });
  EXPECT_EQ(on([&](Connection& c) { return c.integer("SELECT count(*) FROM challenges"); }), 0);
}

KYC_ON_BOTH_DATABASES(Challenges);

}  // namespace
}  // namespace kyc
