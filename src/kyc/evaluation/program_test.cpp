#include "kyc/evaluation/program.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using testing::HasSubstr;

std::vector<std::vector<std::filesystem::path>> requests(std::size_t count) {
  std::vector<std::vector<std::filesystem::path>> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back({"/clips/" + std::to_string(i) + ".mp4"});
  return out;
}

TEST(RunProgram, ScoresComeBackInAnyOrder) {
  const ProgramRun run = run_program("tac | awk -F'\\t' '{ print $1 \"\\t\" $1 * 0.5 }'", requests(100));
  ASSERT_EQ(run.answers.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(run.answers[i].has_value());
    EXPECT_EQ(run.answers[i]->score, 0.5 * static_cast<double>(i));
  }
  EXPECT_EQ(run.starts, 1);
  EXPECT_EQ(run.crashes, 0);
}

TEST(RunProgram, NoAnswerIsCountedWithItsReason) {
  const ProgramRun run =
      run_program("while read -r id path; do printf '%s\\t-\\ttoo dark\\n' $id; done", requests(2));
  EXPECT_FALSE(run.answers[1].has_value());
  EXPECT_EQ(run.answers[1].reason().reason, "no answer: too dark");
}

TEST(RunProgram, ACrashCostsOneRequestAndTheRestGoesOn) {
  // Dies at the third clip, every time.
  const ProgramRun run = run_program(
      "while read -r id path; do case $path in */2.mp4) kill -SEGV $$;; esac; printf '%s\\t1\\n' $id; done",
      requests(6));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(run.answers[i].has_value(), i != 2) << i;
  EXPECT_EQ(run.answers[2].reason().reason, "the program crashed (signal 11)");
  EXPECT_EQ(run.crashes, 1);
  EXPECT_EQ(run.starts, 2);
}

TEST(RunProgram, SilenceIsKilledWithAllItsChildren) {
  ExternalLimits limits;
  limits.answer_limit_s = 0.3;
  limits.restarts = 1;
  const auto start = std::chrono::steady_clock::now();
  const ProgramRun run = run_program("sleep 60 & sleep 60", requests(3), limits);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(run.kills, 2);
  EXPECT_THAT(run.answers[0].reason().reason, HasSubstr("no answer within 0.3 s"));
  EXPECT_THAT(run.answers[2].reason().reason, HasSubstr("not asked again"));
}

TEST(RunProgram, HostileOutputEndsItAndNothingElse) {
  ExternalLimits limits;
  limits.restarts = 2;
  EXPECT_EQ(run_program("yes", requests(2), limits).kills, 2);
  EXPECT_EQ(run_program("head -c 100000000 /dev/zero", requests(2), limits).kills, 2);
  const ProgramRun nonsense = run_program(
      "printf "
      "'0\\tnan\\n0\\tinf\\n7\\t1\\n-1\\t1\\nhello\\n0\\t1e999\\n0\\t0.25\\n0\\t0."
      "75\\n\\n1\\t2\\textra\\n1\\t0x1p3\\n1\\t3\\n'",
      requests(2),
      limits);
  EXPECT_EQ(nonsense.answers[0]->score, 0.25);
  EXPECT_EQ(nonsense.answers[1]->score, 3);
  EXPECT_EQ(nonsense.bad_lines, 10U);
}

TEST(RunProgram, AProgramThatDoesNotReadOrDoesNotExistIsAFailureOfEveryRequest) {
  const ProgramRun run = run_program("/nowhere/at/all", requests(3));
  EXPECT_THAT(run.answers[0].reason().reason, HasSubstr("exit code 127"));
  EXPECT_THAT(run.stderr_tail, HasSubstr("not found"));
  EXPECT_EQ(run.starts, 3);
}

TEST(RunProgram, LargeInputDoesNotBlockAProgramThatAnswersAtOnce) {
  const ProgramRun run = run_program("awk -F'\\t' '{ print $1 \"\\t1\" }'", requests(200'000));
  EXPECT_TRUE(run.answers.back().has_value());
}

TEST(RunProgram, AnIdentityCheckAnswersWithAVerdictAndAScoreIfItHasOne) {
  const ProgramRun run = run_program(
      "printf '0\\taccepted\\t0.75\\n1\\trejected\\n2\\tperhaps\\n2\\treview\\tnan\\n2\\treview\\t-1\\n'",
      requests(3),
      {},
      {},
      AnswerKind::Decision);
  EXPECT_EQ(run.answers[0]->verdict, "accepted");
  EXPECT_EQ(run.answers[0]->score, 0.75);
  EXPECT_EQ(run.answers[1]->verdict, "rejected");
  EXPECT_FALSE(run.answers[1]->score.has_value());
  EXPECT_EQ(run.answers[2]->verdict, "review");
  EXPECT_EQ(run.bad_lines, 2U);
}

TEST(RunProgram, RefusesPathsThatWouldBreakTheProtocol) {
  EXPECT_THROW(run_program("cat", {{"a\tb"}}), Error);
  EXPECT_THROW(run_program("cat", {}), Error);
}

}  // namespace
}  // namespace kyc
