#include "kyc/attack/camera.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>

#include "kyc/attack/light.h"

namespace kyc {
namespace {

constexpr double kMiddle = 0.27;       // mean light that the exposure aims at
constexpr double kFullWell = 2200;     // electrons of a white photosite, at the gain of a lit room
constexpr double kReadNoise = 5;       // electrons
constexpr double kSettling = 0.35;     // seconds: how fast the exposure follows
constexpr double kHalfAngle = 0.5236;  // radians: 30 degrees

// Mean light, the middle counting most, as exposure meters weigh it. Every fourth photosite is enough.
double metered(const Mosaic& scene) {
  double sum = 0;
  double weights = 0;
  for (int y = 1; y < scene.height; y += 3)
    for (int x = y % 4; x < scene.width; x += 4) {
      const double dx = (x + 0.5) / scene.width - 0.5;
      const double dy = (y + 0.5) / scene.height - 0.5;
      const double weight = 1.2 - 2 * (dx * dx + dy * dy);
      sum +=
          weight * std::min(scene.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(scene.width) +
                                         static_cast<std::size_t>(x)],
                            2.0F);
      weights += weight;
    }
  return weights > 0 ? sum / weights : 0;
}

// Photosites beyond the edge, two deep, mirrored at the outermost one: that keeps the order of the filters.
int mirrored_photosite(int i, int count) {
  if (i < 0) i = -i;
  if (i >= count) i = 2 * (count - 1) - i;
  return std::clamp(i, 0, count - 1);
}

// The sensor's straight line up to 0.8, then a shoulder instead of a hard clip.
float with_shoulder(float light) {
  constexpr float kKnee = 0.8F;
  if (light <= kKnee) return std::max(light, 0.0F);
  const float over = (light - kKnee) / (1 - kKnee);
  return kKnee + (1 - kKnee) * over / (1 + over) * 1.25F;
}

}  // namespace

Camera::Camera(const CameraOptions& options, std::uint64_t seed)
    : options_(options),
      exposure_drift_([&] {
        Random random(seed, 11);
        return SmoothPath(random, 0.015, 0.1, 1.5);
      }()),
      red_drift_([&] {
        Random random(seed, 12);
        return SmoothPath(random, 0.01, 0.05, 0.5);
      }()),
      blue_drift_([&] {
        Random random(seed, 13);
        return SmoothPath(random, 0.012, 0.05, 0.5);
      }()),
      normal_([&] {
        Random random(seed, 14);
        return NormalTable(random);
      }()) {
  assert(options.width > 0 && options.height > 0);
  assert(static_cast<std::size_t>(options.width) < NormalTable::kLongest);
}

double Camera::focal_length() const {
  return std::max(options_.width, options_.height) / 2.0 / std::tan(kHalfAngle);
}

Image Camera::develop(Mosaic& scene, double time_s) {
  assert(scene.width == options_.width && scene.height == options_.height);
  expose(scene, time_s);
  Image out = make_image(scene.width, scene.height);
  demosaic(scene, out);
  if (options_.sharpening > 0) sharpen(out);
  ++frame_;
  return out;
}

void Camera::expose(Mosaic& scene, double time_s) {
  const double wanted = std::clamp(kMiddle / std::max(metered(scene), 1e-4), 0.05, 20.0);
  const double follow = gain_ > 0 ? 1 - std::exp(-std::max(time_s - time_s_, 0.0) / kSettling) : 1;
  gain_ = gain_ > 0 ? gain_ * std::pow(wanted / gain_, follow) : wanted;
  time_s_ = time_s;
  const double gain = gain_ * (1 + exposure_drift_.at(time_s));
  // More gain means fewer electrons for the same value.
  const double electrons = kFullWell / (std::max(options_.noise, 1e-6) * std::max(gain, 1.0));
  const auto shot = static_cast<float>(1 / electrons);
  const double read_share = kReadNoise / electrons;
  const auto read = static_cast<float>(read_share * read_share);
  const double half_x = scene.width / 2.0;
  const double half_y = scene.height / 2.0;
  const double corner = half_x * half_x + half_y * half_y;
  for (int y = 0; y < scene.height; ++y) {
    float* row = scene.row(y);
    const float* normal = normal_.row(frame_ * 65537 + static_cast<std::uint64_t>(y));
    const double dy = y + 0.5 - half_y;
    for (int x = 0; x < scene.width; ++x) {
      const double dx = x + 0.5 - half_x;
      const double fall = 1 - options_.vignetting * (dx * dx + dy * dy) / corner;
      const auto light = static_cast<float>(row[x] * gain * fall);
      const float noise = options_.noise > 0 ? std::sqrt(std::max(light, 0.0F) * shot + read) * normal[x] : 0;
      row[x] = with_shoulder(light + noise);
    }
  }
}

