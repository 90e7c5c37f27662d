#include "kyc/attack/colour.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

// A square of one colour with a little structure, in the middle of a picture of another.
struct Scene {
  Image picture = make_image(120, 120);
  Layer layer = make_layer({20, 20, 80, 80});
  Mask blend;

  Scene(int under, int pasted) {
    for (int y = 0; y < 120; ++y)
      for (int x = 0; x < 120; ++x)
        for (int c = 0; c < 3; ++c) picture.row(y)[3 * x + c] = level(under, x, y, c);
    for (int y = 0; y < 80; ++y)
      for (int x = 0; x < 80; ++x)
        for (int c = 0; c < 3; ++c) layer.image.row(y)[3 * x + c] = level(pasted, x + 20, y + 20, c);
    std::fill(layer.mask.values.begin(), layer.mask.values.end(), std::uint8_t{255});
    const std::vector<Point> square{{26, 26}, {94, 26}, {94, 94}, {26, 94}};
    blend = feathered(polygon_mask(square, {20, 20, 80, 80}), 8);
  }
  static std::uint8_t level(int base, int x, int y, int c) {
    return static_cast<std::uint8_t>(base + 8 * c + ((x / 6 + y / 6) % 2 == 0 ? 6 : -6));
  }
  int at(int x, int y) const { return picture.row(y)[3 * x]; }
};

TEST(ColourBlender, WithoutCorrectionThePastedColoursStay) {
  Scene scene(180, 90);
  ColourBlender({0, 0, 0.3F, 0}).paste(scene.layer, scene.blend, 0, scene.picture);
  EXPECT_NEAR(scene.at(60, 60), Scene::level(90, 60, 60, 0), 1);
  EXPECT_EQ(scene.at(10, 10), Scene::level(180, 10, 10, 0));
}

TEST(ColourBlender, StatisticsBecomeTheTargets) {
  Scene scene(180, 90);
  ColourBlender({1, 0, 0.3F, 0}).paste(scene.layer, scene.blend, 0, scene.picture);
  EXPECT_NEAR(scene.at(60, 60), Scene::level(180, 60, 60, 0), 3);
}

TEST(ColourBlender, MembraneAloneClosesASmallStepAndKeepsStructure) {
  Scene scene(150, 130);
  ColourBlender({0, 0, 0.3F, 1}).paste(scene.layer, scene.blend, 0, scene.picture);
  double worst = 0;
  for (int x = 24; x < 96; ++x)
    worst = std::max(worst, std::abs(scene.at(x, 60) - 1.0 * Scene::level(150, x, 60, 0)));
  EXPECT_LT(worst, 5) << "no step is left";
}

TEST(ColourBlender, HairAtTheEdgeDoesNotStainTheFace) {
  Scene clean(150, 140);
  Scene hairy(150, 140);
  for (int y = 20; y < 100; ++y)  // black strands over the left edge of the target
    for (int x = 20; x < 34; ++x)
      for (int c = 0; c < 3; ++c) hairy.picture.row(y)[3 * x + c] = 20;
  const ColourOptions options{0, 0, 0.3F, 1};
  ColourBlender(options).paste(clean.layer, clean.blend, 0, clean.picture);
  ColourBlender(options).paste(hairy.layer, hairy.blend, 0, hairy.picture);
  EXPECT_NEAR(hairy.at(60, 60), clean.at(60, 60), 6);
}

TEST(ColourBlender, StatisticsGoSmoothlyOverTime) {
  const ColourOptions options{1, 0, 0.3F, 0};
  ColourBlender blender(options);
  Scene first(180, 90);
  blender.paste(first.layer, first.blend, 0, first.picture);
  Scene flash(220, 90);  // the light jumps by 40 levels
  blender.paste(flash.layer, flash.blend, 0.04, flash.picture);
  EXPECT_LT(flash.at(60, 60), Scene::level(180, 60, 60, 0) + 12);
  Scene later(220, 90);
  blender.paste(later.layer, later.blend, 2, later.picture);
  EXPECT_NEAR(later.at(60, 60), Scene::level(220, 60, 60, 0), 3) << "after a gap it starts afresh";
}

}  // namespace
}  // namespace kyc
