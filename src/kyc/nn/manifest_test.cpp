#include "kyc/nn/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ManifestTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("kyc_manifest_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_ / "files");
    write_text_file(folder_ / "files/tiny.onnx", "weights");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  ModelManifest manifest(const json& document) const {
    write_text_file(folder_ / "manifest.json", document.dump());
    return ModelManifest(folder_);
  }

  // The message of the Error{code} that reading `document` must end in.
  std::string complaint(const json& document) const {
    try {
      manifest(document);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      return error.what();
    }
    return "(no error)";
  }

  static json one_model() {
    return {{"models",
             {{{"name", "tiny"},
               {"task", "recognition"},
               {"file", "files/tiny.onnx"},
               {"format", "onnx"},
               {"sha256", "9774e73f5d0d35de7c33c6f5fb1d1b6a53e44d3a67b08b1f8dbb8d4a1b0f1f2c"},
               {"licence", "MIT"},
               {"origin", "a test"},
               {"purpose", "nothing"},
               {"inputs", {{{"name", "x"}, {"shape", {1, 3, 2, 2}}, {"colour", "RGB"}, {"mean", {1, 2, 3}}}}},
               {"outputs", {"y [n, 2]: two values"}},
               {"thresholds",
                {{{"name", "fmr_1e-3"}, {"value", 0.3}, {"rate", "FMR 1e-3"}, {"data", "none"}}}}}}}};
  }

  std::filesystem::path folder_;
};

TEST_F(ManifestTest, ReadsAnEntry) {
  const ModelManifest m = manifest(one_model());
  ASSERT_EQ(m.entries().size(), 1U);
  const ModelEntry& entry = m.entry("tiny");
  EXPECT_EQ(entry.task, "recognition");
  EXPECT_EQ(entry.inputs[0].shape, (std::vector<std::int64_t>{1, 3, 2, 2}));
  EXPECT_EQ(entry.inputs[0].mean[2], 3);
  EXPECT_EQ(entry.inputs[0].scale[2], 1);
  EXPECT_EQ(threshold(entry, "fmr_1e-3").value, 0.3);
  EXPECT_FALSE(entry.user_supplied);
  EXPECT_TRUE(m.is_present(entry));
  EXPECT_EQ(m.file_of(entry), folder_ / "files/tiny.onnx");
}

TEST_F(ManifestTest, NamesThePlaceOfAMistake) {
  const json good = one_model();
  const auto with = [&](const std::string& pointer, const json& value) {
    json changed = good;
    changed[json::json_pointer(pointer)] = value;
    return complaint(changed);
  };
  EXPECT_THAT(with("/models/0/name", 7),
              HasSubstr("/manifest.json: /models/0/name: expected a string, got number"));
  EXPECT_THAT(with("/models/0/name", ""), HasSubstr("/models/0/name: must not be empty"));
  EXPECT_THAT(with("/models/0/colour", "RGB"), HasSubstr("/models/0: unknown key \"colour\""));
  EXPECT_THAT(with("/models/0/file", "../../etc/passwd"), HasSubstr("/models/0/file: must lie inside"));
  EXPECT_THAT(with("/models/0/file", "/etc/passwd"), HasSubstr("/models/0/file: must lie inside"));
  EXPECT_THAT(with("/models/0/sha256", "ABC"), HasSubstr("/models/0/sha256: expected 64"));
  EXPECT_THAT(with("/models/0/inputs/0/colour", "HSV"), HasSubstr("/models/0/inputs/0/colour: expected"));
  EXPECT_THAT(with("/models/0/inputs/0/mean", {1, 2}),
              HasSubstr("/models/0/inputs/0/mean: expected 3 numbers, got 2"));
  EXPECT_THAT(with("/models/0/inputs/0/scale", {1, 0, 1}),
              HasSubstr("/models/0/inputs/0/scale: must not be 0"));
  EXPECT_THAT(with("/models/0/inputs/0/shape/1", -3),
              HasSubstr("/models/0/inputs/0/shape/1: expected 0 (free)"));
  EXPECT_THAT(with("/models/0/inputs/0/shape/1", 2.5),
              HasSubstr("/models/0/inputs/0/shape/1: expected a whole"));
  EXPECT_THAT(with("/models/0/thresholds/0/value", "high"),
              HasSubstr("/models/0/thresholds/0/value: expected a number"));
  EXPECT_THAT(with("/models", 1), HasSubstr("/models: expected an array, got number"));
  json twice = good;
  twice["models"].push_back(good["models"][0]);
  EXPECT_THAT(complaint(twice), HasSubstr("\"tiny\" is there twice"));
  json unpinned = good;
  unpinned["models"][0].erase("sha256");
  EXPECT_THAT(complaint(unpinned), HasSubstr("/models/0: \"sha256\" is missing"));
}

