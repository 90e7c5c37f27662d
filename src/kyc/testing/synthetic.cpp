#include "kyc/testing/synthetic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "kyc/face/alignment.h"
#include "kyc/face/pose.h"
#include "kyc/testing/canvas.h"
#include "kyc/testing/person.h"

namespace kyc {
namespace {

// mm; x to the image's right, y down, z away from the camera; the origin is between the eyes.
struct Point3 {
  float x = 0;
  float y = 0;
  float z = 0;
};

class Head {
 public:
  Head(const SyntheticFace& face, const Person& person)
      : rotation_(rotation_of(face.pose)),
        origin_(face.center),
        scale_(face.size / (2 * person.face_width)) {}

  Point operator()(const Point3& p) const {
    const auto component = [&](std::size_t row) {
      return static_cast<float>(rotation_[3 * row] * p.x + rotation_[3 * row + 1] * p.y +
                                rotation_[3 * row + 2] * p.z);
    };
    return {origin_.x + scale_ * component(0), origin_.y + scale_ * component(1)};
  }
  float scale() const { return scale_; }
  // Things that lie across the face look narrower when it turns.
  float across() const { return static_cast<float>(std::hypot(rotation_[0], rotation_[3])); }
  float tilt() const { return static_cast<float>(std::atan2(rotation_[3], rotation_[4])); }

