#include "kyc/report/axis.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kyc {
namespace {

std::vector<std::string> labels(const Axis& axis, double spacing) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks_of(axis, spacing)) out.push_back(tick.label);
  return out;
}

TEST(PositionOn, IsLinearLogarithmicOrInNormalDeviates) {
  EXPECT_DOUBLE_EQ(position_on({"", AxisScale::Linear, false, 2, 4}, 3), 0.5);
  EXPECT_DOUBLE_EQ(position_on({"", AxisScale::Log10, false, 1e-4, 1}, 1e-3), 0.25);
  // The normal deviates of 0.1 and 0.9 lie evenly around 0.5.
  EXPECT_NEAR(position_on({"", AxisScale::Probit, true, 0.1, 0.9}, 0.5), 0.5, 1e-12);
  EXPECT_EQ(position_on({"", AxisScale::Log10, false, 1e-4, 1}, 0), 0);
  EXPECT_EQ(position_on({"", AxisScale::Probit, true, 0.1, 0.9}, 1), 1);
}

TEST(TicksOf, AreRoundAndApart) {
  EXPECT_THAT(labels({"", AxisScale::Linear, true, 0, 1}, 0.2),
              testing::ElementsAre("0 %", "20 %", "40 %", "60 %", "80 %", "100 %"));
  EXPECT_THAT(labels({"", AxisScale::Log10, true, 1e-3, 1}, 0.1), testing::Contains("0.1 %"));
  for (const AxisScale scale : {AxisScale::Linear, AxisScale::Log10, AxisScale::Probit}) {
    const Axis axis{"", scale, true, 1e-4, 0.9};
    const auto ticks = ticks_of(axis, 0.08);
    ASSERT_GE(ticks.size(), 3U);
    for (std::size_t i = 1; i < ticks.size(); ++i)
      EXPECT_GE(position_on(axis, ticks[i].value) - position_on(axis, ticks[i - 1].value), 0.0799);
  }
}

TEST(Decimated, AMillionPointsBecomeSomeHundredAndStayWhereTheyWere) {
  const Axis x{"", AxisScale::Linear, false, 0, 1};
  const Axis y{"", AxisScale::Linear, false, -1, 1};
  std::vector<PlotPoint> points;
  for (int i = 0; i <= 1'000'000; ++i) points.push_back({i / 1e6, std::sin(i / 1e5), std::nullopt});
  const auto thin = decimated(points, x, y, 0.001);
  EXPECT_LT(thin.size(), 400U);
  EXPECT_EQ(thin.front().x, 0);
  EXPECT_EQ(thin.back().x, 1);
  std::size_t at = 0;
  for (const PlotPoint& point : points) {
    while (at + 2 < thin.size() && thin[at + 1].x < point.x) ++at;
    const double part = (point.x - thin[at].x) / (thin[at + 1].x - thin[at].x);
    const double drawn = thin[at].y + part * (thin[at + 1].y - thin[at].y);
    // The tolerance is across the line; where it is steepest (5 up for 1 to the right) that is 5 times as
    // much upwards.
    ASSERT_NEAR(position_on(y, drawn), position_on(y, point.y), 0.0051);
  }
}

}  // namespace
}  // namespace kyc