TEST_F(ManifestTest, ReadsHowPicturesAreChanged) {
  json document = one_model();
  json& model = document["models"][0];
  model["inputs"] = {
      {{"name", "x"}, {"shape", {0, 256, 256, 3}}, {"colour", "RGB"}, {"layout", "NHWC"}, {"role", "target"}},
      {{"name", "id"}, {"shape", {0, 512}}, {"role", "identity"}},
      {{"name", "w"}, {"shape", {1}}, {"role", "number"}, {"value", 0.7}}};
  model["edit"] = {{"alignment", "arcface_128"},
                   {"paste", "box"},
                   {"identity", {{"model", "other"}, {"normalise", false}, {"emap", true}}},
                   {"scale", {255, 255, 255}},
                   {"multiple", 64}};
  const ModelEntry entry = manifest(document).entry("tiny");
  EXPECT_EQ(entry.inputs[0].layout, "NHWC");
  EXPECT_EQ(entry.inputs[1].role, "identity");
  EXPECT_FLOAT_EQ(entry.inputs[2].value, 0.7F);
  ASSERT_TRUE(entry.edit && entry.edit->identity);
  EXPECT_EQ(entry.edit->alignment, "arcface_128");
  EXPECT_EQ(entry.edit->identity->model, "other");
  EXPECT_TRUE(entry.edit->identity->emap);
  EXPECT_FALSE(entry.edit->identity->normalise);
  EXPECT_EQ(entry.edit->layout, "NCHW");
  EXPECT_EQ(entry.edit->scale[1], 255);
  EXPECT_EQ(entry.edit->multiple, 64);

  const json good = document;
  const auto with = [&](const std::string& pointer, const json& value) {
    json changed = good;
    changed[json::json_pointer(pointer)] = value;
    return complaint(changed);
  };
  EXPECT_THAT(with("/models/0/edit/alignment", "dlib"),
              HasSubstr("/models/0/edit/alignment: expected one of \"arcface_112\""));
  EXPECT_THAT(with("/models/0/edit/paste", "cut"), HasSubstr("/models/0/edit/paste: expected one of"));
  EXPECT_THAT(with("/models/0/edit/scale", {1, 0, 1}), HasSubstr("/models/0/edit/scale: must not be 0"));
  EXPECT_THAT(with("/models/0/edit/multiple", 0), HasSubstr("/models/0/edit/multiple: expected 1 to 1024"));
  EXPECT_THAT(with("/models/0/inputs/0/role", "mask"), HasSubstr("/models/0/inputs/0/role: expected one of"));
  EXPECT_THAT(with("/models/0/inputs/0/layout", "CHW"), HasSubstr("/models/0/inputs/0/layout: expected"));
}

TEST_F(ManifestTest, ReadsWhatADetectorSees) {
  json document = one_model();
  document["models"][0]["detection"] = {{"detects", {"generated"}},
                                        {"box", 2.5},
                                        {"square", true},
                                        {"inside", true},
                                        {"mirrored", true},
                                        {"quantile", 0.8},
                                        {"output", "sigmoid"},
                                        {"attack", 0}};
  const auto detection = manifest(document).entry("tiny").detection;
  ASSERT_TRUE(detection);
  EXPECT_FLOAT_EQ(detection->box, 2.5F);
  EXPECT_TRUE(detection->square && detection->inside);
  EXPECT_FALSE(detection->cut || detection->bona_fide);
  EXPECT_TRUE(detection->mirrored);
  EXPECT_EQ(detection->quantile, 0.8);

  const json good = document;
  const auto with = [&](const std::string& key, const json& value) {
    json changed = good;
    changed["models"][0]["detection"][key] = value;
    return complaint(changed);
  };
  EXPECT_THAT(with("square", false), HasSubstr("/models/0/detection/inside: is of what is \"square\""));
  EXPECT_THAT(with("cut", true), HasSubstr("/models/0/detection/inside: is of what is"));
  EXPECT_THAT(with("quantile", 1.5), HasSubstr("/models/0/detection/quantile: expected 0 to 1"));
  EXPECT_THAT(with("sees", "hands"), HasSubstr("/models/0/detection/sees: expected one of \"face\""));
  EXPECT_THAT(with("box", 11), HasSubstr("/models/0/detection/box: expected 0"));
  EXPECT_THAT(with("bona_fide", 1), HasSubstr("/models/0/detection: expected either"));
}

