// What the challenge and the machine readable zone do to a decision.

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kyc/verification/decide.h"
#include "kyc/verification/record.h"

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Challenge kChallenge{{{ChallengeAction::TurnLeft, 2000, 4800}, {ChallengeAction::Blink, 6000, 8800}},
                           9500};

const VerificationThresholds kThresholds{.same_person = {"fmr_1e-3", 0.33, "FMR 1e-3", "test data"},
                                         .review = {"fmr_1e-2", 0.22, "FMR 1e-2", "test data"},
                                         .attack = {"default", 0.7, "BPCER 1 %", "test data"},
                                         .deepfake = std::nullopt,
                                         .recogniser = "model",
                                         .attack_detector = "detector",
                                         .deepfake_detector = ""};

Face face_of_size(float inter_eye_px) {
  Face face;
  face.detection.box = {0, 0, inter_eye_px * 2, inter_eye_px * 2.5F};
  face.points = {Point{0, 0}, Point{inter_eye_px, 0}, {}, {}, {}};
  return face;
}

DocumentAnalysis good_document() {
  DocumentAnalysis document;
  document.width = 600;
  document.faces = {face_of_size(60)};
  document.reference = {"model", {1, 0}};
  return document;
}

// Who did all that was asked.
SelfieAnalysis good_selfie() {
  SelfieAnalysis selfie;
  selfie.duration_s = 9.5;
  selfie.frames_read = 228;
  selfie.frames_analysed = 47;
  selfie.change = 3.0;
  selfie.attack.finding = AttackFinding{0.01, {}};
  for (int i = 0; i < 47; ++i) {
    const float yaw = i > 12 && i < 22 ? 20.0F : 0.0F;
    selfie.track.push_back({.time_s = i * 0.2,
                            .pose = {yaw, 0, 0},
                            .pose_geometric = {yaw, 0, 0},
                            .inter_eye_px = 80,
                            .eyes_open = 0.9,
                            .self_similarity = 0.8});
  }
  SelfieFrame frame;
  frame.face = face_of_size(80);
  frame.probe = {"model", {1, 0}};
  selfie.best = {frame};
  ChallengeJudgement judgement;
  judgement.prompts = {{kChallenge.prompts[0], std::nullopt, 2700.0, 20.0},
                       {kChallenge.prompts[1], std::nullopt, 6900.0, 120.0}};
  judgement.neutral = NeutralLook{0, 0, 0.97, 0.02};
  judgement.covered_ms = 9500;
  judgement.longest_unseen_ms = 84;
  judgement.longest_unknown_ms = 200;
  judgement.weakest_similarity = 0.7;
  selfie.challenge = ChallengeAnalysis{kChallenge, {}, judgement};
  return selfie;
}

ChallengeJudgement& judgement_of(SelfieAnalysis& selfie) {
  return selfie.challenge->judgement;
}

Decision decided(const SelfieAnalysis& selfie, const DocumentAnalysis& document = good_document()) {
  return decide(document, selfie, VerificationPolicy{}, kThresholds);
}

std::vector<std::string> codes(const Decision& decision) {
  std::vector<std::string> out;
  for (const Reason& reason : decision.reasons) out.push_back(reason.code);
  return out;
}

