#include "kyc/verification/challenge.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using enum ChallengeAction;

std::string complaint(const std::string& text) {
  try {
    challenge_from_json(text, "file");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

std::vector<ChallengeAction> actions_of(const Challenge& challenge) {
  std::vector<ChallengeAction> out;
  for (const ChallengePrompt& prompt : challenge.prompts) out.push_back(prompt.action);
  return out;
}

TEST(DrawChallenge, KeepsItsRules) {
  const ChallengeOptions options;
  std::set<std::int64_t> starts;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Challenge challenge = draw_challenge(options, seeded_draw(seed));
    EXPECT_NO_THROW(check(challenge));
    ASSERT_EQ(challenge.prompts.size(), 4U);
    std::map<ChallengeAction, int> count;
    int moving = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const ChallengePrompt& prompt = challenge.prompts[i];
      ++count[prompt.action];
      moving += moves_head(prompt.action) ? 1 : 0;
      EXPECT_EQ(prompt.until_ms - prompt.from_ms, options.window_ms);
      if (i == 0) continue;
      EXPECT_NE(prompt.action, challenge.prompts[i - 1].action);
      const std::int64_t gap = prompt.from_ms - challenge.prompts[i - 1].until_ms;
      EXPECT_GE(gap, options.gap_ms);
      EXPECT_LE(gap, options.gap_ms + options.gap_more_ms);
    }
    EXPECT_LE(count[Blink], 1);
    EXPECT_LE(count[OpenMouth], 1);
    EXPECT_GE(moving, 2);
    EXPECT_GE(challenge.prompts[0].from_ms, 2000);
    EXPECT_LE(challenge.prompts[0].from_ms, 3000);
    starts.insert(challenge.prompts[0].from_ms);
  }
  EXPECT_GT(starts.size(), 300U);
}

// Chi-squared over all sequences of three: 5 % of true uniform draws would exceed the bound by 1.645 sigma,
// 1 in 30,000 exceeds it by 4.
TEST(DrawChallenge, DrawsEverySequenceAsOftenAsTheOthers) {
  ChallengeOptions options;
  options.prompts = 3;
  const auto sequences = static_cast<double>(count_sequences(3));
  std::map<std::vector<ChallengeAction>, double> count;
  const UniformDraw draw = seeded_draw(7);
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) ++count[actions_of(draw_challenge(options, draw))];
  ASSERT_EQ(static_cast<double>(count.size()), sequences);
  const double expected = kDraws / sequences;
  double chi_squared = 0;
  for (const auto& [actions, times] : count)
    chi_squared += (times - expected) * (times - expected) / expected;
  const double degrees = sequences - 1;
  EXPECT_LT(chi_squared, degrees + 4 * std::sqrt(2 * degrees));
}

// By hand: two prompts of six that differ are 30; without (blink, mouth) and (mouth, blink), which move no
// head: 28.
TEST(CountSequences, AgreesWithCountingByHand) {
  EXPECT_EQ(count_sequences(1), 4);
  EXPECT_EQ(count_sequences(2), 28);
  EXPECT_EQ(count_sequences(3), 116);  // as by enumerating all 6^n in Python
  EXPECT_EQ(count_sequences(4), 612);
}

TEST(SeededDraw, IsTheSameEverywhereAndBelowItsBound) {
  const UniformDraw draw = seeded_draw(1);
  std::vector<std::uint32_t> first;
  for (int i = 0; i < 6; ++i) first.push_back(draw(6));
  const UniformDraw again = seeded_draw(1);
  for (const std::uint32_t value : first) {
    EXPECT_EQ(again(6), value);
    EXPECT_LT(value, 6U);
  }
  EXPECT_EQ(draw(1), 0U);
}

TEST(ChallengeJson, SaysTheSameThereAndBack) {
  const Challenge challenge = draw_challenge({}, seeded_draw(3));
  EXPECT_EQ(challenge_from_json(challenge_to_json(challenge), "file"), challenge);
}

TEST(ChallengeJson, TakesTheServicesAnswerAsItIs) {
  const Challenge challenge = challenge_from_json(
      R"({"nonce": "x", "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T00:02:00Z", "length_ms": 6000,
          "prompts": [{"action": "turn_left", "from_ms": 2000, "until_ms": 5000}]})",
      "file");
  EXPECT_EQ(challenge.length_ms, 6000);
  EXPECT_EQ(challenge.prompts, (std::vector<ChallengePrompt>{{TurnLeft, 2000, 5000}}));
}

TEST(ChallengeJson, RefusesWhatIsNoChallenge) {
  EXPECT_NE(complaint("nonsense").find("file: expected a JSON object"), std::string::npos);
  EXPECT_NE(complaint(R"({"length_ms": 5000})").find("prompts"), std::string::npos);
  EXPECT_NE(complaint(R"({"length_ms": 5000, "prompts": [], "more": 1})").find("more"), std::string::npos);
  EXPECT_NE(complaint(R"({"length_ms": 5000, "prompts": []})").find("1 to 20 prompts"), std::string::npos);
  const auto one = [](const std::string& prompt) {
    return R"({"length_ms": 9000, "prompts": [)" + prompt + "]}";
  };
  EXPECT_NE(complaint(one(R"({"action": "jump", "from_ms": 2000, "until_ms": 4000})")).find("turn_left"),
            std::string::npos);
  EXPECT_NE(complaint(one(R"({"action": "blink", "from_ms": 2000.5, "until_ms": 4000})")).find("from_ms"),
            std::string::npos);
  EXPECT_NE(complaint(one(R"({"action": "blink", "from_ms": 500, "until_ms": 4000})")).find("500 ms"),
            std::string::npos);
  EXPECT_NE(complaint(one(R"({"action": "blink", "from_ms": 2000, "until_ms": 9500})")).find("length_ms"),
            std::string::npos);
  EXPECT_NE(complaint(one(R"({"action": "blink", "from_ms": 2000, "until_ms": 4000},
                             {"action": "blink", "from_ms": 4100, "until_ms": 8000})"))
                .find("4300"),
            std::string::npos);
}

}  // namespace
}  // namespace kyc