TEST_F(ManifestTest, ReadsWhichNetworkSeesTheMovement) {
  json document = one_model();
  document["models"][0]["detection"] = {
      {"detects", {"deepfake"}}, {"movement", "another"}, {"output", "sigmoid"}, {"attack", 0}};
  const auto detection = manifest(document).entry("tiny").detection;
  ASSERT_TRUE(detection);
  EXPECT_EQ(detection->sees, "face");
  EXPECT_EQ(detection->movement, "another");
  document["models"][0]["detection"]["sees"] = "movement";
  EXPECT_THAT(complaint(document), HasSubstr("/models/0/detection/movement: is of a network that sees"));
  document["models"][0]["detection"].erase("movement");
  EXPECT_EQ(manifest(document).entry("tiny").detection->sees, "movement");
}

TEST_F(ManifestTest, RefusesWhatIsNoJson) {
  write_text_file(folder_ / "manifest.json", "{\"models\": [");
  try {
    const ModelManifest m(folder_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
    EXPECT_THAT(error.what(), HasSubstr("manifest.json"));
  }
  std::filesystem::remove(folder_ / "manifest.json");
  EXPECT_THROW(ModelManifest{folder_}, Error);
}

TEST_F(ManifestTest, ListsTheKnownNames) {
  const ModelManifest m = manifest(one_model());
  try {
    m.entry("huge");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_THAT(error.what(), HasSubstr("known: tiny"));
  }
  try {
    threshold(m.entry("tiny"), "fmr_1e-6");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_THAT(error.what(), HasSubstr("known: fmr_1e-3"));
  }
}

TEST_F(ManifestTest, LoadsOnlyThePinnedFile) {
  json document = one_model();
  document["models"][0]["sha256"] = sha256_hex_of_file(folder_ / "files/tiny.onnx");
  const ModelManifest m = manifest(document);
  EXPECT_EQ(m.load("tiny").size(), 7U);
  write_text_file(folder_ / "files/tiny.onnx", "Weights");
  try {
    m.load("tiny");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
    EXPECT_THAT(error.what(), HasSubstr("files/tiny.onnx"));
    EXPECT_THAT(error.what(), HasSubstr("expected SHA-256"));
  }
  std::filesystem::remove(folder_ / "files/tiny.onnx");
  try {
    m.load("tiny");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_THAT(error.what(), HasSubstr("tools/setup fetches it"));
  }
}

TEST_F(ManifestTest, TakesAnyFileOfAUnpinnedUserModel) {
  json document = one_model();
  document["models"][0].erase("sha256");
  document["models"][0]["user_supplied"] = true;
  const ModelManifest m = manifest(document);
  EXPECT_EQ(m.load("tiny").size(), 7U);
  std::filesystem::remove(folder_ / "files/tiny.onnx");
  try {
    m.load("tiny");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("bring it from a test"));
  }
}

TEST(Manifest, OfThisProjectIsRight) {
  const ModelManifest m(std::filesystem::path(KYC_SOURCE_DIR) / "models");
  EXPECT_GE(m.entries().size(), 9U);
  for (const ModelEntry& entry : m.entries()) {
    SCOPED_TRACE(entry.name);
    if (m.is_present(entry)) {
      EXPECT_FALSE(m.load(entry.name).empty());
    }
    EXPECT_TRUE(entry.user_supplied || !entry.inputs.empty());
  }
}

}  // namespace
}  // namespace kyc
