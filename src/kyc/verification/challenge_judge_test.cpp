// On timelines made here: what a head would do, sampled as the engine samples it.

#include "kyc/verification/challenge_judge.h"

#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

namespace kyc {
namespace {

using enum ChallengeAction;
using enum PromptFault;

constexpr double kRateHz = 24;

// left from 2.5 s, mouth from 6.5, up from 10.5, blink from 14.5; each 2.8 s long.
const Challenge kChallenge{
    {{TurnLeft, 2500, 5300}, {OpenMouth, 6500, 9300}, {LookUp, 10'500, 13'300}, {Blink, 14'500, 17'300}},
    18'000};

// A movement that rises within 400 ms, stays, and falls within 400 ms; 0..1 of its size.
double swing(double at_ms, double from_ms, double until_ms) {
  constexpr double kRamp = 400;
  const auto smooth = [](double x) { return x <= 0 ? 0.0 : x >= 1 ? 1.0 : x * x * (3 - 2 * x); };
  return smooth((at_ms - from_ms) / kRamp) * smooth((until_ms - at_ms) / kRamp);
}

// A person who does what a list says.
struct Act {
  ChallengeAction action;
  double from_ms;
  double until_ms;
  double size;  // degrees, width of the opening; a blink has none
};

struct Person {
  std::vector<Act> acts;
  HeadPose rest{4, -6, 1};  // nobody looks exactly into the camera
  double noise_deg = 0;
  double similarity = 0.8;
  double length_ms = 18'000;
  std::function<bool(double)> hidden = [](double) { return false; };
  std::function<bool(double)> dropped = [](double) { return false; };
  std::function<double(double)> similarity_at{};

  std::vector<ChallengeObservation> filmed(double rate_hz = kRateHz) const {
    std::vector<ChallengeObservation> out;
    std::mt19937_64 random(5);
    std::normal_distribution<double> noise(0, 1);
    for (int i = 0; i * 1000 / rate_hz <= length_ms; ++i) {
      const double at = i * 1000 / rate_hz;
      if (dropped(at)) continue;
      ChallengeObservation seen{at, std::nullopt};
      if (!hidden(at)) seen.face = face_at(at, noise_deg * noise(random), noise_deg * noise(random));
      out.push_back(seen);
    }
    return out;
  }

 private:
  ChallengeFace face_at(double at, double yaw_noise, double pitch_noise) const {
    double yaw = static_cast<double>(rest.yaw) + yaw_noise;
    double pitch = static_cast<double>(rest.pitch) + pitch_noise;
    double eyes = 0.97;
    double mouth = 0.03;
    for (const Act& act : acts) {
      const double share = swing(at, act.from_ms, act.until_ms);
      if (act.action == TurnLeft) yaw += act.size * share;
      if (act.action == TurnRight) yaw -= act.size * share;
      if (act.action == LookUp) pitch += act.size * share;
      if (act.action == LookDown) pitch -= act.size * share;
      if (act.action == OpenMouth) mouth += act.size * share;
      if (act.action == Blink && at >= act.from_ms && at < act.until_ms) eyes = 0.02;
    }
    const double turned = std::abs(yaw) > 35 || std::abs(pitch) > 35 ? 1 : 0;
    const double likeness = similarity_at ? similarity_at(at) : similarity;
    return {{static_cast<float>(yaw), static_cast<float>(pitch), rest.roll},
            eyes,
            mouth,
            turned != 0 ? std::nullopt : std::optional(likeness)};
  }
};

Person obedient() {
  return {.acts = {{TurnLeft, 3100, 4500, 25},
                   {OpenMouth, 7100, 8300, 0.6},
                   {LookUp, 11'200, 12'500, 15},
                   {Blink, 15'200, 15'400, 0}}};
}

ChallengeJudgement judged(const Person& person, double rate_hz = kRateHz) {
  return judge_challenge(kChallenge, person.filmed(rate_hz), {});
}

std::optional<PromptFault> fault(const Person& person, std::size_t prompt) {
  return judged(person).prompts.at(prompt).fault;
}

Person with(std::size_t index, const Act& act) {
  Person person = obedient();
  person.acts.at(index) = act;
  return person;
}

TEST(JudgeChallenge, PassesWhoDoesWhatIsAsked) {
  const ChallengeJudgement judgement = judged(obedient());
  EXPECT_TRUE(judgement.followed());
  EXPECT_EQ(judgement.passed_prompts(), 4U);
  EXPECT_EQ(judgement.unprompted, 0);
  ASSERT_TRUE(judgement.neutral.has_value());
  EXPECT_NEAR(judgement.neutral->yaw, 4, 0.01);
  EXPECT_NEAR(judgement.neutral->pitch, -6, 0.01);
  EXPECT_NEAR(judgement.prompts[0].reached.value(), 25, 0.5);
  EXPECT_GT(judgement.prompts[0].seen_at_ms.value(), 3100);
  EXPECT_LT(judgement.prompts[0].seen_at_ms.value(), 3500);
  EXPECT_NEAR(judgement.prompts[1].reached.value(), 0.6, 0.02);
  EXPECT_NEAR(judgement.prompts[2].reached.value(), 15, 0.3);
  EXPECT_NEAR(judgement.prompts[3].reached.value(), 160, 45);
  EXPECT_NEAR(judgement.weakest_similarity.value(), 0.8, 1e-6);
  EXPECT_LT(judgement.longest_unseen_ms, 100);
}

TEST(JudgeChallenge, EveryActionPassesWhenItIsDoneAndFailsWhenItIsNot) {
  for (const ChallengeAction action : kChallengeActions) {
    Challenge challenge{{{action, 2500, 5300}}, 6000};
    Person person{
        .acts = {{action, 3000, action == Blink ? 3170.0 : 4500.0, action == OpenMouth ? 0.5 : 20.0}}};
    person.length_ms = 6000;
    EXPECT_TRUE(judge_challenge(challenge, person.filmed(), {}).followed()) << to_string(action);
    person.acts.clear();
    const ChallengeJudgement still = judge_challenge(challenge, person.filmed(), {});
    EXPECT_EQ(still.prompts[0].fault, NotSeen) << to_string(action);
    EXPECT_FALSE(still.prompts[0].seen_at_ms.has_value());
  }
}

TEST(JudgeChallenge, AnotherActionIsNotTheOneThatWasAsked) {
  for (const ChallengeAction asked : kChallengeActions)
    for (const ChallengeAction done : kChallengeActions) {
      if (asked == done) continue;
      const Challenge challenge{{{asked, 2500, 5300}}, 6000};
      Person person{.acts = {{done, 3000, done == Blink ? 3170.0 : 4500.0, done == OpenMouth ? 0.5 : 20.0}}};
      person.length_ms = 6000;
      EXPECT_FALSE(judge_challenge(challenge, person.filmed(), {}).followed())
          << to_string(asked) << ", " << to_string(done);
    }
}

TEST(JudgeChallenge, AStillPersonDoesNothing) {
  const ChallengeJudgement judgement = judged({});
  for (const PromptResult& result : judgement.prompts) EXPECT_EQ(result.fault, NotSeen);
}

TEST(JudgeChallenge, TheOtherDirectionIsWrong) {
  EXPECT_EQ(fault(with(0, {TurnRight, 3100, 4500, 25}), 0), WrongDirection);
  EXPECT_EQ(fault(with(2, {LookDown, 11'200, 12'500, 15}), 2), WrongDirection);
  EXPECT_EQ(fault(with(0, {LookUp, 3100, 4500, 15}), 0), OtherMovement);
  EXPECT_EQ(fault(with(1, {TurnLeft, 7100, 8300, 25}), 1), OtherMovement);
  EXPECT_EQ(fault(with(3, {TurnLeft, 15'200, 16'400, 25}), 3), OtherMovement);
}

TEST(JudgeChallenge, FirstTheWrongWayAndThenTheRightOneIsGuessing) {
  Person person = with(0, {TurnRight, 2700, 3600, 25});
  person.acts.push_back({TurnLeft, 3800, 5000, 25});
  EXPECT_EQ(fault(person, 0), WrongDirection);
}

TEST(JudgeChallenge, DoingEverythingInsideOneWindowIsNoAnswer) {
  Person person = obedient();
  person.acts.push_back({TurnRight, 4600, 5200, 25});
  EXPECT_EQ(fault(person, 0), WrongDirection);
}

TEST(JudgeChallenge, WhatBeganBeforeItsPromptDoesNotCount) {
  EXPECT_EQ(fault(with(0, {TurnLeft, 2000, 4500, 25}), 0), TooEarly);
  EXPECT_EQ(fault(with(1, {OpenMouth, 6000, 8000, 0.6}), 1), TooEarly);
  EXPECT_EQ(fault(with(2, {LookUp, 10'000, 12'500, 15}), 2), TooEarly);
  EXPECT_EQ(fault(with(3, {Blink, 14'400, 14'700, 0}), 3), TooEarly);
  // Nobody reacts within 100 ms.
  EXPECT_EQ(fault(with(3, {Blink, 14'550, 14'750, 0}), 3), TooEarly);
}

TEST(JudgeChallenge, WhoBeginsTooEarlyMayGoBackAndDoItAgain) {
  Person person = with(0, {TurnLeft, 2200, 3300, 25});
  person.acts.push_back({TurnLeft, 3600, 4800, 25});
  EXPECT_EQ(fault(person, 0), std::nullopt);
}

TEST(JudgeChallenge, WhatWasDoneOnlyBeforeThePromptWasNotDone) {
  const ChallengeJudgement judgement = judged(with(0, {TurnLeft, 300, 1500, 25}));
  EXPECT_EQ(judgement.prompts[0].fault, NotSeen);
}

TEST(JudgeChallenge, WhatComesOrEndsTooLateDoesNotCount) {
  EXPECT_EQ(fault(with(0, {TurnLeft, 5250, 6400, 25}), 0), TooLate);
  EXPECT_EQ(fault(with(0, {TurnLeft, 3100, 6400, 25}), 0), TooLate);
  EXPECT_EQ(fault(with(1, {OpenMouth, 7000, 10'400, 0.6}), 1), TooLate);
  EXPECT_EQ(fault(with(3, {Blink, 17'350, 17'500, 0}), 3), TooLate);
  // A moment after the prompt's end one may still be on the way back.
  EXPECT_EQ(fault(with(0, {TurnLeft, 4200, 5700, 25}), 0), std::nullopt);
}

TEST(JudgeChallenge, TheOrderCounts) {
  // What was asked third comes first, and the other way round.
  Person person = obedient();
  person.acts[0] = {LookUp, 3100, 4500, 15};
  person.acts[2] = {TurnLeft, 11'200, 12'500, 25};
  const ChallengeJudgement judgement = judged(person);
  EXPECT_EQ(judgement.prompts[0].fault, OtherMovement);
  EXPECT_EQ(judgement.prompts[2].fault, OtherMovement);
  EXPECT_EQ(judgement.passed_prompts(), 2U);
}

TEST(JudgeChallenge, ASmallMovementIsNotEnough) {
  EXPECT_EQ(fault(with(0, {TurnLeft, 3100, 4500, 10}), 0), NotSeen);
  EXPECT_EQ(fault(with(2, {LookUp, 11'200, 12'500, 6}), 2), NotSeen);
  EXPECT_EQ(fault(with(1, {OpenMouth, 7100, 8300, 0.15}), 1), NotSeen);
  EXPECT_NEAR(judged(with(0, {TurnLeft, 3100, 4500, 10})).prompts[0].reached.value(), 10, 0.3);
}

TEST(JudgeChallenge, AVeryLargeTurnPassesThoughItAlsoTiltsTheHead) {
  Person person = with(0, {TurnLeft, 3100, 4800, 60});
  person.acts.push_back({LookDown, 3100, 4800, 14});  // seen from the side, pitch is measured worse
  EXPECT_EQ(fault(person, 0), std::nullopt);
}

TEST(JudgeChallenge, NoiseNeitherPassesNorHides) {
  Person still;
  still.noise_deg = 2.5;
  const ChallengeJudgement nothing = judged(still);
  for (const PromptResult& result : nothing.prompts) EXPECT_EQ(result.fault, NotSeen);
  EXPECT_EQ(nothing.unprompted, 0);
  Person person = obedient();
  person.noise_deg = 1.5;
  EXPECT_TRUE(judged(person).followed());
}

TEST(JudgeChallenge, OneWildFrameIsNoMovement) {
  std::vector<ChallengeObservation> timeline = Person{}.filmed();
  timeline[90].face->pose.yaw += 60;  // within the first prompt
  timeline[130].face->pose.yaw -= 60;
  const ChallengeJudgement judgement = judge_challenge(kChallenge, timeline, {});
  EXPECT_EQ(judgement.prompts[0].fault, NotSeen);
  EXPECT_EQ(judgement.unprompted, 0);
}

TEST(JudgeChallenge, SlowCamerasAndDroppedFramesAreFair) {
  EXPECT_TRUE(judged(obedient(), 12).followed());
  EXPECT_TRUE(judged(obedient(), 60).followed());
  Person person = obedient();
  person.dropped = [](double at) { return std::fmod(at, 400) > 250 && at < 14'000; };
  EXPECT_TRUE(judged(person).followed());
}

TEST(JudgeChallenge, MissingFramesAreATimeInWhichNobodySaw) {
  Person person = obedient();
  person.dropped = [](double at) { return at > 8700 && at < 10'200; };
  EXPECT_GT(judged(person).longest_unseen_ms, 1400);
}

TEST(JudgeChallenge, AFaceThatIsLostIsSaidToBeLost) {
  Person person = obedient();
  person.hidden = [](double at) { return at > 2600 && at < 5600; };
  const ChallengeJudgement judgement = judged(person);
  EXPECT_EQ(judgement.prompts[0].fault, FaceLost);
  EXPECT_NEAR(judgement.longest_unseen_ms, 3000, 100);
  EXPECT_EQ(judgement.passed_prompts(), 3U);
}

TEST(JudgeChallenge, ABlinkIsNeitherAFlickerNorANap) {
  EXPECT_EQ(fault(with(3, {Blink, 15'200, 15'235, 0}), 3), NotSeen);  // one frame at 24 a second
  EXPECT_EQ(fault(with(3, {Blink, 15'200, 15'280, 0}), 3), std::nullopt);
  EXPECT_EQ(fault(with(3, {Blink, 15'200, 16'100, 0}), 3), std::nullopt);
  EXPECT_EQ(fault(with(3, {Blink, 15'000, 16'500, 0}), 3), EyesClosed);
  EXPECT_EQ(fault(with(3, {Blink, 13'900, 18'100, 0}), 3), EyesClosed);
  // Unasked blinks are human.
  Person person = obedient();
  person.acts.push_back({Blink, 5600, 5750, 0});
  person.acts.push_back({Blink, 11'500, 11'650, 0});
  EXPECT_TRUE(judged(person).followed());
}

TEST(JudgeChallenge, EyesThatAreNeverSeenOpenCanNotBlink) {
  Person person = obedient();
  person.acts.push_back({Blink, 0, 14'000, 0});
  EXPECT_EQ(fault(person, 3), NoNeutral);
}

TEST(JudgeChallenge, AnotherPersonInTheMiddleShowsInTheSimilarity) {
  Person person = obedient();
  person.similarity_at = [](double at) { return at > 6000 && at < 10'000 ? 0.05 : 0.8; };
  const ChallengeJudgement judgement = judged(person);
  EXPECT_TRUE(judgement.followed());  // the movements are right
  EXPECT_NEAR(judgement.weakest_similarity.value(), 0.05, 1e-6);
  // One frame that could not be compared well is no other person.
  person.similarity_at = [](double at) { return at > 6000 && at < 6030 ? 0.05 : 0.8; };
  EXPECT_NEAR(judged(person).weakest_similarity.value(), 0.8, 1e-6);
}

TEST(JudgeChallenge, WhoIsTurnedAwayForLongIsNotKnown) {
  Person person = with(0, {TurnLeft, 3000, 5700, 60});
  EXPECT_GT(judged(person).longest_unknown_ms, 1800);
  EXPECT_LT(judged(obedient()).longest_unknown_ms, 100);
}

TEST(JudgeChallenge, MovementsBetweenThePromptsAreCounted) {
  Person person = obedient();
  person.acts.push_back({TurnRight, 5800, 6450, 30});
  person.acts.push_back({LookDown, 9750, 10'450, 20});
  const ChallengeJudgement judgement = judged(person);
  EXPECT_EQ(judgement.unprompted, 2);
}

TEST(JudgeChallenge, EverythingIsMeasuredFromOnesOwnLook) {
  Person person = obedient();
  person.rest = {-14, 12, 5};
  EXPECT_TRUE(judged(person).followed());
  // 16 degrees to the left in the camera's eyes, and all the time: no turn.
  Person turned;
  turned.rest = {16, 0, 0};
  EXPECT_EQ(fault(turned, 0), NotSeen);
}

TEST(JudgeChallenge, WhoSinksSlowlyIsNotTakenForMoving) {
  std::vector<ChallengeObservation> timeline = obedient().filmed();
  for (ChallengeObservation& each : timeline)
    each.face->pose.pitch -= static_cast<float>(9 * each.at_ms / 18'000);
  EXPECT_TRUE(judge_challenge(kChallenge, timeline, {}).followed());
}

TEST(JudgeChallenge, WithoutALookIntoTheCameraNothingCanBeMeasured) {
  Person away = obedient();
  away.rest = {40, 0, 0};
  EXPECT_FALSE(judged(away).neutral.has_value());
  EXPECT_EQ(fault(away, 0), NoNeutral);
  Person late = obedient();
  late.hidden = [](double at) { return at < 2400; };
  EXPECT_EQ(fault(late, 0), NoNeutral);
  Person restless = obedient();
  for (double at = 200; at < 2400; at += 600) {
    restless.acts.push_back({TurnLeft, at, at + 550, 60});
    restless.acts.push_back({TurnRight, at + 300, at + 850, 60});
  }
  EXPECT_FALSE(judged(restless).followed());
}

TEST(JudgeChallenge, AClipThatEndsEarlyIsNotFollowed) {
  Person person = obedient();
  person.length_ms = 12'000;
  const ChallengeJudgement judgement = judged(person);
  EXPECT_FALSE(judgement.followed());
  EXPECT_NEAR(judgement.covered_ms, 12'000, 50);
  EXPECT_GT(judgement.longest_unseen_ms, 5000);
}

TEST(JudgeChallenge, AnEmptyTimelineIsJudgedToo) {
  const ChallengeJudgement judgement = judge_challenge(kChallenge, {}, {});
  EXPECT_EQ(judgement.passed_prompts(), 0U);
  EXPECT_EQ(judgement.covered_ms, 0);
  EXPECT_EQ(judgement.longest_unseen_ms, 17'300);
  EXPECT_FALSE(judgement.weakest_similarity.has_value());
}

}  // namespace
}  // namespace kyc
