#include "kyc/training/detector_training.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "kyc/core/files.h"
#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/session.h"
#include "kyc/training/drawn_set_test.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DetectorTraining : public DrawnSet {
 protected:
  DetectorTrainingOptions options(int people, bool attacks = true) const {
    DetectorTrainingOptions out;
    out.name = "stripes";
    out.datasets = {draw(people, attacks)};
    out.set.shares = {0.5, 0.25, 0.25};
    out.side = 32;
    out.out = root_ / "out";
    out.batches.size = 8;
    out.batches.augment = no_augmentation();
    out.training.epochs = 6;
    out.training.steps_per_epoch = 6;
    out.training.learning_rate = 3e-3;
    return out;
  }
};

#define SKIP_WITHOUT_TORCH() \
  if (!torch_status().available) GTEST_SKIP() << "no LibTorch: " << torch_status().reason

TEST_F(DetectorTraining, LearnsToTellStripesFromNoneAndSaysHowWell) {
  SKIP_WITHOUT_TORCH();
  DetectorTrainingOptions given = options(16);
  given.test_chains = {"jpeg90"};
  given.crops.folder = root_ / "crops";  // nothing else makes the folder of the results
  const TrainedDetector detector = train_detector(given, test_resources());
  ASSERT_TRUE(detector.validation.has_value());
  EXPECT_GT(detector.validation->auc->auc, 0.9);
  ASSERT_EQ(detector.tests.size(), 2U);
  EXPECT_GT(detector.tests[0].auc->auc, 0.9);
  EXPECT_EQ(detector.tests[1].condition, "jpeg90");
  EXPECT_EQ(detector.counts.at("train")[0], 8U);
  EXPECT_EQ(detector.thresholds.size(), 3U);
  EXPECT_THAT(detector.thresholds[0].data, HasSubstr("validation split of set: 4 attacks, 4 bona fide"));

  write_detector(given, detector, "test");
  const auto record = nlohmann::json::parse(read_text_file(given.out / "record.json"));
  EXPECT_EQ(record.at("history").size(), 6U);
  EXPECT_EQ(record.at("sha256"), sha256_hex(read_file(given.out / "stripes.onnx")));
  EXPECT_EQ(record.at("tests").at(0).at("clips_and_pictures").at("auc"), detector.tests[0].auc->auc);
  // The entry can go into a manifest as it is.
  fs::create_directories(given.out / "files");
  fs::copy(given.out / "stripes.onnx", given.out / "files/stripes.onnx");
  write_text_file(given.out / "manifest.json",
                  R"({"models": [)" + read_text_file(given.out / "entry.json") + "]}");
  const ModelManifest manifest(given.out);
  EXPECT_EQ(Session(manifest, "stripes").inputs().at(0).shape, (std::vector<std::int64_t>{-1, 3, 32, 32}));
  EXPECT_EQ(manifest.entry("stripes").thresholds.size(), 3U);
}

TEST_F(DetectorTraining, GivesTheSameNetworkForTheSameSeed) {
  SKIP_WITHOUT_TORCH();
  DetectorTrainingOptions given = options(8);
  given.training.epochs = 2;
  given.batches.augment = {};
  const auto first = train_detector(given, test_resources()).model;
  fs::remove(given.out / "checkpoint");
  EXPECT_EQ(train_detector(given, test_resources()).model, first);
  fs::remove(given.out / "checkpoint");
  given.seed = 2;
  EXPECT_NE(train_detector(given, test_resources()).model, first);
}

TEST_F(DetectorTraining, NeedsNoAttacksWithSelfBlendedImages) {
  SKIP_WITHOUT_TORCH();
  DetectorTrainingOptions given = options(8, false);
  given.batches.self_blended = 1;
  given.training.epochs = 1;
  const TrainedDetector detector = train_detector(given, test_resources());
  EXPECT_TRUE(detector.validated_on_blended);
  EXPECT_TRUE(detector.validation->auc.has_value());
  EXPECT_THAT(detector.thresholds[0].data, HasSubstr("self-blending"));
}

TEST_F(DetectorTraining, StopsWhenAskedAndGoesOnToTheSameNetwork) {
  SKIP_WITHOUT_TORCH();
  DetectorTrainingOptions given = options(8);
  given.training.epochs = 3;
  const auto whole = train_detector(given, test_resources()).model;
  fs::remove(given.out / "checkpoint");
  std::stop_source stop;
  DetectorTrainingHooks hooks;
  hooks.stop = stop.get_token();
  hooks.on_epoch = [&](const EpochResult& epoch) {
    if (epoch.epoch == 0) stop.request_stop();
  };
  EXPECT_TRUE(train_detector(given, test_resources(), nullptr, hooks).run.interrupted);
  const TrainedDetector resumed = train_detector(given, test_resources());
  EXPECT_TRUE(resumed.run.resumed_at.has_value());
  EXPECT_EQ(resumed.model, whole);
  EXPECT_EQ(resumed.run.history.size(), 3U);
}

TEST_F(DetectorTraining, WithoutLibTorchSaysWhatIsMissing) {
  if (torch_status().available) GTEST_SKIP() << "LibTorch is here";
  EXPECT_THAT(refusal(ErrorCode::Unavailable, [&] { train_detector(options(2), test_resources()); }),
              HasSubstr("LibTorch"));
}

TEST_F(DetectorTraining, RefusesNetworksOfAnotherShape) {
  DetectorTrainingOptions given = options(1);
  given.side = 0;
  given.architecture = (root_ / "net.onnx").string();
  write_file(given.architecture, new_network("mesonet_4", {.side = 64, .outputs = 2}));
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { start_network(given); }),
              HasSubstr("expected an output [n, 1], the logit of an attack, got 'logits' [-1, 2]"));
  write_file(given.architecture, new_network("mesonet_4", {.side = 64}));
  EXPECT_EQ(start_network(given).input.shape, (std::vector<std::int64_t>{1, 3, 64, 64}));
  given.side = 32;
  refusal(ErrorCode::InvalidArgument, [&] { start_network(given); });
  write_text_file(given.architecture, "no network");
  given.side = 0;
  refusal(ErrorCode::Corrupt, [&] { start_network(given); });
  given.architecture = "no_such_architecture";
  EXPECT_THAT(refusal(ErrorCode::NotFound, [&] { start_network(given); }), HasSubstr("xception"));
}

TEST_F(DetectorTraining, ShowsWhatWouldBeTrainedOn) {
  const std::vector<TrainingPicture> pictures = training_pictures(options(8), test_resources(), 8);
  ASSERT_EQ(pictures.size(), 8U);
  EXPECT_FALSE(pictures[0].attack);
  EXPECT_TRUE(pictures[7].attack);
  EXPECT_EQ(pictures[0].image.width, 32);
}

TEST(DetectorTrainingOptions, AreChecked) {
  refusal(ErrorCode::InvalidArgument, [] { check(DetectorTrainingOptions{}); });
  DetectorTrainingOptions given;
  given.datasets = {"set"};
  given.out = "out";
  EXPECT_NO_THROW(check(given));
  given.test_chains = {"jpeg500"};
  refusal(ErrorCode::InvalidArgument, [&] { check(given); });
  given.test_chains = {};
  given.name = "a/b";
  refusal(ErrorCode::InvalidArgument, [&] { check(given); });
}

}  // namespace
}  // namespace kyc