 private:
  Rotation rotation_;
  Point origin_;
  float scale_;
};

// Depths follow the average head of pose_geometric.cpp.
constexpr float kEyeDepth = 10;
constexpr float kLidDepth = 7;
constexpr float kBrowDepth = -2;
constexpr float kMouthDepth = -8;
constexpr float kContourDepth = 55;

float oval_half_width(const Person& p, float y) {
  const float middle = (p.chin + p.forehead) / 2, half = (p.chin - p.forehead) / 2;
  const float t = std::clamp((y - middle) / half, -1.0F, 1.0F);
  return p.face_width * std::sqrt(std::max(0.0F, 1 - std::pow(std::abs(t), 2.4F)));
}

// The six points of an eye: outer or inner corner at the image's left, two above, the other corner, two
// below.
std::array<Point3, 6> eye_of(const Person& p, float side, float open) {
  const float x = side * p.eye_distance / 2, w = p.eye_width / 2,
              h = p.eye_height / 2 * std::max(open, 0.08F);
  const float slant = -side * p.eye_slant / 2;
  const float left = side < 0 ? kEyeDepth + 4 : kEyeDepth - 4,
              right = side < 0 ? kEyeDepth - 4 : kEyeDepth + 4;
  return {{{x - w, slant, left},
           {x - w * 0.4F, -h, kLidDepth},
           {x + w * 0.4F, -h, kLidDepth},
           {x + w, -slant, right},
           {x + w * 0.4F, h, kLidDepth},
           {x - w * 0.4F, h, kLidDepth}}};
}

std::array<Point3, 68> points_of(const Person& p, const SyntheticFace& face) {
  std::array<Point3, 68> out;
  for (std::size_t i = 0; i < 17; ++i) {
    const float angle = std::numbers::pi_v<float> * (static_cast<float>(i) / 16);
    const float y = 8 + (p.chin - 8) * std::sin(angle);
    const float half = i == 8 ? 0 : oval_half_width(p, y);
    const float depth = kContourDepth * std::abs(std::cos(angle));
    out[i] = {i < 8 ? -half : half, y, depth};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const float t = static_cast<float>(i) / 4;
    const float x = p.eye_distance / 2 + p.eye_width * (0.7F - 1.3F * t);
    const float y = -p.brow - 5 * std::sin(std::numbers::pi_v<float> * (0.15F + 0.7F * t));
    const float depth = kBrowDepth + 16 * (1 - t) * (1 - t);
    out[17 + i] = {-x, y, depth};
    out[26 - i] = {x, y, depth};
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const float t = static_cast<float>(i) / 3;
    out[27 + i] = {0, -2 + (p.nose_length - 10) * t, -8 - 20 * t};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const float t = static_cast<float>(i) / 2 - 1;
    out[31 + i] = {t * p.nose_width * 0.38F, p.nose_length - 2 * std::abs(t), -13 + 5 * std::abs(t)};
  }
  const auto left = eye_of(p, -1, face.eyes_open), right = eye_of(p, 1, face.eyes_open);
  std::copy(left.begin(), left.end(), out.begin() + 36);
  std::copy(right.begin(), right.end(), out.begin() + 42);
  const float w = p.mouth_width / 2, gap = 14 * face.mouth_open;
  const auto lip = [&](float x, float y) { return Point3{x * w, p.mouth + y, kMouthDepth + 8 * x * x}; };
  const float up = -p.lips * 0.45F, down = p.lips * 0.55F + gap;
  const std::array<std::pair<float, float>, 20> lips{
      {{-1, 0},    {-0.6F, up * 0.8F},   {-0.25F, up}, {0, up * 0.8F}, {0.25F, up},   {0.6F, up * 0.8F},
       {1, 0},     {0.6F, down * 0.75F}, {0.3F, down}, {0, down},      {-0.3F, down}, {-0.6F, down * 0.75F},
       {-0.9F, 0}, {-0.35F, 0},          {0, 0},       {0.35F, 0},     {0.9F, 0},     {0.35F, gap},
       {0, gap},   {-0.35F, gap}}};
  for (std::size_t i = 0; i < lips.size(); ++i) out[48 + i] = lip(lips[i].first, lips[i].second);
  return out;
}

void draw_hair_and_body(Canvas& canvas, const Head& head, const Person& p, const Paint& skin) {
  const float s = head.scale();
  const Point crown = head({0, (p.forehead + 10) / 2, 70});
  canvas.ellipse({crown.x, crown.y + s * p.hair_length / 2},
                 s * p.face_width * p.hair_width * 1.1F,
                 s * (88 + p.hair_length / 2),
                 head.tilt(),
                 p.hair,
                 6 * s);
  const Point chest = head({0, p.chin + 150, 80});
  canvas.ellipse(chest, s * 175, s * 115, 0, {52, 60, 84}, 3 * s);
  const Point neck = head({0, p.chin + 8, 60});
  canvas.ellipse(neck, s * p.face_width * 0.62F, s * 62, 0, mixed(skin, {0, 0, 0}, 0.22F), 5 * s);
}

void draw_skin(Canvas& canvas, const Head& head, const Person& p, const Paint& skin) {
  const float s = head.scale();
  const Paint shade = mixed(skin, {50, 20, 10}, 0.4F), bright = mixed(skin, {255, 244, 230}, 0.5F);
  for (const float side : {-1.0F, 1.0F})
    canvas.ellipse(head({side * p.face_width * 0.98F, 14, 75}), s * 9, s * 20, head.tilt(), shade, 3 * s);
  // Two ovals: the edge is darker. Seen from the side, they lie around the head's middle, behind the eyes.
  const float half = (p.chin - p.forehead) / 2, middle = (p.chin + p.forehead) / 2;
  canvas.ellipse(head({0, middle, kContourDepth}), s * p.face_width, s * half, head.tilt(), shade, 2.5F * s);
  canvas.ellipse(
      head({0, middle, 38}), s * p.face_width * 0.92F, s * half * 0.95F, head.tilt(), skin, 16 * s);
  canvas.ellipse(
      head({0, p.forehead * 0.6F, 0}), s * 38, s * 18, head.tilt(), with_opacity(bright, 0.5F), 24 * s);
  for (const float side : {-1.0F, 1.0F})
    canvas.ellipse(
        head({side * 36, 36, 4}), s * 17, s * 15, head.tilt(), with_opacity(bright, 0.45F), 18 * s);
  canvas.ellipse(
      head({0, p.chin - 18, -4}), s * 17, s * 10, head.tilt(), with_opacity(bright, 0.35F), 12 * s);
  // Hair falls onto the forehead.
  canvas.ellipse(head({0, p.forehead - 6, 40}), s * p.face_width * 0.8F, s * 13, head.tilt(), p.hair, 9 * s);
  const Paint beard = with_opacity(mixed(p.hair, {20, 14, 10}, 0.3F), 0.75F * p.beard);
  canvas.ellipse(head({0, p.chin - 20, 25}), s * p.face_width * 0.72F, s * 34, head.tilt(), beard, 16 * s);
}

void draw_eye(Canvas& canvas, const Head& head, const Person& p, const Paint& skin, float side, float open) {
  const float s = head.scale(), across = head.across();
  const Paint dark{28, 18, 16}, shade = mixed(skin, {50, 22, 14}, 0.5F);
  const std::array<Point3, 6> eye = eye_of(p, side, open);
  const Point center = head({side * p.eye_distance / 2, 0, kEyeDepth});
  canvas.ellipse(head({side * p.eye_distance / 2, -4, kEyeDepth}),
                 s * across * p.eye_width * 0.75F,
                 s * p.eye_height * 1.15F,
                 head.tilt(),
                 with_opacity(shade, 0.55F),
                 8 * s);
  if (open > 0.3F) {
    const float height = s * p.eye_height / 2 * open;
    canvas.ellipse(center, s * across * p.eye_width / 2, height, head.tilt(), {236, 232, 228}, 1.2F * s);
    const float iris = std::min(s * p.eye_height * 0.52F, height * 1.15F);
    canvas.ellipse(center, iris * across, iris, head.tilt(), p.iris, 1.2F * s);
    canvas.ellipse(center, iris * across * 0.5F, iris * 0.5F, head.tilt(), dark, 1 * s);
    canvas.ellipse({center.x + iris * 0.3F, center.y - iris * 0.35F},
                   iris * 0.2F,
                   iris * 0.2F,
                   0,
                   {250, 250, 250},
                   0.8F * s);
  }
  const std::array<Point, 4> upper{head(eye[0]), head(eye[1]), head(eye[2]), head(eye[3])};
  canvas.stroke(upper, 2.6F * s, with_opacity(dark, 0.9F), 1.6F * s);
  const std::array<Point, 4> lower{head(eye[0]), head(eye[5]), head(eye[4]), head(eye[3])};
  canvas.stroke(lower, 1.2F * s, with_opacity(dark, 0.5F), 1.6F * s);
}

void draw_wrinkles(Canvas& canvas, const Head& head, const Person& p, const Paint& paint) {
  const float s = head.scale();
  for (const float side : {-1.0F, 1.0F}) {
    const std::array<Point, 3> fold{head({side * p.nose_width * 0.6F, p.nose_length - 6, -2}),
                                    head({side * p.mouth_width * 0.6F, p.mouth - 12, 2}),
                                    head({side * p.mouth_width * 0.64F, p.mouth + 6, 4})};
    canvas.stroke(fold, 2 * s, paint, 4 * s);
    const std::array<Point, 3> bag{head({side * (p.eye_distance / 2 - 13), 11, 8}),
                                   head({side * p.eye_distance / 2, 15, 5}),
                                   head({side * (p.eye_distance / 2 + 13), 11, 10})};
    canvas.stroke(bag, 2 * s, paint, 4 * s);
  }
  for (const float height : {0.55F, 0.72F}) {
    const std::array<Point, 3> line{head({-34, p.forehead * height + 3, 8}),
                                    head({0, p.forehead * height, 0}),
                                    head({34, p.forehead * height + 3, 8})};
    canvas.stroke(line, 1.6F * s, paint, 3 * s);
  }
}

void draw_glasses(Canvas& canvas, const Head& head, const Person& p) {
  if (p.glasses < 1) return;
  const float s = head.scale();
  const Paint frame{30, 28, 34, 0.95F};
  for (const float side : {-1.0F, 1.0F}) {
    std::vector<Point> ring;
    for (int i = 0; i <= 24; ++i) {
      const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / 24;
      ring.push_back(
          head({side * (p.eye_distance / 2 + 2) + 25 * std::cos(angle), 3 + 19 * std::sin(angle), 2}));
    }
    canvas.stroke(ring, p.glasses * s, frame, 1.5F * s);
  }
  const std::array<Point, 2> bridge{head({-p.eye_distance / 2 + 23, 0, -6}),
                                    head({p.eye_distance / 2 - 23, 0, -6})};
  canvas.stroke(bridge, p.glasses * s, frame, 1.5F * s);
}

void draw_features(
    Canvas& canvas, const Head& head, const Person& p, const Paint& skin, const SyntheticFace& face) {
  const float s = head.scale(), across = head.across();
  const std::array<Point3, 68> points = points_of(p, face);
  const auto line = [&](std::initializer_list<std::size_t> indices) {
    std::vector<Point> out;
    for (const std::size_t i : indices) out.push_back(head(points[i]));
    return out;
  };
  const Paint shade = mixed(skin, {60, 24, 14}, 0.55F), bright = mixed(skin, {255, 246, 236}, 0.6F);
  draw_eye(canvas, head, p, skin, -1, face.eyes_open);
  draw_eye(canvas, head, p, skin, 1, face.eyes_open);
  const Paint brow = with_opacity(mixed(p.hair, {20, 14, 10}, 0.4F), 0.85F);
  canvas.stroke(line({17, 18, 19, 20, 21}), p.brow_thickness * s, brow, 3 * s);
  canvas.stroke(line({22, 23, 24, 25, 26}), p.brow_thickness * s, brow, 3 * s);

  for (const float side : {-1.0F, 1.0F}) {
    const std::array<Point, 3> flank{head({side * 9, -4, 4}),
                                     head({side * 9, p.nose_length * 0.5F, -4}),
                                     head({side * p.nose_width * 0.42F, p.nose_length - 6, -4})};
    canvas.stroke(flank, 5 * s, with_opacity(shade, 0.35F), 7 * s);
  }
  canvas.stroke(line({27, 28, 29, 30}), 6 * s, with_opacity(bright, 0.55F), 6 * s);
  canvas.ellipse(head(points[30]), s * 8, s * 7, 0, with_opacity(bright, 0.5F), 8 * s);
  canvas.stroke(line({31, 32, 33, 34, 35}), 3 * s, with_opacity(shade, 0.7F), 4 * s);
  for (const std::size_t nostril : {32UL, 34UL})
    canvas.ellipse(head(points[nostril]), s * across * 4.4F, s * 2.6F, 0, {52, 26, 22, 0.85F}, 2 * s);

  const Paint moustache = with_opacity(mixed(p.hair, {20, 14, 10}, 0.3F), 0.85F * p.moustache);
  const float above_lips = (p.nose_length + p.mouth) / 2;
  const std::array<Point, 3> whiskers{head({-p.mouth_width * 0.5F, above_lips + 5, 0}),
                                      head({0, above_lips, -10}),
                                      head({p.mouth_width * 0.5F, above_lips + 5, 0})};
  canvas.stroke(whiskers, 9 * s, moustache, 6 * s);
  draw_wrinkles(canvas, head, p, with_opacity(shade, 0.8F * p.wrinkles));

  const Paint lips = mixed(skin, {164, 52, 58}, 0.6F);
  const Point upper = head({0, p.mouth - p.lips * 0.2F, kMouthDepth});
  const Point lower = head({0, p.mouth + p.lips * 0.27F + 14 * face.mouth_open, kMouthDepth});
  canvas.ellipse(upper,
                 s * across * p.mouth_width / 2,
                 s * p.lips * 0.27F,
                 head.tilt(),
                 mixed(lips, shade, 0.3F),
                 2 * s);
  if (face.mouth_open > 0.1F)
    canvas.ellipse(head({0, p.mouth + 7 * face.mouth_open, kMouthDepth}),
                   s * across * p.mouth_width * 0.42F,
                   s * 9 * face.mouth_open,
                   head.tilt(),
                   {60, 20, 22},
                   2 * s);
  canvas.ellipse(lower, s * across * p.mouth_width * 0.43F, s * p.lips * 0.32F, head.tilt(), lips, 2 * s);
  canvas.stroke(line({48, 60, 61, 62, 63, 64, 54}), 1.8F * s, {70, 26, 28, 0.9F}, 1.6F * s);
  canvas.ellipse(head({0, p.mouth + p.lips * 0.9F + 14 * face.mouth_open, kMouthDepth + 4}),
                 s * 15,
                 s * 3.5F,
                 head.tilt(),
                 with_opacity(shade, 0.5F),
                 6 * s);
  draw_glasses(canvas, head, p);
}

SyntheticTruth draw_one(Canvas& canvas, const SyntheticFace& face) {
  const Person person = person_of(face.identity);
  const Head head(face, person);
  const Paint skin{std::min(255.0F, person.skin.red * face.light),
                   std::min(255.0F, person.skin.green * face.light),
                   std::min(255.0F, person.skin.blue * face.light)};
  draw_hair_and_body(canvas, head, person, skin);
  draw_skin(canvas, head, person, skin);
  draw_features(canvas, head, person, skin, face);

  SyntheticTruth truth;
  const std::array<Point3, 68> points = points_of(person, face);
  for (std::size_t i = 0; i < points.size(); ++i) truth.landmarks[i] = head(points[i]);
  truth.points = five_points(truth.landmarks);
  Point least = truth.landmarks[0], most = least;
  for (const Point& p : truth.landmarks) {
    least = {std::min(least.x, p.x), std::min(least.y, p.y)};
    most = {std::max(most.x, p.x), std::max(most.y, p.y)};
  }
  // The detector starts above the brows by about 0.29 of its own height.
  const float height = (most.y - least.y) / 0.71F;
  truth.box = {least.x, most.y - height, most.x - least.x, height};
  return truth;
}

}  // namespace

SyntheticPicture draw_scene(const SyntheticScene& scene) {
  Dice dice(scene.background * 104729 + 3);
  const auto color = [&] {
    return Paint{dice.between(70, 210), dice.between(70, 210), dice.between(70, 210)};
  };
  const Paint upper = color(), lower = color();
  Canvas canvas(scene.width, scene.height, upper, lower);
  SyntheticPicture out;
  for (const SyntheticFace& face : scene.faces) out.faces.push_back(draw_one(canvas, face));
  out.image = canvas.finish(scene.background + 1, 4);
  return out;
}

SyntheticPicture draw_synthetic_face(const SyntheticFace& face, std::uint64_t background) {
  return draw_scene({320, 320, background, {face}});
}

SyntheticPicture draw_turning_face(std::uint64_t identity, int k, int count, float amplitude) {
  const float t = count > 1 ? static_cast<float>(k) / static_cast<float>(count - 1) : 0;
  SyntheticFace face;
  face.identity = identity;
  face.pose.yaw = amplitude * std::sin(2 * std::numbers::pi_v<float> * t);
  face.center.x += 4 * std::sin(9 * t);
  face.eyes_open = std::abs(t - 0.5F) < 0.04F ? 0.0F : 1.0F;
  return draw_scene({320, 320, identity, {face}});
}

}  // namespace kyc
