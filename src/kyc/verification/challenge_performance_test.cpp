#include "kyc/verification/challenge_performance.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using enum ChallengeAction;

constexpr double kRate = 25;
const ChallengeLimits kLimits;
const Challenge kThreePrompts{
    {{TurnLeft, 2500, 5300}, {Blink, 6500, 9300}, {LookDown, 10'500, 13'300}, {OpenMouth, 14'500, 17'300}},
    18'000};

// Forty seconds in which a head does everything once, four seconds apart, for two seconds each.
std::vector<ChallengeObservation> recording() {
  std::vector<ChallengeObservation> track;
  for (int i = 0; i < 40 * 25; ++i) {
    const double s = i / kRate;
    const auto bump = [&](double from) {
      return s < from || s > from + 2 ? 0 : std::pow(std::sin((s - from) * 1.5708), 2);
    };
    ChallengeFace face{{static_cast<float>(3 + 22 * bump(8) - 22 * bump(12) + 0.5 * std::sin(7 * s)),
                        static_cast<float>(-2 + 16 * bump(16) - 16 * bump(20)),
                        0},
                       s > 26 && s < 26.15 ? 0.01 : 0.99,
                       0.02 + 0.6 * bump(30),
                       0.8};
    track.push_back({s * 1000, face});
  }
  return track;
}

std::vector<ChallengeObservation> shown(const std::vector<std::int64_t>& plan) {
  const std::vector<ChallengeObservation> track = recording();
  std::vector<ChallengeObservation> out;
  for (std::size_t i = 0; i < plan.size(); ++i)
    out.push_back({static_cast<double>(i) * 1000 / kRate, track[static_cast<std::size_t>(plan[i])].face});
  return out;
}

ChallengeJudgement judged_performance(Performance performance) {
  return judge_challenge(kThreePrompts,
                         shown(perform(kThreePrompts, find_moves(recording(), kLimits), kRate, performance)),
                         kLimits);
}

TEST(FindMoves, FindsEveryActionOfARecordingThatHasThem) {
  const Moves moves = find_moves(recording(), kLimits);
  EXPECT_EQ(moves.actions.size(), 6U);
  const std::vector<ChallengeObservation> track = recording();
  double last = -1;
  for (const std::int64_t frame : moves.actions.at(TurnLeft)) {  // step by step
    const double yaw = static_cast<double>(track[static_cast<std::size_t>(frame)].face->pose.yaw);
    EXPECT_GT(yaw, last);
    last = yaw;
  }
  EXPECT_GT(last, 3 + kLimits.turn_deg);
}

TEST(FindMoves, LeavesOutWhatIsNotThereAndRefusesAClipWithoutALook) {
  const std::vector<ChallengeObservation> track = recording();
  const Moves moves = find_moves(std::span(track).first(11 * 25), kLimits);
  EXPECT_TRUE(moves.actions.contains(TurnLeft));
  EXPECT_FALSE(moves.actions.contains(OpenMouth));
  EXPECT_THROW(perform(kThreePrompts, moves, kRate), Error);
  EXPECT_THROW(find_moves({}, kLimits), Error);
}

TEST(Perform, FollowsTheChallengeOrFailsItAsAsked) {
  EXPECT_TRUE(judged_performance(Performance::Follow).followed());
  EXPECT_EQ(judged_performance(Performance::Follow).unprompted, 0);
  EXPECT_EQ(judged_performance(Performance::Still).passed_prompts(), 0U);
  EXPECT_EQ(judged_performance(Performance::WrongDirection).passed_prompts(), 0U);
  EXPECT_EQ(judged_performance(Performance::TooEarly).passed_prompts(), 0U);
}

TEST(Moves, SayTheSameThereAndBack) {
  const Moves moves = find_moves(recording(), kLimits);
  EXPECT_EQ(moves_from_json(moves_to_json(moves), "file"), moves);
  for (const char* text :
       {"x", "{}", R"({"neutral": []})", R"({"neutral": [1, 3], "jump": [1, 2]})", R"({"neutral": [-1, 3]})"})
    EXPECT_THROW(moves_from_json(text, "file"), Error) << text;
}

}  // namespace
}  // namespace kyc
