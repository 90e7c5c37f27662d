#include "kyc/training/closed_form.h"

#include <nlohmann/json.hpp>

#include "kyc/core/files.h"
#include "kyc/training/detector_training.h"
#include "kyc/training/drawn_set_test.h"

namespace kyc {
namespace {

class ClosedForm : public DrawnSet {
 protected:
  DetectorTrainingOptions solving(const std::filesystem::path& set) const {
    DetectorTrainingOptions out;
    out.datasets = {set};
    out.set.shares = {0.5, 0.25, 0.25};
    out.architecture = "faceres@conv_dw_2_relu/clip_by_value,conv_dw_3_relu/clip_by_value#views";
    out.side = 96;
    out.closed_form = {.ridge = 0.05, .copies = 2};
    out.out = root_ / "out";
    return out;
  }
};

TEST_F(ClosedForm, TellsStripedFacesOfOtherPeople) {
  const DetectorTrainingOptions options = solving(draw(24));
  const TrainedDetector detector = train_detector(options, test_resources());
  ASSERT_TRUE(detector.validation.has_value());
  ASSERT_EQ(detector.tests.size(), 1U);
  EXPECT_GT(detector.tests[0].auc.value().auc, 0.85);
  EXPECT_FALSE(detector.run.interrupted);
  EXPECT_TRUE(detector.run.history.empty());
  // 64 and 128 channels, mean and variance, six views; and a constant.
  EXPECT_EQ(detector.parameters, 2U * 6 * (64 + 128) + 1);
  const auto record = nlohmann::json::parse(record_json(options, detector, "test"));
  EXPECT_EQ(record["options"]["ridge"], 0.05);
  EXPECT_EQ(record["options"]["copies"], 2);
  EXPECT_FALSE(record["options"].contains("learning_rate"));
  EXPECT_TRUE(record["best_epoch"].is_null());
  // Thresholds are set by a solution that does not know the people of the validation split.
  EXPECT_FALSE(detector.judged.empty());
  EXPECT_NE(detector.judged, detector.model);
  EXPECT_TRUE(record["solved_on"].is_string());
}

TEST_F(ClosedForm, IsTheSameForTheSameSeed) {
  const DetectorTrainingOptions options = solving(draw(8));
  const TrainedDetector once = train_detector(options, test_resources());
  DetectorTrainingOptions in_parallel = options;
  in_parallel.jobs = 2;
  EXPECT_EQ(once.model, train_detector(in_parallel, test_resources()).model);
  in_parallel.seed = 2;
  EXPECT_NE(once.model, train_detector(in_parallel, test_resources()).model);
}

TEST_F(ClosedForm, SaysWhatItCanNotDo) {
  DetectorTrainingOptions options = solving(draw(2));
  options.closed_form.copies = 0;
  refusal(ErrorCode::InvalidArgument, [&] { (void)train_detector(options, test_resources()); });
  options = solving(root_ / "set");
  options.closed_form.ridge = -1;
  refusal(ErrorCode::InvalidArgument, [&] { (void)train_detector(options, test_resources()); });
  options = solving(root_ / "set");
  options.batches.self_blended = 0.5;
  refusal(ErrorCode::InvalidArgument, [&] { (void)train_detector(options, test_resources()); });
}

}  // namespace
}  // namespace kyc
