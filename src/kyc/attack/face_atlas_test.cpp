#include "kyc/attack/face_atlas.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "kyc/attack/head.h"
#include "kyc/attack/raster.h"
#include "kyc/attack/texture.h"

namespace kyc {
namespace {

Image grey_portrait(std::uint8_t value) {
  Image image = make_image(640, 640);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

DensePoints head_at(float yaw, double scale) {
  const Placement placement{rotation_of({yaw, 0, 0}), scale, {320, 320, 0}};
  DensePoints out;
  for (std::size_t i = 0; i < kDensePoints; ++i) out[i] = placement(dense_topology().average[i]);
  return out;
}

// The face of an evenly grey portrait, drawn anew on the same grey, must not show: a rim that mixes with what
// lies beyond the face in the atlas would be dark.
TEST(FaceAtlas, HasNoDarkRimAtAnySize) {
  constexpr std::uint8_t kGrey = 200;
  const Image portrait = grey_portrait(kGrey);
  const DensePoints mesh = head_at(5, 260);
  const FaceAtlas atlas = make_atlas(portrait, mesh);
  for (const double scale : {40.0, 90.0, 260.0})
    for (const float yaw : {-25.0F, 0.0F, 25.0F}) {
      const DensePoints drawn = head_at(yaw, scale);
      FaceTexture texture(atlas.image, atlas.points, atlas.eye_distance);
      const FaceTexture::Level level = texture.level_for(size_of(drawn));
      Layer layer{0, 0, portrait, make_mask(portrait.width, portrait.height)};
      draw_triangles(
          level.image, level.points, flat(drawn), far_to_near(drawn, all_triangles()), layer, true);
      EXPECT_GT(std::count(layer.mask.values.begin(), layer.mask.values.end(), 255), 1000);
      EXPECT_GE(*std::min_element(layer.image.pixels.begin(), layer.image.pixels.end()), kGrey - 1)
          << "scale " << scale << ", yaw " << yaw;
    }
}

}  // namespace
}  // namespace kyc
