#include "kyc/detection/network_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kyc {
namespace {

ModelDetection square_of(float box) {
  ModelDetection out;
  out.box = box;
  out.square = true;
  return out;
}

void expect_box(const Box& box, const Box& expected) {
  EXPECT_FLOAT_EQ(box.x, expected.x);
  EXPECT_FLOAT_EQ(box.y, expected.y);
  EXPECT_FLOAT_EQ(box.width, expected.width);
  EXPECT_FLOAT_EQ(box.height, expected.height);
}

constexpr Box kFace{40, 20, 20, 40};  // its middle at 50, 40

TEST(DetectionBox, IsTheFaceEnlargedAboutItsMiddle) {
  ModelDetection detection;
  detection.box = 1.5F;
  expect_box(detection_box(kFace, 200, 100, detection), {35, 10, 30, 60});
  expect_box(detection_box(kFace, 200, 100, square_of(1.5F)), {20, 10, 60, 60});
  detection.box = 0;
  expect_box(detection_box(kFace, 200, 100, detection), {0, 0, 200, 100});
}

TEST(DetectionBox, IsCutAtTheEdges) {
  ModelDetection detection = square_of(3);
  expect_box(detection_box(kFace, 200, 90, detection), {-10, -20, 120, 120});
  detection.cut = true;
  expect_box(detection_box(kFace, 200, 90, detection), {0, 0, 110, 90});
}

TEST(DetectionBox, InsideIsAsLargeAsThePictureAllowsAndNoLarger) {
  ModelDetection detection = square_of(1.5F);
  detection.inside = true;
  expect_box(detection_box(kFace, 200, 100, detection), {20, 10, 60, 60});  // inside already
  expect_box(detection_box(kFace, 200, 65, detection), {20, 5, 60, 60});    // moved
  expect_box(detection_box(kFace, 75, 100, detection), {15, 10, 60, 60});   // moved to the other edge
  expect_box(detection_box(kFace, 200, 50, detection), {25, 0, 50, 50});  // shrunk about the face, then moved
  expect_box(detection_box({-30, -30, 40, 40}, 64, 64, detection), {0, 0, 60, 60});
}

}  // namespace
}  // namespace kyc
