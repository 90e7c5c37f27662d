#include "kyc/dataset/recipe.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const char* const kWhole = R"toml(
name = "set"
seed = 7
max_seconds = 1.5
compression = ["c40", "c0"]
estimate = ["age"]

[split]
train = 0.5
test = 0.5

[[victims]]
folder = "portraits"
name_pattern = "^(\\d+)_([01])"
name_fields = ["age", "sex"]
consent = "written"
licence = "CC0"
limit = 4

[[drivers]]
folder = "clips"
no_consent_because = "published under MIT"
licence = "MIT"

[[attacks]]
method = "swap/landmark"
species = "swap/soft"
options = {}
limit = 3
)toml";

std::string complaint(const std::string& text, ErrorCode code = ErrorCode::InvalidArgument) {
  try {
    (void)parse_recipe(text, "r.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown for:\n" << text;
  return {};
}

// The recipe above with one line put in the place of another.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kWhole;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Recipe, IsReadWhole) {
  const Recipe recipe = parse_recipe(kWhole, "folder/r.toml");
  EXPECT_EQ(recipe.name, "set");
  EXPECT_EQ(recipe.seed, 7U);
  EXPECT_EQ(recipe.max_seconds, 1.5);
  EXPECT_THAT(recipe.compressions, ElementsAre(Compression::C0, Compression::C40));
  EXPECT_TRUE(recipe.estimate_age);
  EXPECT_FALSE(recipe.estimate_sex);
  EXPECT_EQ(recipe.train, 0.5);
  EXPECT_EQ(recipe.val, 0);
  ASSERT_EQ(recipe.victims.size(), 1U);
  EXPECT_EQ(recipe.victims[0].limit, 4U);
  EXPECT_THAT(recipe.victims[0].name_fields, ElementsAre("age", "sex"));
  EXPECT_EQ(recipe.drivers.at(0).no_consent_because, "published under MIT");
  ASSERT_EQ(recipe.attacks.size(), 1U);
  EXPECT_EQ(recipe.attacks[0].species, "swap/soft");
  EXPECT_EQ(recipe.attacks[0].post.size(), 1U);  // "none"
  EXPECT_TRUE(recipe.attacks[0].post[0].empty());
  EXPECT_EQ(recipe.resolve("portraits"), "folder/portraits");
}

TEST(Recipe, EveryComplaintNamesItsLineAndWhatWasExpected) {
  EXPECT_THAT(complaint("name = ", ErrorCode::Corrupt), StartsWith("r.toml:1: expected TOML"));
  EXPECT_THAT(complaint(changed("seed = 7", "sead = 7")), StartsWith("r.toml:3: unknown key 'sead'"));
  EXPECT_THAT(complaint(changed("seed = 7", "seed = \"7\"")),
              StartsWith("r.toml:3: 'seed': expected a whole"));
  EXPECT_THAT(complaint(changed("seed = 7", "seed = -1")), StartsWith("r.toml:3: 'seed': expected a whole"));
  EXPECT_THAT(complaint(changed("name = \"set\"", "")), HasSubstr("'name' is missing"));
  EXPECT_THAT(complaint(changed("\"c40\"", "\"c41\"")),
              StartsWith("r.toml:5: 'compression': no compression"));
  EXPECT_THAT(complaint(changed("\"c40\"", "\"c0\"")), HasSubstr("'c0' is there twice"));
  EXPECT_THAT(complaint(changed("max_seconds = 1.5", "max_seconds = -1")), StartsWith("r.toml:4:"));
  EXPECT_THAT(complaint(changed("[\"age\"]", "[\"race\"]")), HasSubstr("expected \"age\" or \"sex\""));
  EXPECT_THAT(complaint(changed("test = 0.5", "test = 0.4")), HasSubstr("add up to 1, got 0.9"));
  EXPECT_THAT(complaint(changed("(\\\\d+)_", "(\\\\d+_")), HasSubstr("regular expression"));
  EXPECT_THAT(complaint(changed("\"age\", \"sex\"", "\"age\"")),
              HasSubstr("as name_pattern has groups (2), got 1"));
  EXPECT_THAT(complaint(changed("folder = \"portraits\"", "")),
              HasSubstr("'folder' is missing in [[victims]]"));
  EXPECT_THAT(complaint(changed("\"swap/landmark\"", "\"swap/nothing\"")),
              StartsWith("r.toml:26: 'method': no attack 'swap/nothing'; known: "));
  EXPECT_THAT(complaint(changed("limit = 3", "post = [\"restore/nothing\"]")),
              HasSubstr("no post-processing 'restore/nothing'"));
  EXPECT_THAT(complaint(changed("\"swap/soft\"", "\"bona_fide\"")), HasSubstr("nor \"bona_fide\""));
  EXPECT_THAT(complaint(changed("options = {}", "options = { edge = [1] }")),
              HasSubstr("expected a string, a number"));
}

TEST(Recipe, OptionsBecomeText) {
  const Recipe recipe =
      parse_recipe(changed("options = {}", "options = { a = 0.25, b = 3, c = true, d = \"x\" }"), "r.toml");
  const auto& options = recipe.attacks.at(0).options;
  EXPECT_EQ(options.at("a"), "0.25");
  EXPECT_EQ(options.at("b"), "3");
  EXPECT_EQ(options.at("c"), "on");
  EXPECT_EQ(options.at("d"), "x");
}

}  // namespace
}  // namespace kyc
