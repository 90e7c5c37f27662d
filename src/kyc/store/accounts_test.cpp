#include "kyc/store/accounts.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "kyc/core/error.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

class Accounts : public StoreTest {
 protected:
  std::string add(const std::string& email,
                  Role role = Role::Person,
                  AccountState state = AccountState::Authorised,
                  std::int64_t at = kNow) {
    return database().write([&](Connection& c) {
      return create_account(c, email, "Name of " + email, "hash", role, state, at).value_or("");
    });
  }
  template <typename Use>
  auto on(Use&& use) {
    return database().write(std::forward<Use>(use));
  }
};

TEST(AccountState, FollowsTheRulesOnly) {
  using enum AccountState;
  const std::vector<std::pair<AccountState, AccountState>> allowed = {{Pending, Authorised},
                                                                      {Pending, Rejected},
                                                                      {Pending, Erased},
                                                                      {Rejected, Authorised},
                                                                      {Rejected, Erased},
                                                                      {Authorised, Suspended},
                                                                      {Authorised, Erased},
                                                                      {Suspended, Authorised},
                                                                      {Suspended, Erased}};
  for (const AccountState before : {Pending, Authorised, Rejected, Suspended, Erased})
    for (const AccountState after : {Pending, Authorised, Rejected, Suspended, Erased})
      EXPECT_EQ(may_follow(before, after),
                std::find(allowed.begin(), allowed.end(), std::pair(before, after)) != allowed.end())
          << to_string(before) << " -> " << to_string(after);
}

TEST(NormalEmail, KnowsAnAddress) {
  EXPECT_EQ(normal_email(" A.b@Example.ORG\n"), "a.b@example.org");
  for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b,c", "<a@b>", "a\"@b", "a@b\r\nX: y"})
    EXPECT_EQ(normal_email(bad), std::nullopt) << bad;
  EXPECT_EQ(normal_email(std::string(250, 'a') + "@b.cd"), std::nullopt);
}

TEST(PasswordFault, RefusesWhatIsGuessedFirst) {
  EXPECT_EQ(password_fault("three green bottles", "a@example.org"), std::nullopt);
  for (const char* bad : {"short", "aaaaaaaaaaaaaaaa", "password1234", "a@example.org1", "qwerty123456"})
    EXPECT_NE(password_fault(bad, "a@example.org"), std::nullopt) << bad;
  EXPECT_NE(password_fault(std::string(2000, 'a') + "b", ""), std::nullopt);
}

TEST_P(Accounts, AreFoundByIdAndAddress) {
  const std::string id = add("a@example.org", Role::Researcher, AccountState::Pending);
  EXPECT_EQ(add("a@example.org"), "");
  const auto account = on([&](Connection& c) { return find_account_by_email(c, "a@example.org"); });
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->id, id);
  EXPECT_EQ(account->role, Role::Researcher);
  EXPECT_EQ(account->state, AccountState::Pending);
  EXPECT_EQ(account->created_at, kNow);
  EXPECT_FALSE(on([&](Connection& c) { return find_account(c, "nobody"); }).has_value());
}

TEST_P(Accounts, ArePagedNewestFirst) {
  for (int i = 0; i < 7; ++i)
    add("p" + std::to_string(i) + "@example.org", Role::Person, AccountState::Pending, kNow + i / 2);
  add("boss@example.org", Role::Admin);
  std::vector<std::string> seen;
  AccountFilter filter;
  filter.state = AccountState::Pending;
  filter.limit = 3;
  for (int pages = 0; pages < 5; ++pages) {
    const AccountPage page = on([&](Connection& c) { return list_accounts(c, filter); });
    for (const Account& account : page.accounts) seen.push_back(account.email);
    if (!page.next) break;
    filter.after = page.next;
  }
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 7U);
  EXPECT_EQ(seen.front(), "p6@example.org");
  filter = {};
  filter.text = "BOSS";
  EXPECT_EQ(on([&](Connection& c) { return list_accounts(c, filter); }).accounts.size(), 1U);
  filter.text = "%";
  EXPECT_EQ(on([&](Connection& c) { return list_accounts(c, filter); }).accounts.size(), 0U);
  filter.text = "";
  filter.after = "nonsense!";
  EXPECT_THROW(on([&](Connection& c) { return list_accounts(c, filter); }), Error);
}

