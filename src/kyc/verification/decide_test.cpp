#include "kyc/verification/decide.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/verification/decision_test.h"

namespace kyc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

// Templates in a plane: the cosine of two is the cosine of the angle between them.
FaceTemplate template_at(double similarity_with_zero) {
  const double angle = std::acos(similarity_with_zero);
  return {"model", {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))}};
}

DocumentAnalysis good_document() {
  DocumentAnalysis document;
  document.width = 600;
  document.height = 400;
  document.faces = {face_of_size(60)};
  document.reference = template_at(1.0);
  return document;
}

// Three seconds of a person who turns the head from -10 to 10 degrees.
SelfieAnalysis good_selfie() {
  SelfieAnalysis selfie;
  selfie.duration_s = 3;
  selfie.frames_read = 90;
  selfie.frames_analysed = 16;
  selfie.change = 3.0;
  selfie.attack.finding = AttackFinding{0.01, {}};
  for (int i = 0; i < 16; ++i) {
    const float yaw = -10.0F + 20.0F * static_cast<float>(i) / 15.0F;
    selfie.track.push_back({.time_s = i * 0.2,
                            .pose = {yaw, 0, 0},
                            .pose_geometric = {yaw, 0, 0},
                            .inter_eye_px = 80,
                            .eyes_open = 0.9,
                            .self_similarity = 0.8});
  }
  for (int i = 0; i < 3; ++i) {
    SelfieFrame frame;
    frame.face = face_of_size(80);
    frame.probe = template_at(0.6);
    selfie.best.push_back(frame);
  }
  return selfie;
}

Decision decide_with(const DocumentAnalysis& document, const SelfieAnalysis& selfie) {
  return decide(document, selfie, VerificationPolicy{}, kTestThresholds);
}

TEST(Decide, AcceptsTheSamePersonMovingInFrontOfTheCamera) {
  const Decision decision = decide_with(good_document(), good_selfie());
  EXPECT_EQ(decision.verdict, Verdict::Accepted);
  EXPECT_THAT(decision.reasons, IsEmpty());
  for (const Signal& one : decision.signals) EXPECT_EQ(one.state, SignalState::Pass) << one.name;
}

TEST(Decide, ListsValueThresholdAndProvenanceOfEveryMeasuredLimit) {
  const Decision decision = decide_with(good_document(), good_selfie());
  const Signal& similarity = signal(decision, "similarity");
  EXPECT_NEAR(similarity.value.value(), 0.6, 1e-6);
  EXPECT_EQ(similarity.threshold, 0.33);
  EXPECT_EQ(similarity.provenance, "model fmr_1e-3: FMR 1e-3; test data");
  for (const Signal& one : decision.signals)
    if (one.threshold) {
      EXPECT_FALSE(one.provenance.empty()) << one.name;
      EXPECT_TRUE(one.value.has_value()) << one.name;
    }
}

TEST(Decide, RejectsAnotherPerson) {
  SelfieAnalysis selfie = good_selfie();
  for (SelfieFrame& frame : selfie.best) frame.probe = template_at(0.1);
  const Decision decision = decide_with(good_document(), selfie);
  EXPECT_EQ(decision.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(decision), ElementsAre("different_person"));
}

TEST(Decide, SendsADoubtfulSimilarityToReview) {
  SelfieAnalysis selfie = good_selfie();
  for (SelfieFrame& frame : selfie.best) frame.probe = template_at(0.25);
  const Decision decision = decide_with(good_document(), selfie);
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("similarity_doubtful"));
}

TEST(Decide, AcceptsAtTheThresholdItself) {
  SelfieAnalysis selfie = good_selfie();
  VerificationThresholds thresholds = kTestThresholds;
  thresholds.same_person.value = compare(selfie.best.front().probe, good_document().reference);
  EXPECT_EQ(decide(good_document(), selfie, {}, thresholds).verdict, Verdict::Accepted);
  thresholds.same_person.value = std::nextafter(thresholds.same_person.value, 2);
  EXPECT_EQ(decide(good_document(), selfie, {}, thresholds).verdict, Verdict::Review);
}

TEST(Decide, CallsAnAttackAtTheThresholdItself) {
  SelfieAnalysis selfie = good_selfie();
  selfie.attack.finding = AttackFinding{0.7, {}};
  const Decision decision = decide_with(good_document(), selfie);
  EXPECT_EQ(decision.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(decision), ElementsAre("presentation_attack"));
}

TEST(Decide, AForgedFaceIsDecidedAsThePolicySays) {
  VerificationThresholds thresholds = kTestThresholds;
  thresholds.deepfake = {"default", 0.6, "BPCER at most 2 %", "other test data"};
  thresholds.deepfake_detector = "fusion";
  SelfieAnalysis selfie = good_selfie();
  selfie.deepfake.finding = AttackFinding{0.6, {{"srm", 0.9, "noise", 1.5}}};
  VerificationPolicy policy;
  const Decision doubtful = decide(good_document(), selfie, policy, thresholds);
  EXPECT_EQ(doubtful.verdict, Verdict::Review);
  EXPECT_THAT(codes(doubtful), ElementsAre("deepfake"));
  EXPECT_THAT(doubtful.reasons[0].message, HasSubstr("score 0.60, limit 0.60; most of it: srm 0.90"));
  EXPECT_EQ(signal(doubtful, "deepfake_score").provenance,
            "fusion default: BPCER at most 2 %; other test data");
  policy.deepfake_effect = "reject";
  EXPECT_EQ(decide(good_document(), selfie, policy, thresholds).verdict, Verdict::Rejected);
  selfie.deepfake.finding->score = 0.59;
  EXPECT_EQ(decide(good_document(), selfie, policy, thresholds).verdict, Verdict::Accepted);
  // Not asked: no signal. Asked and without an answer: said, and no reason to keep anybody out.
  EXPECT_THROW(signal(decide_with(good_document(), selfie), "deepfake_score"), std::out_of_range);
  selfie.deepfake = {std::nullopt, "no frame shows a face well enough"};
  const Decision silent = decide(good_document(), selfie, policy, thresholds);
  EXPECT_EQ(silent.verdict, Verdict::Accepted);
  EXPECT_EQ(signal(silent, "deepfake_score").state, SignalState::NotMeasured);
}

