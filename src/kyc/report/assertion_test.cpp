#include "kyc/report/assertion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/report/sample_test.h"

namespace kyc {
namespace {

using testing::HasSubstr;

bool holds(const std::string& text) {
  return check_assertion(sample_report(), text).holds;
}

std::string failure(const std::string& text) {
  try {
    check_assertion(sample_report(), text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

TEST(Assertion, ComparesAFigure) {
  EXPECT_TRUE(holds("auc <= 0.75"));
  EXPECT_FALSE(holds("auc < 0.75"));
  EXPECT_TRUE(holds("auc<=75%"));
  EXPECT_TRUE(holds("auc >= 0.75 and auc != 0"));
  EXPECT_FALSE(holds("auc > 0.75 and auc != 0"));
  EXPECT_TRUE(holds("auc == 7.5e-1"));
}

TEST(Assertion, OfAFigureThatTheDataCanNotCarryNeverHolds) {
  for (const char* text : {"eer <= 1", "eer == 0.5", "iapar@fmr1e-3 <= 0.15"}) {
    const AssertionResult result = check_assertion(sample_report(), text);
    EXPECT_FALSE(result.holds) << text;
    EXPECT_THAT(result.explanation, HasSubstr("the data can not carry this figure")) << text;
  }
  EXPECT_THAT(check_assertion(sample_report(), "iapar@fmr1e-3 <= 1").explanation,
              HasSubstr("3 errors in 20 trials; 30 are needed), so no demand of it holds; "
                        "'iapar@fmr1e-3.high' and '.low' can be asked"));
}

TEST(Assertion, KnowsTheEndsOfTheInterval) {
  // Clopper-Pearson of 3 in 20: [0.0321, 0.3789] (Newcombe's tables have such values).
  EXPECT_TRUE(holds("iapar@fmr1e-3.high <= 0.379"));
  EXPECT_FALSE(holds("iapar@fmr1e-3.high <= 0.378"));
  EXPECT_TRUE(holds("iapar@fmr1e-3.low >= 3.2 %"));
  EXPECT_THAT(failure("auc.low > 0"), HasSubstr("has no interval"));
}

TEST(Assertion, FailsWhereNothingWasMeasured) {
  const AssertionResult result = check_assertion(sample_report(), "iapar@fmr1e-3[swap/graphics,c23] <= 1");
  EXPECT_FALSE(result.holds);
  EXPECT_THAT(result.explanation, HasSubstr("not measured"));
}

TEST(Assertion, WithoutBracketsIsOfAllThatSayOfWhat) {
  Report report = sample_report();
  const Support enough = Support::of_trials(30, "clips");
  report.figures = {value_figure("iapar@fmr1e-3[v2v]", "", 0.01, enough),
                    value_figure("iapar@fmr1e-3[i2v]", "", 0.2, enough)};
  EXPECT_TRUE(check_assertion(report, "iapar@fmr1e-3 <= 0.2").holds);
  const AssertionResult broken = check_assertion(report, "iapar@fmr1e-3 <= 0.05");
  EXPECT_FALSE(broken.holds);
  EXPECT_THAT(broken.explanation, HasSubstr("iapar@fmr1e-3[i2v] is 0.2, wanted <= 0.05"));
}

TEST(Assertion, NamesWhatIsKnown) {
  EXPECT_THAT(failure("apcer <= 1"), HasSubstr("no figure 'apcer'; known: iapar@fmr1e-3, "));
}

TEST(Assertion, SaysWhereATextIsNoAssertion) {
  EXPECT_THAT(failure("auc"), HasSubstr("expected <, <=, >, >=, == or != at character 4"));
  EXPECT_THAT(failure("auc <= x"), HasSubstr("expected a number at character 8"));
  EXPECT_THAT(failure("auc <= nan"), HasSubstr("expected a number"));
  EXPECT_THAT(failure("auc <= 1 or auc > 2"), HasSubstr("'and' or the end"));
  EXPECT_THAT(failure(""), HasSubstr("the name of a figure"));
  EXPECT_THAT(failure("a[b <= 1"), HasSubstr("the name of a figure"));
  EXPECT_THAT(failure("auc <= 1 and"), HasSubstr("the name of a figure"));
}

}  // namespace
}  // namespace kyc
