#include "kyc/store/cases.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "kyc/store/accounts.h"
#include "kyc/store/jobs.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

constexpr std::int64_t kToday = 1'700'000'000'000;

TEST(CaseState, FollowsTheRulesOnly) {
  using enum CaseState;
  const std::set<std::pair<CaseState, CaseState>> allowed = {
      {Created, Consented},   {Consented, Document},  {Document, Document}, {Document, Selfie},
      {Selfie, Document},     {Selfie, Selfie},       {Selfie, Processing}, {Processing, Selfie},
      {Processing, Accepted}, {Processing, Rejected}, {Processing, Review}, {Review, Accepted},
      {Review, Rejected},     {Created, Expired},     {Consented, Expired}, {Document, Expired},
      {Selfie, Expired},      {Created, Erased},      {Consented, Erased},  {Document, Erased},
      {Selfie, Erased},       {Processing, Erased},   {Accepted, Erased},   {Rejected, Erased},
      {Review, Erased},       {Expired, Erased}};
  for (const CaseState before : kCaseStates)
    for (const CaseState after : kCaseStates)
      EXPECT_EQ(may_follow(before, after), allowed.contains({before, after}))
          << to_string(before) << " -> " << to_string(after);
}

class Cases : public StoreTest {
 protected:
  template <typename Use>
  auto on(Use&& use) {
    return database().write(std::forward<Use>(use));
  }
  std::string person(const std::string& name, Role role = Role::Person) {
    return on([&](Connection& c) {
      return create_account(c, name + "@example.org", name, "hash", role, AccountState::Authorised, kToday)
          .value();
    });
  }
  std::string new_case(const std::string& account, std::int64_t at = kToday) {
    return on([&](Connection& c) { return create_case(c, account, "ref", at, at + 1000); });
  }
  bool go(const std::string& id, CaseState state) {
    return on([&](Connection& c) { return set_case_state(c, id, state, kToday + 1); });
  }
  std::string case_in_review(const std::string& account) {
    const std::string id = new_case(account);
    for (const CaseState state :
         {CaseState::Consented, CaseState::Document, CaseState::Selfie, CaseState::Processing})
      EXPECT_TRUE(go(id, state));
    EXPECT_TRUE(on([&](Connection& c) { return record_decision(c, id, "review", "{}", kToday); }));
    return id;
  }
  ReviewOutcome review(const std::string& id,
                       const std::string& who,
                       const std::string& verdict,
                       int needed) {
    return on([&](Connection& c) { return add_review(c, id, {who, verdict, "because", kToday}, needed); });
  }
  CaseState state_of(const std::string& id) {
    return on([&](Connection& c) { return find_case(c, id); })->state;
  }
};

TEST_P(Cases, GoTheirWay) {
  const std::string id = new_case(person("a"));
  EXPECT_FALSE(go(id, CaseState::Processing));
  EXPECT_EQ(state_of(id), CaseState::Created);
  EXPECT_TRUE(go(id, CaseState::Consented));
  on([&](Connection& c) { record_consent(c, id, "2026-01", "de", kToday + 5); });
  const auto found = on([&](Connection& c) { return find_case(c, id); });
  EXPECT_EQ(found->consent_version, "2026-01");
  EXPECT_EQ(found->consent_language, "de");
  EXPECT_EQ(found->consent_at, kToday + 5);
  EXPECT_EQ(found->updated_at, kToday + 1);
  EXPECT_FALSE(on([&](Connection& c) { return set_case_state(c, "none", CaseState::Consented, kToday); }));
}

TEST_P(Cases, AreDecidedByOneReviewerOrByTwoWhoAgree) {
  const std::string owner = person("owner", Role::Reviewer);
  const std::string first = person("first", Role::Reviewer);
  const std::string second = person("second", Role::Reviewer);
  const std::string third = person("third", Role::Reviewer);
  const std::string one = case_in_review(owner);
  EXPECT_EQ(review(one, owner, "accepted", 1), ReviewOutcome::OwnCase);
  EXPECT_EQ(review(one, first, "rejected", 1), ReviewOutcome::Decided);
  EXPECT_EQ(state_of(one), CaseState::Rejected);
  EXPECT_EQ(review(one, second, "accepted", 1), ReviewOutcome::NotInReview);

  const std::string two = case_in_review(owner);
  EXPECT_EQ(review(two, first, "accepted", 2), ReviewOutcome::Waiting);
  EXPECT_EQ(review(two, first, "accepted", 2), ReviewOutcome::AlreadyGiven);
  EXPECT_EQ(review(two, second, "rejected", 2), ReviewOutcome::Waiting);
  EXPECT_EQ(state_of(two), CaseState::Review);
  EXPECT_EQ(review(two, third, "accepted", 2), ReviewOutcome::Decided);
  EXPECT_EQ(state_of(two), CaseState::Accepted);
  EXPECT_EQ(on([&](Connection& c) { return case_reviews(c, two); }).size(), 3U);
}

