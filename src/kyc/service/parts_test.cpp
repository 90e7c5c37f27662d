// The small parts of the service that stand by themselves.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "kyc/core/files.h"
#include "kyc/service/clock_watch.h"
#include "kyc/service/consent.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/json_body.h"
#include "kyc/service/watch.h"
#include "kyc/service/worker_pool.h"

namespace kyc {
namespace {

using testing::HasSubstr;

std::string fault_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const HttpError& error) {
    return std::to_string(error.status) + " " + error.field;
  }
  return "";
}

TEST(JsonBody, GivesTheFieldsThatWereSent) {
  const JsonBody body(R"({"a": "x", "n": -5, "t": true, "l": ["p", "q"], "o": {"k": "v"}, "z": null})");
  EXPECT_EQ(body.text("a", 1, 5), "x");
  EXPECT_EQ(body.optional_integer("n", -10, 10), -5);
  EXPECT_TRUE(body.truth("t", false));
  EXPECT_THAT(body.texts("l", 5, 5), testing::ElementsAre("p", "q"));
  EXPECT_THAT(body.text_pairs("o", 5), testing::ElementsAre(testing::Pair("k", "v")));
  EXPECT_EQ(body.optional_text("z", 5), std::nullopt);
  EXPECT_EQ(body.optional_text("absent", 5), std::nullopt);
  body.done();
}

TEST(JsonBody, NamesTheFieldThatIsWrong) {
  const JsonBody body(
      R"({"a": "xxxxxx", "n": 1.5, "big": 18446744073709551615, "c": "\u0000", "l": [1], "extra": 1})");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.text("a", 1, 5)); }), "422 a");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.text("n", 1, 5)); }), "422 n");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.text("missing", 1, 5)); }), "422 missing");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.optional_integer("n", 0, 5)); }), "422 n");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.optional_integer("big", 0, INT64_MAX)); }), "422 big");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.text("c", 1, 5)); }), "422 c");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.texts("l", 5, 5)); }), "422 l");
  EXPECT_EQ(fault_of([&] { static_cast<void>(body.truth("a", false)); }), "422 a");
  EXPECT_EQ(fault_of([&] { body.done(); }), "422 extra");
}

TEST(JsonBody, RefusesWhatIsNoObject) {
  for (const std::string& text : {std::string("[]"),
                                  std::string("1"),
                                  std::string("{"),
                                  std::string("{\"a\": 1} x"),
                                  std::string("{\"a\":") + std::string(40, '[') + std::string(40, ']') + "}",
                                  std::string(100000, '['),
                                  std::string("{\"a\": \"\xFF\"}")})
    EXPECT_EQ(fault_of([&] { const JsonBody body(text); }), "400 ") << text.substr(0, 50);
  JsonBody("").done();
  JsonBody(" {} ").done();
}

TEST(WorkerPool, TurnsWorkAwayWhenItIsFull) {
  std::mutex gate;
  gate.lock();
  std::atomic<int> done{0};
  WorkerPool pool(2, 3);
  const auto task = [&] {
    const std::lock_guard wait(gate);
    ++done;
  };
  EXPECT_TRUE(pool.submit(task));
  EXPECT_TRUE(pool.submit(task));
  while (pool.running() < 2) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit(task));
  EXPECT_FALSE(pool.submit(task));
  EXPECT_EQ(pool.waiting(), 3U);
  EXPECT_GE(pool.seconds_until_room(), 1);
  gate.unlock();
  while (done < 5) std::this_thread::yield();
  EXPECT_TRUE(pool.submit_waiting(task));
  while (done < 6) std::this_thread::yield();
  pool.stop();
  EXPECT_FALSE(pool.submit(task));
  EXPECT_FALSE(pool.submit_waiting(task));
}

TEST(WorkerPool, FinishesWhatRunsWhenItStops) {
  std::atomic<bool> finished{false};
  std::atomic<bool> begun{false};
  WorkerPool pool(1, 1);
  pool.submit([&] {
    begun = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    finished = true;
  });
  while (!begun) std::this_thread::yield();
  pool.stop();
  EXPECT_TRUE(finished);
}

