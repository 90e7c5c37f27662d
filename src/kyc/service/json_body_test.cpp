#include "kyc/service/json_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kyc {
namespace {

using nlohmann::json;
using testing::Eq;
using testing::Optional;

const json kHard = {{"brackets", "a } ] \" \\ \\\" { ["},
                    {"empty", json::object()},
                    {"word", true},
                    {"number", -1.5e3},
                    {"nested", {{"brackets", 1}, {"list", {1, "]", {{"deep", json::array()}}}}}},
                    {"quoted \" key", "ä\n\t"},
                    {"last", nullptr}};

TEST(JsonMember, IsWhatAParserFinds) {
  for (const std::string& text : {kHard.dump(), kHard.dump(2), "\n " + kHard.dump(1, '\t') + " "})
    for (const auto& [name, value] : kHard.items()) {
      const auto found = member_of(text, name);
      ASSERT_TRUE(found) << name << " in " << text;
      EXPECT_EQ(json::parse(*found), value) << name;
    }
}

TEST(JsonMember, IsOnlyOneOfTheObjectItself) {
  for (const std::string name : {"deep", "list", "", "brackets\"", "true"})
    EXPECT_EQ(member_of(kHard.dump(), name), std::nullopt) << name;
  for (const std::string text : {"", "{}", "[{\"a\": 1}]", "\"a\"", "null"})
    EXPECT_EQ(member_of(text, "a"), std::nullopt) << text;
  EXPECT_THAT(member_of(R"({"a": 1, "a": 2})", "a"), Optional(Eq("1")));
}

TEST(JsonMember, OfATextThatIsCutOffAnywhereIsThatMemberOrNone) {
  const std::string whole = kHard.dump(1);
  for (std::size_t length = 0; length < whole.size(); ++length)
    for (const auto& [name, value] : kHard.items()) {
      const auto found = member_of(std::string_view(whole).substr(0, length), name);
      if (!found) continue;
      EXPECT_EQ(json::parse(*found), value) << name << " after " << length;
    }
}

}  // namespace
}  // namespace kyc