TEST_P(Accounts, LoseTheirSessionsWhenTheyAreSuspended) {
  const std::string id = add("a@example.org");
  const NewLoginSession session =
      on([&](Connection& c) { return create_session(c, id, SessionStage::Full, kNow); });
  EXPECT_TRUE(on([&](Connection& c) { return find_session(c, session.token, kNow); }).has_value());
  EXPECT_TRUE(
      on([&](Connection& c) { return set_account_state(c, id, AccountState::Suspended, "boss", kNow); }));
  EXPECT_FALSE(on([&](Connection& c) { return find_session(c, session.token, kNow); }).has_value());
  EXPECT_FALSE(
      on([&](Connection& c) { return set_account_state(c, id, AccountState::Pending, "boss", kNow); }));
  EXPECT_TRUE(
      on([&](Connection& c) { return set_account_state(c, id, AccountState::Authorised, "boss", kNow); }));
  EXPECT_FALSE(on([&](Connection& c) { return find_session(c, session.token, kNow); }).has_value());
}

TEST_P(Accounts, EndSessionsThatAreIdleOrOld) {
  const std::string id = add("a@example.org");
  const NewLoginSession session =
      on([&](Connection& c) { return create_session(c, id, SessionStage::Full, kNow); });
  const auto found = [&](std::int64_t at) {
    return on([&](Connection& c) { return find_session(c, session.token, at); });
  };
  ASSERT_TRUE(found(kNow + kSessionIdleMs - 1).has_value());
  EXPECT_FALSE(found(kNow + kSessionIdleMs).has_value());
  const std::string hash = found(kNow)->token_hash;
  EXPECT_NE(hash, session.token);
  for (std::int64_t at = kNow; at < kNow + kSessionLifeMs; at += kSessionIdleMs / 2) {
    EXPECT_TRUE(found(at).has_value());
    on([&](Connection& c) { touch_session(c, hash, at); });
  }
  EXPECT_FALSE(found(kNow + kSessionLifeMs).has_value());
  EXPECT_FALSE(found(kNow + 1).has_value() &&
               on([&](Connection& c) { return find_session(c, session.token + "x", kNow + 1); }).has_value());
}

