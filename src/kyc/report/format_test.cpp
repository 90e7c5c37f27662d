#include "kyc/report/format.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(PercentText, KeepsThreeDigitsAndNeverRoundsToNothingOrAll) {
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(1), "100 %");
  EXPECT_EQ(percent_text(0.123456), "12.3 %");
  EXPECT_EQ(percent_text(0.0123456), "1.23 %");
  EXPECT_EQ(percent_text(0.00123456), "0.123 %");
  EXPECT_EQ(percent_text(0.05), "5 %");
  EXPECT_EQ(percent_text(0.99999), "99.999 %");
  EXPECT_EQ(percent_text(-0.5), "-50 %");
  EXPECT_EQ(percent_text(1.5), "150 %");
}

TEST(RateFigure, IsCarriedFromThirtyErrorsOnOrWhereNoneLimitsTheRateToOnePercent) {
  EXPECT_TRUE(rate_figure("a", "", 30, 100).carried());
  EXPECT_FALSE(rate_figure("a", "", 29, 100).carried());
  EXPECT_FALSE(rate_figure("a", "", 0, 299).carried());
  EXPECT_TRUE(rate_figure("a", "", 0, 301).carried());
  EXPECT_FALSE(rate_figure("a", "", 0, 0).value.has_value());
}

TEST(HtmlText, EscapesMarkupAndReplacesWhatIsNoText) {
  EXPECT_EQ(html_text("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(html_text("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(html_text("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // overlong
  EXPECT_EQ(html_text("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(html_text(std::string_view("\0\x1B", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(html_text("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // cut
}

TEST(TexText, EscapesWhatTexWouldObey) {
  EXPECT_EQ(
      tex_text("50 % & #1 _x_ {y} $z$ \\input ~^"),
      "50 \\% \\& \\#1 \\_x\\_ \\{y\\} \\$z\\$ \\textbackslash{}input \\textasciitilde{}\\textasciicircum{}");
}

}  // namespace
}  // namespace kyc
