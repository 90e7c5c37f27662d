#include "kyc/document/mrz_zone.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace kyc {
namespace {

constexpr float kDegree = std::numbers::pi_v<float> / 180;

// A piece of text at u, v of a frame that is turned by `angle`.
TextBox piece(float left, float right, float v, float height, float angle) {
  const float u = (left + right) / 2;
  const Point center{u * std::cos(angle) - v * std::sin(angle), u * std::sin(angle) + v * std::cos(angle)};
  return {center, right - left, height, angle, 0.9F};
}

// Two lines of a passport and some text above, turned.
std::vector<TextBox> passport(float angle) {
  return {piece(100, 1000, 600, 30, angle),
          piece(100, 1000, 650, 30, angle),
          piece(400, 520, 200, 25, angle),
          piece(400, 560, 240, 25, angle)};
}

TEST(MrzZone, IsFoundAtAnyAngle) {
  for (const float degrees : {0.0F, 3.0F, -12.0F, 33.0F, 89.0F, -60.0F}) {
    const std::vector<MrzZone> zones = find_zones(passport(degrees * kDegree));
    ASSERT_FALSE(zones.empty()) << degrees;
    const MrzZone& zone = zones.front();
    ASSERT_EQ(zone.rows.size(), 2U);
    EXPECT_NEAR(std::remainder(zone.angle - degrees * kDegree, std::numbers::pi_v<float>), 0, 1e-4F);
    EXPECT_NEAR(zone.right - zone.left, 900, 0.5);
    EXPECT_NEAR(std::fabs(zone.rows[1].middle - zone.rows[0].middle), 50, 0.1);
    EXPECT_FLOAT_EQ(zone.height, 30);
  }
}

TEST(MrzZone, IsPutTogetherFromPieces) {
  const std::vector<TextBox> boxes{piece(100, 500, 600, 30, 0),
                                   piece(760, 1000, 601, 26, 0),
                                   piece(520, 560, 600, 8, 0),  // fillers, found in part
                                   piece(100, 700, 650, 30, 0),
                                   piece(900, 1000, 649, 25, 0),
                                   piece(101, 420, 700, 31, 0)};
  const std::vector<MrzZone> zones = find_zones(boxes);
  ASSERT_FALSE(zones.empty());
  EXPECT_EQ(zones.front().rows.size(), 3U);
  EXPECT_FLOAT_EQ(zones.front().left, 100);
  EXPECT_FLOAT_EQ(zones.front().right, 1000);
}

TEST(MrzZone, LinesThatAreNotParallelKeepTheirOwnTurn) {
  const std::vector<TextBox> boxes{piece(100, 1000, 600, 30, 0), piece(100, 1000, 650, 30, 2 * kDegree)};
  const std::vector<MrzZone> zones = find_zones(boxes);
  ASSERT_FALSE(zones.empty());
  const auto& rows = zones.front().rows;
  EXPECT_NEAR(std::fabs(rows[1].turn - rows[0].turn), 2 * kDegree, 1e-4);
}

TEST(MrzZone, TurnedTwiceIsItself) {
  const std::vector<MrzZone> zones = find_zones(passport(20 * kDegree));
  ASSERT_FALSE(zones.empty());
  const MrzZone turned = zones.front().turned();
  EXPECT_FLOAT_EQ(turned.left, -zones.front().right);
  EXPECT_FLOAT_EQ(turned.rows[0].middle, -zones.front().rows[1].middle);
  const MrzZone again = turned.turned();
  EXPECT_FLOAT_EQ(again.left, zones.front().left);
  EXPECT_FLOAT_EQ(again.rows[0].middle, zones.front().rows[0].middle);
}

TEST(MrzZone, ShortOrUnevenTextIsNone) {
  EXPECT_TRUE(find_zones({}).empty());
  EXPECT_TRUE(find_zones(std::vector<TextBox>{piece(0, 900, 0, 30, 0)}).empty());
  // An address: short lines.
  EXPECT_TRUE(find_zones(std::vector<TextBox>{piece(0, 300, 0, 30, 0), piece(0, 280, 50, 30, 0)}).empty());
  // A title over a long line.
  EXPECT_TRUE(find_zones(std::vector<TextBox>{piece(0, 900, 0, 30, 0), piece(0, 400, 70, 60, 0)}).empty());
  // Neither end agrees.
  EXPECT_TRUE(find_zones(std::vector<TextBox>{piece(0, 900, 0, 30, 0), piece(200, 700, 50, 30, 0)}).empty());
}

}  // namespace
}  // namespace kyc