const Signal& signal(const Decision& decision, const std::string& name) {
  for (const Signal& one : decision.signals)
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

TEST(DecideChallenge, AcceptsWhoFollowsAndSaysFromWhat) {
  const Decision decision = decided(good_selfie());
  EXPECT_EQ(decision.verdict, Verdict::Accepted);
  EXPECT_THAT(decision.reasons, IsEmpty());
  const Signal& turn = signal(decision, "challenge_prompt_1");
  EXPECT_EQ(turn.state, SignalState::Pass);
  EXPECT_EQ(turn.value, 20);
  EXPECT_EQ(turn.threshold, VerificationPolicy{}.challenge.turn_deg);
  EXPECT_EQ(turn.provenance, "policy challenge_turn_deg");
  EXPECT_EQ(turn.meaning, "asked from 2.0 to 4.8 s: turn your head to your left");
  EXPECT_EQ(signal(decision, "challenge_prompt_2").unit, "ms");
  EXPECT_THAT(signal(decision, "challenge_identity").provenance, HasSubstr("fmr_1e-2"));
}

TEST(DecideChallenge, HasNoSignalsWithoutAChallenge) {
  SelfieAnalysis selfie = good_selfie();
  selfie.challenge.reset();
  for (const Signal& one : decided(selfie).signals)
    EXPECT_THAT(one.name, testing::Not(testing::StartsWith("challenge")));
}

TEST(DecideChallenge, RejectsWithAReasonForEachPromptThatFailed) {
  SelfieAnalysis selfie = good_selfie();
  judgement_of(selfie).prompts[0].fault = PromptFault::WrongDirection;
  judgement_of(selfie).prompts[1].fault = PromptFault::NotSeen;
  const Decision decision = decided(selfie);
  EXPECT_EQ(decision.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(decision), ElementsAre("challenge_wrong_direction", "challenge_not_seen"));
  EXPECT_EQ(decision.reasons[0].message,
            "Prompt 1, \"turn your head to your left\": the head turned the other way.");
  EXPECT_EQ(decision.reasons[1].message, "Prompt 2, \"blink\": this was not seen between 6.0 and 8.8 s.");
}

TEST(DecideChallenge, EveryFaultHasItsCodeAndWords) {
  for (const PromptFault fault : {PromptFault::NotSeen,
                                  PromptFault::WrongDirection,
                                  PromptFault::OtherMovement,
                                  PromptFault::TooEarly,
                                  PromptFault::TooLate,
                                  PromptFault::EyesClosed,
                                  PromptFault::FaceLost,
                                  PromptFault::NoNeutral}) {
    SelfieAnalysis selfie = good_selfie();
    judgement_of(selfie).prompts[1].fault = fault;
    const Decision decision = decided(selfie);
    EXPECT_THAT(codes(decision), ElementsAre("challenge_" + std::string(to_string(fault))));
    EXPECT_GT(decision.reasons[0].message.size(), 30U);
  }
}

TEST(DecideChallenge, OneCauseIsOneReason) {
  SelfieAnalysis cut = good_selfie();
  judgement_of(cut).covered_ms = 5000;
  judgement_of(cut).prompts[1].fault = PromptFault::FaceLost;
  EXPECT_THAT(codes(decided(cut)), ElementsAre("challenge_cut_short"));
  SelfieAnalysis away = good_selfie();
  judgement_of(away).neutral.reset();
  for (PromptResult& result : judgement_of(away).prompts) result.fault = PromptFault::NoNeutral;
  EXPECT_THAT(codes(decided(away)), ElementsAre("challenge_no_neutral"));
  SelfieAnalysis garbage;
  garbage.unreadable = "clip.mp4: no clip";
  garbage.challenge = ChallengeAnalysis{kChallenge, {}, {}};
  EXPECT_THAT(codes(decided(garbage)), ElementsAre("selfie_unreadable"));
}

TEST(DecideChallenge, RejectsAnotherFaceAndAFaceThatIsAway) {
  SelfieAnalysis other = good_selfie();
  judgement_of(other).weakest_similarity = 0.1;
  EXPECT_THAT(codes(decided(other)), ElementsAre("challenge_identity_change"));
  SelfieAnalysis lost = good_selfie();
  judgement_of(lost).longest_unseen_ms = 2000;
  EXPECT_THAT(codes(decided(lost)), ElementsAre("challenge_face_lost"));
  SelfieAnalysis unknown = good_selfie();
  judgement_of(unknown).longest_unknown_ms = 5000;
  EXPECT_THAT(codes(decided(unknown)), ElementsAre("challenge_face_unknown"));
}

TEST(DecideChallenge, AMovementThatNobodyAskedForIsDecidedByAPerson) {
  SelfieAnalysis selfie = good_selfie();
  judgement_of(selfie).unprompted = 1;
  const Decision decision = decided(selfie);
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("challenge_unprompted_movement"));
}

TEST(DecideChallenge, ThePolicySetsTheLimits) {
  VerificationPolicy policy = policy_from_json(R"({"challenge_turn_deg": 30})", "x");
  EXPECT_EQ(policy.challenge.turn_deg, 30);
  const Decision decision = decide(good_document(), good_selfie(), policy, kThresholds);
  EXPECT_EQ(signal(decision, "challenge_prompt_1").threshold, 30);
}

