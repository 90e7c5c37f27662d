#include "kyc/face/iris.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

const ModelManifest& iris_models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

struct Found {
  Image image;
  DensePoints points;
  Irises irises;
};

Found found_in(const std::string& name) {
  static const FaceAnalyzer analyzer({iris_models(), {}});
  static const DenseMeshNetwork mesh({iris_models(), {}});
  static const IrisNetwork network({iris_models(), {}});
  Found out{read_image(KYC_SOURCE_DIR "/samples/" + name), {}, {}};
  out.points = mesh.locate(out.image, analyzer.analyze(out.image).at(0).landmarks).points;
  out.irises = network.locate(out.image, out.points);
  return out;
}

TEST(IrisNetwork, FindsIrisesBetweenTheCornersOfTheEyes) {
  for (const char* name : {"audrey.jpg", "cage.jpg", "franck_02159.jpg", "sample1.jpg"}) {
    SCOPED_TRACE(name);
    const Found found = found_in(name);
    const auto check = [&](const Iris& iris, const Point3& left, const Point3& right) {
      const float width = std::hypot(right.x - left.x, right.y - left.y);
      EXPECT_GT(iris.center.x, left.x + 0.15F * width);
      EXPECT_LT(iris.center.x, right.x - 0.15F * width);
      EXPECT_LT(std::abs(iris.center.y - (left.y + right.y) / 2), 0.3F * width);
      // 11.7 mm in an eye of about 30 mm from corner to corner, seen somewhat from the side.
      EXPECT_GT(2 * iris.radius, 0.25F * width);
      EXPECT_LT(2 * iris.radius, 0.6F * width);
    };
    check(found.irises.image_left, found.points[33], found.points[133]);
    check(found.irises.image_right, found.points[362], found.points[263]);
    EXPECT_LT(std::abs(found.irises.image_left.radius - found.irises.image_right.radius),
              0.25F * found.irises.image_right.radius);
  }
}

TEST(IrisNetwork, MirrorsWithThePicture) {
  const Found found = found_in("audrey.jpg");
  const DenseTopology& topology = dense_topology();
  const auto width = static_cast<float>(found.image.width);
  DensePoints mirrored_points;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const Point3& p = found.points[topology.mirrored[i]];
    mirrored_points[i] = {width - p.x, p.y, p.z};
  }
  const Irises mirrored = IrisNetwork({iris_models(), {}}).locate(mirror(found.image), mirrored_points);
  EXPECT_NEAR(mirrored.image_right.center.x, width - found.irises.image_left.center.x, 0.1F);
  EXPECT_NEAR(mirrored.image_left.center.x, width - found.irises.image_right.center.x, 0.1F);
  EXPECT_NEAR(mirrored.image_left.radius, found.irises.image_right.radius, 0.05F);
}

TEST(IrisNetwork, RefusesEyesWithoutWidth) {
  const DensePoints points{};
  EXPECT_THROW(IrisNetwork({iris_models(), {}}).locate(make_image(10, 10), points), Error);
}

}  // namespace
}  // namespace kyc
