// What the tests of training/ share: folders of drawn faces, some of them with a pattern that stands for
// forgery.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/face/detector.h"
#include "kyc/image/codec.h"
#include "kyc/testing/refusal.h"
#include "kyc/testing/synthetic.h"

namespace kyc {

inline const ModelManifest& test_models() {
  static const ModelManifest manifest(std::filesystem::path(KYC_SOURCE_DIR) / "models");
  return manifest;
}

inline ModelResources test_resources() {
  return {test_models(), {}};
}

// Fine vertical stripes over the whole picture.
inline Image striped(Image image) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = image.row(y)[3 * x + c];
        value = static_cast<std::uint8_t>(x % 4 < 2 ? value * 15 / 16 : 16 + value * 15 / 16);
      }
  return image;
}

class DrawnSet : public ::testing::Test {
 protected:
  DrawnSet() : root_(std::filesystem::path(::testing::TempDir()) / ("training" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~DrawnSet() override { std::filesystem::remove_all(root_); }

  // `count` people each, in folders bona_fide and striped.
  std::filesystem::path draw(int count, bool attacks = true) const {
    const std::filesystem::path set = root_ / "set";
    for (int i = 0; i < count; ++i) {
      const auto person = static_cast<std::uint64_t>(i);
      write(set / "bona_fide", i, draw_synthetic_face({.identity = 1 + person}, 1 + person).image);
      if (attacks)
        write(
            set / "striped", i, striped(draw_synthetic_face({.identity = 101 + person}, 101 + person).image));
    }
    return set;
  }

  static void write(const std::filesystem::path& folder, int number, const Image& image) {
    std::filesystem::create_directories(folder);
    write_image(folder / ("p" + std::to_string(number) + ".png"), image);
  }

  std::filesystem::path root_;
};

}  // namespace kyc