TEST_P(Cases, ShareAFileUntilTheLastOneLetsGo) {
  const std::string a = "case:" + new_case(person("a"));
  const std::string b = "case:" + new_case(person("b"));
  const StoredMedia file{std::string(64, 'a'), 10};
  const StoredMedia newer{std::string(64, 'b'), 20};
  on([&](Connection& c) {
    put_media_use(c, a, "document", file, "document", "image/png", kToday);
    put_media_use(c, b, "document", file, "document", "image/png", kToday);
    put_media_use(c, b, "selfie", newer, "selfie", "video/mp4", kToday);
  });
  EXPECT_EQ(on([&](Connection& c) { return media_uses(c, b); }).size(), 2U);
  EXPECT_EQ(on([&](Connection& c) { return find_media_use(c, a, "document"); })->bytes, 10U);
  EXPECT_THAT(on([&](Connection& c) { return drop_media_uses(c, a); }), testing::IsEmpty());
  EXPECT_THAT(on([&](Connection& c) { return drop_media_use(c, b, "document"); }),
              testing::ElementsAre(file.id));
  EXPECT_FALSE(on([&](Connection& c) { return media_is_used(c, file.id); }));
  EXPECT_TRUE(on([&](Connection& c) { return media_is_used(c, newer.id); }));
}

TEST_P(Cases, AreErasedToTheirIdStateAndVerdict) {
  const std::string reviewer = person("r", Role::Reviewer);
  const std::string id = case_in_review(person("a"));
  review(id, reviewer, "accepted", 2);
  const StoredMedia file{std::string(64, 'c'), 10};
  on([&](Connection& c) {
    put_media_use(c, "case:" + id, "document", file, "document", "image/png", kToday);
  });
  EXPECT_THAT(on([&](Connection& c) { return erase_case(c, id, kToday + 9); }),
              testing::ElementsAre(file.id));
  const auto left = on([&](Connection& c) { return find_case(c, id); });
  EXPECT_EQ(left->state, CaseState::Erased);
  EXPECT_EQ(left->reference, "");
  EXPECT_EQ(left->decision, std::nullopt);
  EXPECT_EQ(left->verdict, "review");
  EXPECT_EQ(on([&](Connection& c) { return case_reviews(c, id); }).front().comment, "");
}

TEST_P(Cases, ArePagedInTheOrderAskedFor) {
  const std::string a = person("a");
  for (int i = 0; i < 5; ++i) new_case(a, kToday + i / 2);
  new_case(person("b"));
  for (const bool oldest_first : {false, true}) {
    CaseFilter filter;
    filter.account_id = a;
    filter.limit = 2;
    filter.oldest_first = oldest_first;
    std::vector<std::int64_t> times;
    std::set<std::string> ids;
    for (int page = 0; page < 4; ++page) {
      const CasePage got = on([&](Connection& c) { return list_cases(c, filter); });
      for (const Case& each : got.cases) {
        times.push_back(each.created_at);
        ids.insert(each.id);
      }
      if (!got.next) break;
      filter.after = got.next;
    }
    EXPECT_EQ(ids.size(), 5U);
    EXPECT_TRUE(oldest_first ? std::is_sorted(times.begin(), times.end())
                             : std::is_sorted(times.rbegin(), times.rend()));
  }
}

TEST_P(Cases, ExpireWhenTheyWereNotFinished) {
  const std::string a = person("a");
  const std::string open = new_case(a);
  const std::string decided = case_in_review(a);
  EXPECT_THAT(on([&](Connection& c) { return cases_to_expire(c, kToday + 999, 10); }), testing::IsEmpty());
  EXPECT_THAT(on([&](Connection& c) { return cases_to_expire(c, kToday + 1000, 10); }),
              testing::ElementsAre(open));
  EXPECT_TRUE(go(open, CaseState::Expired));
  EXPECT_FALSE(go(decided, CaseState::Expired));
  EXPECT_THAT(on([&](Connection& c) { return decided_cases_before(c, kToday + 2, 10); }),
              testing::ElementsAre(open));
}

TEST_P(Cases, HaveJobsThatAreTakenInTurnAndFoundAgainAfterACrash) {
  const auto add = [&](const std::string& kind, std::int64_t at) {
    return on([&](Connection& c) { return create_job(c, kind, "{}", "system", at); });
  };
  const std::string second = add("b", kToday + 1);
  const std::string first = add("a", kToday);
  const std::string third = add("c", kToday + 2);
  const auto take = [&] { return on([&](Connection& c) { return take_job(c, kToday + 3); }); };
  EXPECT_EQ(take()->id, first);
  EXPECT_TRUE(on([&](Connection& c) { return cancel_job(c, third, kToday); }));
  EXPECT_EQ(take()->id, second);
  EXPECT_FALSE(take().has_value());
  EXPECT_TRUE(on([&](Connection& c) { return cancel_job(c, second, kToday); }));
  const auto job = [&](const std::string& id) { return *on([&](Connection& c) { return find_job(c, id); }); };
  EXPECT_TRUE(job(second).cancel);
  EXPECT_EQ(job(third).state, JobState::Cancelled);
  EXPECT_FALSE(on([&](Connection& c) { return cancel_job(c, third, kToday); }));

  on([&](Connection& c) { set_job_progress(c, first, 3, 10); });
  EXPECT_EQ(job(first).done, 3);
  for (int crash = 0; crash < 2; ++crash) {
    EXPECT_EQ(on([&](Connection& c) { return requeue_jobs(c, kToday + 4); }), 1);
    EXPECT_EQ(job(second).state, JobState::Cancelled);
    EXPECT_EQ(take()->id, first);
  }
  EXPECT_EQ(on([&](Connection& c) { return requeue_jobs(c, kToday + 5); }), 0);
  EXPECT_EQ(job(first).state, JobState::Failed);
  EXPECT_FALSE(on([&](Connection& c) { return has_open_job(c, "a"); }));
}

KYC_ON_BOTH_DATABASES(Cases);

}  // namespace
}  // namespace kyc
