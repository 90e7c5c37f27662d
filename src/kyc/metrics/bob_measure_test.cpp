// The reference arrays of bob.measure (50 mated and 50 non-mated scores that overlap).

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/metrics/distributions.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/metrics/expected_performance.h"

namespace kyc {
namespace {

const std::filesystem::path kFolder = KYC_SOURCE_DIR "/../shared/vectors/bob-measure";

// The dataset of such a file is contiguous: plain little-endian doubles from byte `offset` on (h5dump -p
// tells).
std::vector<double> read_array(const std::string& name, std::size_t offset, std::size_t count) {
  std::ifstream in(kFolder / name, std::ios::binary);
  std::vector<double> out(count);
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(count * sizeof(double)));
  EXPECT_TRUE(in) << name;
  return out;
}

class BobArrays : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) GTEST_SKIP() << "shared/vectors/bob-measure is not there";
    mated_ = read_array("nonsep-positives.hdf5", 2144, 50);
    non_mated_ = read_array("nonsep-negatives.hdf5", 2144, 50);
  }
  std::vector<double> mated_;
  std::vector<double> non_mated_;
};

TEST_F(BobArrays, EveryPointOfTheRocCurveIsOnOurs) {
  const ErrorCurve curve = error_curve(mated_, non_mated_);
  const std::vector<double> roc = read_array("nonsep-roc.hdf5", 2048, 200);
  for (std::size_t k = 0; k < 100; ++k) {
    double nearest = 2;
    for (std::size_t i = 0; i < curve.size(); ++i)
      nearest = std::min(nearest, std::abs(curve.fmr(i) - roc[k]) + std::abs(curve.fnmr(i) - roc[100 + k]));
    EXPECT_LE(nearest, 1e-15) << "FMR " << roc[k] << ", FNMR " << roc[100 + k];
  }
}

// Its axes are normal deviates by an approximation that is good to 1e-9; rates of 0 and 1 are drawn at +-8.1.
TEST_F(BobArrays, EveryPointOfTheDetCurveIsOnOurs) {
  const ErrorCurve curve = error_curve(mated_, non_mated_);
  const std::vector<double> det = read_array("nonsep-det.hdf5", 2048, 200);
  const auto deviate = [](double rate) { return std::clamp(normal_quantile(rate), -8.12636, 8.12636); };
  for (std::size_t k = 0; k < 100; ++k) {
    double nearest = 100;
    for (std::size_t i = 0; i < curve.size(); ++i)
      nearest = std::min(
          nearest,
          std::abs(deviate(curve.fmr(i)) - det[k]) + std::abs(deviate(curve.fnmr(i)) - det[100 + k]));
    EXPECT_LE(nearest, 1e-5);
  }
}

// Thresholds set on the first half, measured on the second: 99 of 100 points. At alpha 2/3 two thresholds are
// equally good on the first half, and bob takes the one with the higher sum of both rates.
TEST_F(BobArrays, TheExpectedPerformanceCurveAgrees) {
  const std::vector<double> expected = read_array("nonsep-epc.hdf5", 2144, 300);
  const std::span<const double> mated(mated_);
  const std::span<const double> non_mated(non_mated_);
  const auto curve = expected_performance_curve(
      mated.first(25), non_mated.first(25), mated.subspan(25), non_mated.subspan(25), 100);
  ASSERT_EQ(curve.size(), 100U);
  for (std::size_t k = 0; k < 100; ++k) {
    EXPECT_NEAR(curve[k].alpha, expected[k], 1e-15);
    if (k == 66) continue;
    EXPECT_NEAR(curve[k].hter, expected[100 + k], 1e-15) << "alpha " << expected[k];
  }
}

}  // namespace
}  // namespace kyc
