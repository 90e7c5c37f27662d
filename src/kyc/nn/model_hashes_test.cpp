#include "kyc/nn/model_hashes.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

TEST(ModelHashes, PinnedHashesAreTakenAndTheFilesOfUsersAreRead) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("model_hashes" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string pinned(64, 'a');
  const auto entry = [](const std::string& name, const std::string& more) {
    return R"({"name": ")" + name + R"(", "task": "recognition", "file": ")" + name +
           R"(.onnx", "format": "onnx", "licence": "MIT", "origin": "a test", "purpose": "none")" + more +
           "}";
  };
  write_text_file(
      folder / "manifest.json",
      R"({"models": [)" + entry("pinned", R"(, "sha256": ")" + pinned + "\"") + "," +
          entry("brought", R"(, "user_supplied": true)") + "," +
          entry("nowhere", R"(, "user_supplied": true)") + "," +
          R"({"name": "two", "task": "t", "file": "two.json", "format": "tfjs", "licence": "MIT", "origin": "o",
              "purpose": "p", "user_supplied": true, "parts": [{"file": "two.bin"}]}]})");
  write_text_file(folder / "brought.onnx", "bytes of the user");
  write_text_file(folder / "two.json", "graph");
  write_text_file(folder / "two.bin", "weights");
  const ModelManifest manifest(folder);
  const ModelHashes hashes(manifest);
  EXPECT_EQ(hashes.described("pinned"), "pinned " + pinned);
  EXPECT_EQ(hashes.described("brought"), "brought " + sha256_hex_of_file(folder / "brought.onnx"));
  EXPECT_EQ(hashes.described("two"),
            "two " + sha256_hex_of_file(folder / "two.json") + "+" + sha256_hex_of_file(folder / "two.bin"));
  EXPECT_EQ(hashes.described("nowhere"), "nowhere absent");
  EXPECT_THROW(hashes.described("unknown"), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kyc
