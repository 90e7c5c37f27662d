#include "kyc/attack/hand.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

constexpr float kTipRadius = 9.0F;  // of a thumb, mm
constexpr float kShadow = 5.0F;     // mm: how far it darkens the paper around it

float bell(float x, float width) {
  return std::exp(-x * x / width);
}

// Two outlines that flow into each other within some 15 mm (polynomial smooth minimum).
float melted(float a, float b) {
  const float share = std::clamp(0.5F + 0.5F * (b - a) / 15, 0.0F, 1.0F);
  return b + (a - b) * share - 15 * share * (1 - share);
}

// A body that bulges from its outline inwards, as deep as `reach` mm, and is lit from the front.
Light swollen(const Light& base, float distance, float reach) {
  const float depth = 1 - std::clamp(-distance / reach, 0.0F, 1.0F);
  const float shade = 0.38F + 0.52F * std::sqrt(1 - depth * depth);
  return {base[0] * shade, base[1] * shade * (0.93F + 0.07F * shade), base[2] * shade};
}

}  // namespace

Hand::Limb Hand::limb(
    float tip_x, float tip_y, float root_x, float root_y, float tip_radius, float root_radius) {
  const float length = std::hypot(root_x - tip_x, root_y - tip_y);
  return {
      tip_x, tip_y, (root_x - tip_x) / length, (root_y - tip_y) / length, length, tip_radius, root_radius};
}

Hand::Hand(float tip_x, float tip_y, float side, float edge, const Light& skin, const Light& sleeve)
    : thumb_(limb(tip_x, tip_y, side * (edge + 24), tip_y + 34, kTipRadius, 12)),
      palm_(limb(side * (edge + 20), tip_y + 22, side * (edge + 50), tip_y + 92, 22, 27)),
      forearm_(limb(side * (edge + 52), tip_y + 118, side * (edge + 120), tip_y + 360, 33, 44)),
      skin_(skin),
      sleeve_(sleeve),
      nearest_(std::abs(tip_x) - kTipRadius - kShadow),
      side_(side) {}

Hand::About Hand::about(const Limb& limb, float u, float v) {
  const float x = u - limb.x;
  const float y = v - limb.y;
  const float along = x * limb.along_x + y * limb.along_y;
  const float across = -x * limb.along_y + y * limb.along_x;
  const float t = std::clamp(along / limb.length, 0.0F, 1.0F);
  const float radius = limb.tip_radius + t * (limb.root_radius - limb.tip_radius);
  const float beyond = along < 0 ? along : std::max(along - limb.length, 0.0F);
  return {along, across, radius, std::sqrt(across * across + beyond * beyond) - radius};
}

Hand::Touch Hand::at(float u, float v, bool on_sheet, float pixel) const {
  Touch touch;
  if (u * side_ < nearest_) return touch;
  const About thumb = about(thumb_, u, v);
  const float soft = std::max(pixel, 0.4F);
  const auto covered = [&](float distance) { return std::clamp(0.5F - distance / soft, 0.0F, 1.0F); };
  touch.shadow = thumb.distance < 0 ? 0.45F : 1 - 0.55F * std::exp(-thumb.distance / (kShadow * 0.4F));
  touch.cover = covered(thumb.distance);
  if (touch.cover > 0) touch.light = thumb_light(thumb);
  if (on_sheet) return touch;
  // Beside the sheet the thumb grows out of the hand, and the hand out of a sleeve.
  const About palm = about(palm_, u, v);
  const About forearm = about(forearm_, u, v);
  const float skin_distance = melted(thumb.distance, palm.distance);
  const float skin_cover = covered(skin_distance);
  const float sleeve_cover = covered(forearm.distance);
  if (skin_cover <= 0 && sleeve_cover <= 0) return touch;
  Light behind = swollen(skin_, skin_distance, 16);
  if (sleeve_cover > 0) {
    const Light cloth = swollen(sleeve_, forearm.distance, 26);
    for (std::size_t c = 0; c < 3; ++c) behind[c] += sleeve_cover * (cloth[c] - behind[c]);
  }
  const float root = std::clamp((thumb.along - 14) / 26, 0.0F, 1.0F);
  const float over = touch.cover * (1 - root);
  for (std::size_t c = 0; c < 3; ++c) touch.light[c] = over * touch.light[c] + (1 - over) * behind[c];
  touch.cover = std::max(skin_cover, sleeve_cover);
  return touch;
}

// A round body lit from above: bright along its middle, darker to the rims; creases over the joint; the nail.
Light Hand::thumb_light(const About& about) const {
  const float side = std::clamp(about.across / about.radius, -1.0F, 1.0F);
  const float round = std::sqrt(std::max(0.0F, 1 - side * side * 0.93F));
  float shade = 0.42F + 0.58F * round;
  for (const float at : {25.0F, 29.0F}) shade *= 1 - 0.10F * bell(about.along - at, 0.8F);
  Light out{skin_[0] * shade, skin_[1] * shade * (0.94F + 0.06F * round), skin_[2] * shade};
  const float nail_x = (about.along - 4.5F) / 7.2F;
  const float nail_y = about.across / 5.8F;
  const float nail = std::sqrt(nail_x * nail_x + nail_y * nail_y);
  const float on_nail = std::clamp((1.05F - nail) * 4, 0.0F, 1.0F);
  const Light pale{skin_[0] * 1.12F, skin_[1] * 1.12F, skin_[2] * 1.18F};
  const float rim = bell(nail - 1.08F, 0.006F);
  for (std::size_t c = 0; c < 3; ++c) {
    out[c] += on_nail * (std::min(pale[c], 1.0F) * (0.7F + 0.3F * round) - out[c]);
    out[c] *= 1 - 0.25F * rim;
  }
  return out;
}

Light random_skin(Random& random) {
  // From pale to dark skin, reflectance of red, green, blue.
  const auto t = static_cast<float>(random.uniform(0, 1));
  const Light pale{0.62F, 0.38F, 0.27F};
  const Light dark{0.17F, 0.085F, 0.052F};
  Light out{};
  for (std::size_t c = 0; c < 3; ++c) out[c] = pale[c] + t * t * (dark[c] - pale[c]);
  return out;
}

Light random_cloth(Random& random) {
  const double grey = random.uniform(0.03, 0.35);
  Light out{};
  for (float& value : out) value = static_cast<float>(grey * random.uniform(0.6, 1.4));
  return out;
}

}  // namespace kyc