// Malvar, He, Cutler: High-quality linear interpolation for demosaicing of Bayer-patterned color images
// (2004).
void Camera::demosaic(const Mosaic& scene, Image& out) {
  const int width = scene.width;
  const int height = scene.height;
  const std::ptrdiff_t line = width + 4;
  padded_.resize(static_cast<std::size_t>(line) * static_cast<std::size_t>(height + 4));
  for (int y = -2; y < height + 2; ++y) {
    const float* from =
        scene.values.data() + static_cast<std::ptrdiff_t>(mirrored_photosite(y, height)) * width;
    float* to = padded_.data() + (y + 2) * line;
    std::copy(from, from + width, to + 2);
    for (const int x : {-2, -1, width, width + 1}) to[x + 2] = from[mirrored_photosite(x, width)];
  }
  const auto red_gain = static_cast<float>(1 + red_drift_.at(time_s_));
  const auto blue_gain = static_cast<float>(1 + blue_drift_.at(time_s_));
  for (int y = 0; y < height; ++y) {
    const float* p = padded_.data() + (y + 2) * line + 2;
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < width; ++x, ++p, to += 3) {
      const float side = p[-1] + p[1];
      const float above = p[-line] + p[line];
      const float far_side = p[-2] + p[2];
      const float far_above = p[-2 * line] + p[2 * line];
      const float diagonal = p[-line - 1] + p[-line + 1] + p[line - 1] + p[line + 1];
      float red = 0;
      float green = 0;
      float blue = 0;
      if (filter_of(x, y) == 1) {
        const float across = (5 * *p + 4 * side - diagonal - far_side + 0.5F * far_above) / 8;
        const float along = (5 * *p + 4 * above - diagonal - far_above + 0.5F * far_side) / 8;
        green = *p;
        red = (y & 1) == 0 ? across : along;
        blue = (y & 1) == 0 ? along : across;
      } else {
        const float other = (6 * *p + 2 * diagonal - 1.5F * (far_side + far_above)) / 8;
        green = (4 * *p + 2 * (side + above) - far_side - far_above) / 8;
        red = (y & 1) == 0 ? *p : other;
        blue = (y & 1) == 0 ? other : *p;
      }
      to[0] = code_of_light(red * red_gain);
      to[1] = code_of_light(green);
      to[2] = code_of_light(blue * blue_gain);
    }
  }
}

void Camera::sharpen(Image& image) {
  const int width = image.width;
  const auto line = static_cast<std::size_t>(width);
  lines_.resize(3 * line);
  const auto luma_of = [&](int y) {
    std::uint8_t* to = lines_.data() + static_cast<std::size_t>(y % 3) * line;
    const std::uint8_t* p = image.row(y);
    for (int x = 0; x < width; ++x, p += 3)
      to[x] = static_cast<std::uint8_t>((77 * p[0] + 150 * p[1] + 29 * p[2] + 128) >> 8);
  };
  luma_of(0);
  for (int y = 0; y < image.height; ++y) {
    if (y + 1 < image.height) luma_of(y + 1);
    const std::uint8_t* here = lines_.data() + static_cast<std::size_t>(y % 3) * line;
    const std::uint8_t* up = lines_.data() + static_cast<std::size_t>(std::max(y - 1, 0) % 3) * line;
    const std::uint8_t* down =
        lines_.data() + static_cast<std::size_t>(std::min(y + 1, image.height - 1) % 3) * line;
    std::uint8_t* p = image.row(y);
    for (int x = 0; x < width; ++x, p += 3) {
      const int around = here[std::max(x - 1, 0)] + here[std::min(x + 1, width - 1)] + up[x] + down[x];
      const double detail = here[x] - around / 4.0;
      // Below two levels it is noise, which phones leave alone.
      const int change =
          std::abs(detail) < 2 ? 0 : static_cast<int>(std::lround(options_.sharpening * detail * 1.5));
      for (int c = 0; c < 3; ++c) p[c] = static_cast<std::uint8_t>(std::clamp(p[c] + change, 0, 255));
    }
  }
}

}  // namespace kyc