std::string sha256_of_text(const std::string& text) {
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// Who alters a word of it gives it another version, here and in consent.cpp: cases name the version that was
// read.
TEST(Consent, IsTheTextOfItsVersion) {
  const ConsentText english = consent_text({}, Language::English);
  EXPECT_EQ(english.version, "2026-11-4/30-30-90-365");
  EXPECT_EQ(sha256_of_text(english.text), "5cc302a6f2c17bc518c372e31d74d71c8fa8700bbb70c8cc590ebed59f1a7bf1");
  EXPECT_EQ(sha256_of_text(consent_text({}, Language::German).text),
            "5135f41da73a540ad24c24eb01c2b816e6a59aee39701baac760801acb2139d8");
}

TEST(Consent, HasAnotherVersionWhereOtherDaysArePromised) {
  std::set<std::string> versions;
  for (const RetentionDays& days :
       {RetentionDays{}, {31, 30, 90, 365}, {30, 31, 90, 365}, {30, 30, 91, 365}, {30, 30, 90, 366}}) {
    const ConsentText english = consent_text(days, Language::English);
    const ConsentText german = consent_text(days, Language::German);
    EXPECT_EQ(english.version, german.version);
    EXPECT_TRUE(versions.insert(english.version).second) << english.version;
    for (const int each : {days.document, days.selfie, days.evidence, days.case_record}) {
      EXPECT_THAT(english.text, HasSubstr(std::to_string(each)));
      EXPECT_THAT(german.text, HasSubstr(std::to_string(each)));
    }
  }
}

TEST(TimeText, IsRfc3339) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time_text(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(time_text(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Watch, CountsForPrometheus) {
  std::vector<std::string> lines;
  Watch watch([&](const std::string& line) { lines.push_back(line); });
  watch.request("id", "GET", "/v1/cases/{id}", 200, 0.002);
  watch.request("id", "GET", "/v1/cases/{id}", 404, 0.2);
  watch.verification("accepted", 3);
  const std::string text = watch.prometheus({{"kyclops_cases{state=\"review\"}", 2}});
  EXPECT_THAT(
      text, HasSubstr("kyclops_requests_total{method=\"GET\",route=\"/v1/cases/{id}\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("kyclops_request_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("kyclops_request_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("kyclops_verifications_total{verdict=\"accepted\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE kyclops_cases gauge\nkyclops_cases{state=\"review\"} 2\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("event":"request")"));
}

TEST(Endpoints, AreEachListedOnceAndClosedUnlessTheySayOtherwise) {
  std::set<std::string> seen;
  const std::set<std::string> open = {"GET /healthz",
                                      "GET /readyz",
                                      "GET /openapi.json",
                                      "GET /v1/consent",
                                      "POST /v1/setup",
                                      "POST /v1/session",
                                      "POST /v1/accounts"};
  for (const Endpoint& endpoint : endpoints()) {
    const std::string name = std::string(endpoint.method) + " " + endpoint.path;
    EXPECT_TRUE(seen.insert(name).second) << name;
    EXPECT_EQ((endpoint.access & kPublic) != 0, open.contains(name)) << name;
    EXPECT_EQ((endpoint.access & kAnyRole) == 0, open.contains(name)) << name;
    const bool keys = (endpoint.access & (kSessionOnly | kPublic)) == 0;
    EXPECT_EQ(*endpoint.scope != '\0', keys) << name;  // a scope where keys go, and only there
  }
}

TEST(ClockWatch, DistrustsAClockThatJumpedForAnHour) {
  constexpr std::int64_t kMinute = 60'000;
  constexpr std::int64_t kDay = 24 * 60 * kMinute;
  ClockWatch clock;
  EXPECT_EQ(clock.jump(kDay, 0), std::nullopt);  // nothing to compare with yet
  EXPECT_TRUE(clock.trusted(0));
  EXPECT_EQ(clock.jump(kDay + kMinute + 900, kMinute), std::nullopt);  // a time server corrects it a little
  EXPECT_TRUE(clock.trusted(kMinute));

  EXPECT_EQ(clock.jump(101 * kDay + 2 * kMinute + 900, 2 * kMinute), 100 * kDay);
  EXPECT_FALSE(clock.trusted(2 * kMinute));
  EXPECT_EQ(clock.jump(kDay + 30 * kMinute + 900, 30 * kMinute), -100 * kDay);  // and back again
  EXPECT_FALSE(clock.trusted(62 * kMinute));
  EXPECT_TRUE(clock.trusted(90 * kMinute));
}

}  // namespace
}  // namespace kyc