TEST_P(Accounts, KeepNoSessionFromTheFutureWhenTheClockIsSetBack) {
  const std::string id = add("a@example.org");
  const NewLoginSession session =
      on([&](Connection& c) { return create_session(c, id, SessionStage::Full, kNow); });
  const auto found = [&](std::int64_t at) {
    return on([&](Connection& c) { return find_session(c, session.token, at); });
  };
  EXPECT_TRUE(found(kNow - 60'000).has_value());  // a time server corrects it a little
  EXPECT_FALSE(found(kNow - 24 * 3'600'000LL).has_value());
  EXPECT_TRUE(found(kNow).has_value());
}

TEST_P(Accounts, AreLockedAfterFiveFailuresAndLongerEachTime) {
  const auto attempt = [&](std::int64_t at) {
    return on([&](Connection& c) { return begin_login_attempt(c, "address", at); });
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt(kNow + i), std::nullopt);
  const auto until = attempt(kNow + 5);
  ASSERT_TRUE(until.has_value());
  EXPECT_EQ(*until, kNow + 4 + 60'000);
  EXPECT_EQ(on([&](Connection& c) { return begin_login_attempt(c, "other", kNow + 5); }), std::nullopt);
  EXPECT_EQ(attempt(*until), std::nullopt);
  EXPECT_EQ(attempt(*until + 1), *until + 120'000);
  EXPECT_EQ(attempt(kNow - 1'000'000'000), std::nullopt);  // a clock that was set back does not lock for ever
  on([&](Connection& c) { forgive_login_attempts(c, "address"); });
  EXPECT_EQ(attempt(*until + 1), std::nullopt);
  EXPECT_EQ(lock_duration_ms(4), 0);
  EXPECT_EQ(lock_duration_ms(50), 3'600'000);
}

TEST_P(Accounts, UseAOneTimePasswordOnce) {
  const std::string id = add("a@example.org", Role::Admin);
  on([&](Connection& c) { set_totp_secret(c, id, Bytes{1, 2}); });
  EXPECT_FALSE(on([&](Connection& c) { return login_record_by_id(c, id); })->account.totp_enabled);
  EXPECT_TRUE(on([&](Connection& c) { return use_totp_step(c, id, 100, true); }));
  EXPECT_FALSE(on([&](Connection& c) { return use_totp_step(c, id, 100, false); }));
  EXPECT_FALSE(on([&](Connection& c) { return use_totp_step(c, id, 99, false); }));
  EXPECT_TRUE(on([&](Connection& c) { return use_totp_step(c, id, 101, false); }));
  EXPECT_TRUE(on([&](Connection& c) { return login_record_by_id(c, id); })->account.totp_enabled);
}

TEST_P(Accounts, HoldKeysThatExpireAndAreRevoked) {
  const std::string id = add("a@example.org");
  const NewApiKey key = on([&](Connection& c) {
    return create_api_key(c, id, "mine", {"cases:read", "cases:write"}, kNow + 1000, kNow);
  });
  const auto found = [&](const std::string& text, std::int64_t at) {
    return on([&](Connection& c) { return find_api_key(c, text, at); });
  };
  ASSERT_TRUE(found(key.key, kNow).has_value());
  EXPECT_THAT(found(key.key, kNow)->key.scopes, testing::ElementsAre("cases:read", "cases:write"));
  EXPECT_EQ(found(key.key, kNow)->account.id, id);
  EXPECT_FALSE(found(key.key, kNow + 1000).has_value());
  EXPECT_FALSE(found(key.key + "x", kNow).has_value());
  EXPECT_FALSE(found("kyk_" + key.id + "_", kNow).has_value());
  EXPECT_FALSE(found("kyk_", kNow).has_value());
  EXPECT_FALSE(on([&](Connection& c) { return revoke_api_key(c, "other", key.id, kNow); }));
  EXPECT_TRUE(on([&](Connection& c) { return revoke_api_key(c, id, key.id, kNow); }));
  EXPECT_FALSE(on([&](Connection& c) { return revoke_api_key(c, id, key.id, kNow); }));
  EXPECT_FALSE(found(key.key, kNow).has_value());
  EXPECT_EQ(on([&](Connection& c) { return list_api_keys(c, id); }).size(), 1U);
}

TEST_P(Accounts, AreErasedToAnIdAndItsTimes) {
  const std::string id = add("a@example.org", Role::Reviewer);
  const NewLoginSession session =
      on([&](Connection& c) { return create_session(c, id, SessionStage::Full, kNow); });
  const NewApiKey key = on([&](Connection& c) { return create_api_key(c, id, "mine", {}, {}, kNow); });
  on([&](Connection& c) { erase_account(c, id, kNow + 1); });
  const auto account = on([&](Connection& c) { return find_account(c, id); });
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->name, "");
  EXPECT_EQ(account->email, "erased:" + id);
  EXPECT_EQ(account->state, AccountState::Erased);
  EXPECT_FALSE(on([&](Connection& c) { return find_session(c, session.token, kNow); }).has_value());
  EXPECT_FALSE(on([&](Connection& c) { return find_api_key(c, key.key, kNow); }).has_value());
  EXPECT_FALSE(on([&](Connection& c) { return login_record(c, "erased:" + id); }).has_value());
  EXPECT_NE(add("a@example.org"), "");  // the address is free again
}

TEST_P(Accounts, AreSetUpByALinkThatWorksOnce) {
  const std::string first = on([&](Connection& c) { return create_setup_link(c, kNow); });
  const std::string second = on([&](Connection& c) { return create_setup_link(c, kNow); });
  EXPECT_FALSE(on([&](Connection& c) { return use_setup_link(c, first, kNow); }));
  EXPECT_FALSE(on([&](Connection& c) { return use_setup_link(c, second, kNow + 24LL * 3'600'000); }));
  EXPECT_TRUE(on([&](Connection& c) { return use_setup_link(c, second, kNow + 1); }));
  EXPECT_FALSE(on([&](Connection& c) { return use_setup_link(c, second, kNow + 1); }));
}

KYC_ON_BOTH_DATABASES(Accounts);

}  // namespace
}  // namespace kyc
