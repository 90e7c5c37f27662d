// The detectors whose weights are in this repository: their files are what the manifest says, small, and give
// the scores that they gave when they were trained.

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "kyc/core/files.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/network_detector.h"

namespace kyc {
namespace {

constexpr std::uintmax_t kMostBytes = 4'000'000;
// Other processors sum in another order; a point of the score scale is more than that ever makes.
constexpr double kTolerance = 0.01;

const ModelManifest& shipped_models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

std::vector<const ModelEntry*> shipped() {
  std::vector<const ModelEntry*> out;
  for (const ModelEntry& entry : shipped_models().entries())
    if (entry.file.starts_with("shipped/")) out.push_back(&entry);
  return out;
}

TEST(ShippedDetectors, AreSmallAndHaveTheirRecordBesideThem) {
  EXPECT_FALSE(shipped().empty());
  for (const ModelEntry* entry : shipped()) {
    const std::filesystem::path file = shipped_models().file_of(*entry);
    EXPECT_LE(std::filesystem::file_size(file), kMostBytes) << entry->name;
    EXPECT_EQ(sha256_hex_of_file(file), entry->sha256) << entry->name;
    const std::string record = read_text_file(file.parent_path() / "record.json");
    EXPECT_NE(record.find(entry->sha256), std::string::npos)
        << entry->name << ": the record of another training";
    EXPECT_NO_THROW((void)threshold(*entry, "default")) << entry->name;
    EXPECT_FALSE(entry->limits.empty()) << entry->name;
  }
}

// A photo, and for those that see movement a clip, about which they are not sure: near 0 and 1 any network
// would do.
TEST(ShippedDetectors, GiveThePinnedScores) {
  const std::map<std::string, double> pinned = {{"deepfake_small", 0.1461},
                                                {"generated_small", 0.9546},
                                                {"replay_small", 0.0374},
                                                {"movement_small", 0.8340}};
  const FaceAnalyzer faces({shipped_models(), {}});
  AssessOptions options;
  options.max_s = 4;
  for (const ModelEntry* entry : shipped()) {
    AttackDetectors detectors;
    detectors.push_back(network_detector(*entry, {shipped_models(), {}}));
    const bool moves = entry->detection->sees == "movement";
    const MediaAssessment found = assess_file(
        moves ? KYC_SOURCE_DIR "/samples/cap13_edit2.mp4" : KYC_SOURCE_DIR "/samples/franck_01829.jpg",
        faces,
        detectors,
        options);
    ASSERT_EQ(found.findings.size(), 1U);
    ASSERT_TRUE(found.findings.front()) << entry->name;
    const double score = found.findings.front()->score;
    ASSERT_TRUE(pinned.contains(entry->name)) << entry->name << " scores " << score;
    EXPECT_NEAR(score, pinned.at(entry->name), kTolerance) << entry->name;
  }
}

}  // namespace
}  // namespace kyc
