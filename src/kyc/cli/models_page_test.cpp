#include "kyc/cli/models_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/files.h"

namespace kyc::cli {
namespace {

TEST(ModelsPage, IsWhatTheDocumentationShows) {
  const std::filesystem::path source = KYC_SOURCE_DIR;
  EXPECT_EQ(read_text_file(source / "docs/models.md"), models_page(ModelManifest(source / "models")))
      << "docs/models.md is stale: kyclops models show --markdown > docs/models.md";
}

TEST(ModelsPage, SaysHowAnImageBecomesTheInput) {
  ModelInput input;
  input.shape = {1, 3, 0, 112};
  input.colour = "BGR";
  EXPECT_EQ(input_text(input), "[n, 3, any, 112], BGR, pixel values 0..255");
  input.mean = {127, 127, 127};
  input.scale = {58, 57, 57.5};
  EXPECT_EQ(input_text(input), "[n, 3, any, 112], BGR, (pixel - 127) / [58, 57, 57.5]");
  input.shape = {1, 512};
  EXPECT_EQ(input_text(input), "[n, 512]");
}

}  // namespace
}  // namespace kyc::cli
