// Portraits and clips of drawn people, and what tests of whole builds share.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/files.h"
#include "kyc/dataset/build.h"
#include "kyc/image/codec.h"
#include "kyc/testing/synthetic.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc::build_test {

namespace fs = std::filesystem;

inline constexpr int kFrames = 5;
inline constexpr double kRate = 12.5;

inline const ModelManifest& models() {
  static const ModelManifest manifest(fs::path(KYC_SOURCE_DIR) / "models");
  return manifest;
}

// Portraits and clips of drawn people, and a recipe for them.
class BuildTest : public ::testing::Test {
 protected:
  BuildTest() : root_(fs::path(::testing::TempDir()) / ("build" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "portraits");
    fs::create_directories(root_ / "clips");
  }
  ~BuildTest() override { fs::remove_all(root_); }

  void add_portrait(const std::string& name, std::uint64_t identity) const {
    write_image(root_ / "portraits" / (name + ".png"), draw_synthetic_face({.identity = identity}).image);
  }

  void add_clip(const std::string& name, std::uint64_t identity) const {
    WriteOptions options;
    options.width = options.height = 320;
    options.frame_rate = kRate;
    options.crf = 10;
    VideoWriter writer(root_ / "clips" / (name + ".mp4"), options);
    // Eve's frames are not evenly spaced: the times must be kept.
    for (int k = 0; k < kFrames; ++k)
      writer.write(draw_turning_face(identity, k, kFrames, 8).image,
                   k / kRate + (name == "eve" && k == 2 ? 0.02 : 0));
    writer.finish();
  }

  // Of somebody's wall.
  void add_empty_clip(const std::string& name) const {
    WriteOptions options;
    options.width = options.height = 160;
    VideoWriter writer(root_ / "clips" / (name + ".mp4"), options);
    for (int k = 0; k < 3; ++k) writer.write(make_image(160, 160));
    writer.finish();
  }

  void add_people() const {
    add_portrait("ann", 3);
    add_portrait("bea", 1);
    add_portrait("cat", 5);
    add_portrait("dot", 7);
    add_clip("eve", 11);
    add_clip("flo", 2);
  }

  std::string recipe_text(const std::string& split = "train = 0.5\ntest = 0.5") const {
    return "name = \"drawn\"\nseed = 1\ncompression = [\"c0\", \"c40\"]\npreset = \"ultrafast\"\n[split]\n" +
           split +
           "\n[[victims]]\nfolder = \"portraits\"\nconsent = \"drawn\"\nlicence = \"CC0\"\n"
           "[[drivers]]\nfolder = \"clips\"\nconsent = \"drawn\"\nlicence = \"CC0\"\n"
           "[[attacks]]\nmethod = \"swap/landmark\"\n";
  }

  Plan plan(const std::string& text) const {
    return make_plan(parse_recipe(text, root_ / "recipe.toml"), resources_, 2);
  }

  BuildResult build(const fs::path& folder, const std::string& text, int jobs = 2, bool prune = false) const {
    Plan made = plan(text);
    return build_dataset(made, folder, resources_, Ranks(), {jobs, prune});
  }

  const ModelResources resources_{models(), {}};
  fs::path root_;
};

// Relative path -> SHA-256 of everything in a folder.
inline std::map<std::string, std::string> tree(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    out[entry.path().lexically_relative(folder).string()] =
        entry.is_regular_file() ? sha256_hex_of_file(entry.path()) : "folder";
  return out;
}

inline std::vector<Frame> frames_of(const fs::path& clip) {
  std::vector<Frame> out;
  VideoReader reader(clip);
  for (Frame frame; reader.next(frame);) out.push_back(frame);
  return out;
}

}  // namespace kyc::build_test
