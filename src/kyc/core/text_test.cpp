#include "kyc/core/text.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(CsvField, QuotesWhereNeeded) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
}

TEST(ExactText, ReadsBackAsTheSameDouble) {
  for (const double value : {0.1, 1.0 / 3, 1e-300, -2.5, 123456789.125})
    EXPECT_EQ(std::stod(exact_text(value)), value);
}

}  // namespace
}  // namespace kyc