TEST(Decide, NoFaceOnTheDocumentIsItsOwnReason) {
  DocumentAnalysis document;
  document.width = document.height = 100;
  const Decision decision = decide_with(document, good_selfie());
  EXPECT_EQ(decision.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(decision), ElementsAre("document_no_face"));
  EXPECT_EQ(signal(decision, "similarity").state, SignalState::NotMeasured);
}

TEST(Decide, ASecondPersonOnTheDocumentRejectsAGhostImageDoesNot) {
  DocumentAnalysis document = good_document();
  document.faces.push_back(face_of_size(50));
  document.second_face = 50.0 / 60;
  document.second_face_similarity = 0.1;
  EXPECT_THAT(codes(decide_with(document, good_selfie())), ElementsAre("document_two_faces"));
  document.second_face_similarity = 0.5;
  EXPECT_EQ(decide_with(document, good_selfie()).verdict, Verdict::Accepted);
  document.second_face_similarity = 0.1;
  document.second_face = 0.2;
  EXPECT_EQ(decide_with(document, good_selfie()).verdict, Verdict::Accepted);
}

TEST(Decide, ASmallPortraitIsDecidedByAPerson) {
  DocumentAnalysis document = good_document();
  document.faces = {face_of_size(10)};
  const Decision decision = decide_with(document, good_selfie());
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("document_face_small"));
}

TEST(Decide, NoFaceInTheSelfieIsItsOwnReason) {
  SelfieAnalysis selfie = good_selfie();
  selfie.track.clear();
  selfie.best.clear();
  selfie.change.reset();
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_no_face"));
}

TEST(Decide, ASecondPersonInTheSelfieIsItsOwnReason) {
  SelfieAnalysis selfie = good_selfie();
  selfie.frames_with_second_face = 3;
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_second_face"));
}

TEST(Decide, AChangeOfIdentityIsFoundOneBlurredFrameIsNot) {
  SelfieAnalysis selfie = good_selfie();
  selfie.track[7].self_similarity = 0.05;
  EXPECT_EQ(decide_with(good_document(), selfie).verdict, Verdict::Accepted);
  selfie.track[8].self_similarity = 0.05;
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_identity_change"));
}

TEST(Decide, AStillPictureIsItsOwnReason) {
  SelfieAnalysis selfie = good_selfie();
  selfie.change = 0.02;
  for (auto& observation : selfie.track) observation.pose = observation.pose_geometric = {};
  const Decision decision = decide_with(good_document(), selfie);
  EXPECT_EQ(decision.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(decision), ElementsAre("still_picture", "no_head_movement"));
}

TEST(Decide, AHeadThatDoesNotMoveIsDecidedByAPerson) {
  SelfieAnalysis selfie = good_selfie();
  for (auto& observation : selfie.track)
    observation.pose_geometric = {};  // only one of the two measures moves
  const Decision decision = decide_with(good_document(), selfie);
  EXPECT_EQ(decision.verdict, Verdict::Review);
  EXPECT_THAT(codes(decision), ElementsAre("no_head_movement"));
}

TEST(Decide, AOneFrameClipIsItsOwnReason) {
  SelfieAnalysis selfie = good_selfie();
  selfie.frames_read = selfie.frames_analysed = 1;
  selfie.duration_s = 0;
  selfie.track.resize(1);
  selfie.best.resize(1);
  selfie.change.reset();
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_single_frame"));
}

TEST(Decide, AShortAndALongClipAreTheirOwnReasons) {
  SelfieAnalysis selfie = good_selfie();
  selfie.duration_s = 0.5;
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_too_short"));
  selfie = good_selfie();
  selfie.cut_at_max_duration = true;
  EXPECT_THAT(codes(decide_with(good_document(), selfie)), ElementsAre("selfie_too_long"));
}

TEST(Decide, DamagedFilesAreTheirOwnReasons) {
  DocumentAnalysis document;
  document.unreadable = "card.jpg: cut short";
  SelfieAnalysis selfie;
  selfie.unreadable = "clip.mp4: no clip";
  const Decision both = decide_with(document, selfie);
  EXPECT_EQ(both.verdict, Verdict::Rejected);
  EXPECT_THAT(codes(both), ElementsAre("document_unreadable", "selfie_unreadable"));
  EXPECT_THAT(both.reasons,
              Contains(Field(&Reason::message, "The document could not be read: card.jpg: cut short.")));

  selfie = good_selfie();
  selfie.damage = "clip.mp4: 3 packets could not be decoded";
  const Decision doubt = decide_with(good_document(), selfie);
  EXPECT_EQ(doubt.verdict, Verdict::Review);
  EXPECT_THAT(codes(doubt), ElementsAre("selfie_damaged"));
}

TEST(Decide, NamesRejectionsBeforeDoubts) {
  DocumentAnalysis document = good_document();
  document.faces = {face_of_size(10)};  // a doubt, asked first
  SelfieAnalysis selfie = good_selfie();
  for (SelfieFrame& frame : selfie.best) frame.probe = template_at(0);
  EXPECT_THAT(codes(decide_with(document, selfie)), ElementsAre("different_person", "document_face_small"));
}

}  // namespace
}  // namespace kyc