// The card of Doc 9303, part 5: expires on 15 April 2012.
DocumentAnalysis with_zone(const MrzDate& today,
                           const std::string& second_line = "7408122F1204159UTO<<<<<<<<<<<6") {
  const std::vector<std::string> lines{
      "I<UTOD231458907<<<<<<<<<<<<<<<", second_line, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"};
  auto parsed = parse_mrz(lines, today);
  DocumentAnalysis document = good_document();
  MrzReading reading;
  reading.lines = lines;
  reading.mrz = *parsed;
  document.zone = DocumentZone{reading, today};
  return document;
}

TEST(DecideZone, PassesAValidDocument) {
  const Decision decision = decided(good_selfie(), with_zone({2012, 4, 15}));
  EXPECT_EQ(decision.verdict, Verdict::Accepted);
  EXPECT_EQ(signal(decision, "document_not_expired").value, 0);
  EXPECT_EQ(signal(decision, "document_check_digits").value, 4);
  EXPECT_EQ(signal(decision, "document_check_digits").threshold, 4);
}

TEST(DecideZone, SendsAnExpiredOneToAPerson) {
  const Decision decision = decided(good_selfie(), with_zone({2012, 4, 16}));
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("document_expired"));
  EXPECT_EQ(decision.reasons[0].message, "The document expired on 2012-04-15.");
  EXPECT_EQ(signal(decision, "document_not_expired").value, -1);
}

TEST(DecideZone, SendsWrongCheckDigitsToAPerson) {
  const Decision decision = decided(good_selfie(), with_zone({2010, 1, 1}, "7508122F1204159UTO<<<<<<<<<<<6"));
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("document_check_digits"));
  EXPECT_THAT(decision.reasons[0].message, HasSubstr("2 of 4 do"));
}

TEST(DecideZone, NoZoneIsNotMeasuredAndNotLookedForIsNotThere) {
  DocumentAnalysis document = good_document();
  document.zone = DocumentZone{std::nullopt, {2026, 1, 1}};
  const Decision decision = decided(good_selfie(), document);
  EXPECT_EQ(decision.verdict, Verdict::Accepted);
  EXPECT_EQ(signal(decision, "document_check_digits").state, SignalState::NotMeasured);
  EXPECT_EQ(signal(decision, "document_not_expired").state, SignalState::NotMeasured);
  EXPECT_THROW(signal(decided(good_selfie()), "document_check_digits"), std::out_of_range);
}

TEST(ChallengeResultJson, TellsEveryPromptAndTheTimelineOnlyWhereAsked) {
  SelfieAnalysis selfie = good_selfie();
  selfie.challenge->timeline = {{0, std::nullopt},
                                {40, ChallengeFace{{3.14159F, -2, 0.3F}, 0.31, 0.02, 0.83}}};
  judgement_of(selfie).prompts[1].fault = PromptFault::TooLate;
  const auto json = nlohmann::json::parse(challenge_result_to_json(*selfie.challenge, Detail::Everything));
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["prompts"][0]["passed"], true);
  EXPECT_EQ(json["prompts"][0]["reason"], nullptr);
  EXPECT_EQ(json["prompts"][0]["seen_at_ms"], 2700);
  EXPECT_EQ(json["prompts"][1]["reason"], "too_late");
  EXPECT_EQ(json["timeline"][0]["yaw"], nullptr);
  EXPECT_EQ(json["timeline"][1]["at_ms"], 40);
  EXPECT_EQ(json["timeline"][1]["yaw"], 3.1);
  EXPECT_EQ(json["timeline"][1]["similarity"], 0.83);
  EXPECT_FALSE(nlohmann::json::parse(challenge_result_to_json(*selfie.challenge, Detail::Decision))
                   .contains("timeline"));
}

TEST(TimelineSvg, ShowsEveryPromptWithItsOutcome) {
  SelfieAnalysis selfie = good_selfie();
  for (int i = 0; i < 200; ++i)
    selfie.challenge->timeline.push_back(
        {i * 47.0,
         ChallengeFace{{20 * std::sin(static_cast<float>(i) / 20), 0, 0}, 0.97, 0.05, std::nullopt}});
  judgement_of(selfie).prompts[1].fault = PromptFault::NotSeen;
  const std::string svg = timeline_svg(*selfie.challenge);
  for (const char* part : {"<svg", "turn left", "passed", "blink", "not seen", "mouth open", "</svg>"})
    EXPECT_THAT(svg, HasSubstr(part));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
  // Nothing was seen at all.
  EXPECT_THAT(timeline_svg({kChallenge, {}, {}}), HasSubstr("not judged"));
}

}  // namespace
}  // namespace kyc
