#include "kyc/quality/ofiq_maps.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kyc {
namespace {

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ';');) out.push_back(field);
  return out;
}

// OFIQ's own table: 28 pictures, 28 components, native and mapped.
TEST(OfiqMaps, GiveEveryValueOfItsConformanceTable) {
  const std::string path = KYC_SOURCE_DIR "/../shared/vectors/ofiq/expected_results.csv";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "the shared vectors are absent";
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  const std::vector<std::string> names = fields(line);
  int values = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> row = fields(line);
    ASSERT_GE(row.size(), 57);
    for (std::size_t i = 1; i <= 28; ++i) {
      const auto mapped = ofiq_quality(names[i], std::stod(row[i]));
      ASSERT_TRUE(mapped) << names[i];
      EXPECT_EQ(*mapped, std::stoi(row[i + 28])) << names[i] << " of " << row[0];
      ++values;
    }
  }
  EXPECT_EQ(values, 28 * 28);
}

TEST(OfiqMaps, FollowTheirFormulas) {
  EXPECT_EQ(ofiq_quality("HeadPoseYaw", 45), 50);
  EXPECT_EQ(ofiq_quality("HeadPoseYaw", -90), 0);
  EXPECT_EQ(ofiq_quality("InterEyeDistance", 70), 50);
  EXPECT_EQ(ofiq_quality("HeadSize", 0.45), 100);
  EXPECT_EQ(ofiq_quality("SingleFacePresent", 0.25), 75);
  EXPECT_EQ(ofiq_quality("OverExposurePrevention", 0), 100);
  EXPECT_EQ(ofiq_quality("NoHeadCoverings", 0), 100);
  EXPECT_EQ(ofiq_quality("NoHeadCoverings", 0.95), 0);
  EXPECT_FALSE(ofiq_quality("Beauty", 1));
  EXPECT_EQ(ofiq_components().size(), 28);
}

TEST(OfiqMaps, StayBetween0And100) {
  for (const std::string& name : ofiq_components())
    for (const double native : {-1e6, -1.0, 0.0, 0.5, 1.0, 30.0, 1e6}) {
      if (name == "IlluminationUniformity" && native < 0) continue;  // a share: no roots of negative ones
      const int quality = ofiq_quality(name, native).value();
      EXPECT_GE(quality, 0) << name;
      EXPECT_LE(quality, 100) << name;
    }
}

}  // namespace
}  // namespace kyc
