// Recognisers that a user brings as an ONNX file with a description.
#include "kyc/evaluation/templates.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/onnx_description.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

class DescribedRecogniserTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kyc_described_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path describe(const std::string& text) {
    std::ofstream(folder_ / "mine.json") << text;
    return folder_ / "mine.json";
  }
  std::string complaint(const std::string& text) {
    try {
      (void)read_onnx_description(describe(text), "recognition");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      return error.what();
    }
    return "nothing";
  }

  fs::path folder_;
};

TEST_F(DescribedRecogniserTest, DescriptionsSayWhatIsWrongWithThem) {
  const std::string good =
      R"({"name": "mine", "task": "recognition", "file": "m.onnx", "input": {"size": [112, 112]}, "crop": "aligned",
          "output": {"index": 1}, "threshold": 0.4})";
  const OnnxDescription read = read_onnx_description(describe(good), "recognition");
  EXPECT_TRUE(read.aligned);
  EXPECT_EQ(read.index, 1U);
  EXPECT_EQ(read.threshold, 0.4);
  EXPECT_EQ(read.file, folder_ / "m.onnx");
  EXPECT_EQ(described_threshold("onnx:" + (folder_ / "mine.json").string()), 0.4);
  EXPECT_EQ(described_threshold("fr_feature"), std::nullopt);
  EXPECT_THAT(complaint("{"), testing::HasSubstr("mine.json: expected the description of a recogniser"));
  EXPECT_THAT(complaint(R"({"name": "a", "task": "attack_detection"})"),
              testing::HasSubstr("/task: expected \"recognition\""));
  EXPECT_THAT(complaint(R"({"name": "a", "task": "recognition", "file": "f", "input": {"size": [112, 112]},
                            "crop": "face"})"),
              testing::HasSubstr("or \"aligned\""));
  EXPECT_THAT(complaint(R"({"name": "a", "task": "recognition", "file": "f", "input": {"size": [1, 112]}})"),
              testing::HasSubstr("/input/size"));
}

// Two pictures of one person and one of another, through a network of ArcFace's kind.
TEST_F(DescribedRecogniserTest, TellsPeopleApart) {
  const fs::path shared = KYC_SOURCE_DIR "/../shared/data";
  const fs::path network = shared / "models/mobilefacenet-arcface-128.onnx";
  const fs::path models_folder = KYC_SOURCE_DIR "/models";
  if (!fs::exists(network) || !fs::exists(models_folder / "files/fr_detect.onnx"))
    GTEST_SKIP() << "needs ../shared/data/models and models/files (tools/setup)";
  std::vector<TemplateFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(shared / "lfw"))
    if (entry.path().filename() == "Karen_Mok_0001.jpg" || entry.path().filename() == "Karen_Mok_0002.jpg" ||
        entry.path().filename() == "Judy_Genshaft_0001.jpg")
      files.push_back({entry.path().filename().string(), entry.path()});
  if (files.size() != 3) GTEST_SKIP() << "needs three pictures of ../shared/data/lfw";
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  describe(R"({"name": "mfn", "task": "recognition", "file": ")" + network.string() +
           R"(", "input": {"size": [112, 112], "colour": "RGB", "mean": [0, 0, 0], "scale": [1, 1, 1]},
               "crop": "aligned"})");
  const std::string spec = "onnx:" + (folder_ / "mine.json").string();
  const ModelManifest models(models_folder);
  Journal journal({}, "");
  const auto templates = templates_of({models, {}}, spec, files, 1, 1, journal);
  ASSERT_TRUE(templates[0] && templates[1] && templates[2]);
  EXPECT_EQ(templates[0]->values.size(), 128U);
  const double same = compare(*templates[1], *templates[2]);
  EXPECT_GT(same, 0.3);  // the threshold that its makers give for FAR 1e-3
  EXPECT_LT(compare(*templates[0], *templates[1]), 0.3);
  EXPECT_LT(compare(*templates[0], *templates[2]), 0.3);
  EXPECT_THAT(recogniser_sha256(models, spec), testing::HasSubstr(sha256_hex_of_file(network)));
}

}  // namespace
}  // namespace kyc
