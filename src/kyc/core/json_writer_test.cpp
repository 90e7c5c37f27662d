#include "kyc/core/json_writer.h"

#include <limits>

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(JsonWriter, NestsObjectsAndArrays) {
  JsonWriter json;
  json.object().field("a", 1).key("b").array().value(true).null().value("x").array().end().end();
  json.key("c").object().end().field("d", 0.5).end();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[true,null,"x",[]],"c":{},"d":0.5})");
}

TEST(JsonWriter, WritesOptionalValuesAsNull) {
  JsonWriter json;
  json.object().field("a", std::optional<int>{}).field("b", std::optional<std::string>{"x"}).end();
  EXPECT_EQ(json.text(), R"({"a":null,"b":"x"})");
}

TEST(JsonWriter, EscapesWhatJsonCanNotHold) {
  JsonWriter json;
  json.value("a\"b\\c\n\x01\x7f\xC3\xA9");
  EXPECT_EQ(json.text(), "\"a\\\"b\\\\c\\n\\u0001\x7f\xC3\xA9\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNoUtf8) {
  JsonWriter json;
  // a lone continuation, an overlong slash, a surrogate, a sequence that ends early
  json.value("\x80|\xC0\xAF|\xED\xA0\x80|\xE2\x82");
  // U+FFFD for each byte that is lost
#define LOST "\xEF\xBF\xBD"
  EXPECT_EQ(json.text(), "\"" LOST "|" LOST LOST "|" LOST LOST LOST "|" LOST LOST "\"");
#undef LOST
}

TEST(JsonWriter, HasNoInfinities) {
  JsonWriter json;
  json.array().value(std::numeric_limits<double>::infinity()).value(1e300).end();
  EXPECT_EQ(json.text(), "[null,1e+300]");
}

}  // namespace
}  // namespace kyc
