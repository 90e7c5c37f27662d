#include "kyc/evaluation/perturb.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/video/reencoder.h"

namespace kyc {
namespace {

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

Image through_jpeg(const Image& image, int quality) {
  return decode_image(encode_jpeg(image, quality), "jpeg");
}

Image there_and_back(const Image& image, double factor) {
  const int width = std::max(8, static_cast<int>(image.width * factor));
  const int height = std::max(8, static_cast<int>(image.height * factor));
  return resize(resize(image, width, height, Interpolation::Area), image.width, image.height);
}

// One direction of a separable Gaussian; edges repeat.
Image blurred_along(const Image& image, const std::vector<double>& kernel, bool horizontal) {
  const int radius = static_cast<int>(kernel.size() / 2);
  Image out = make_image(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (int k = -radius; k <= radius; ++k) {
          const int sx = horizontal ? std::clamp(x + k, 0, image.width - 1) : x;
          const int sy = horizontal ? y : std::clamp(y + k, 0, image.height - 1);
          sum += kernel[static_cast<std::size_t>(k + radius)] * image.row(sy)[3 * sx + c];
        }
        out.row(y)[3 * x + c] = to_byte(sum);
      }
  return out;
}

Image blurred(const Image& image, double sigma) {
  const int radius = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<double> kernel;
  double total = 0;
  for (int k = -radius; k <= radius; ++k) {
    kernel.push_back(std::exp(-k * k / (2 * sigma * sigma)));
    total += kernel.back();
  }
  for (double& weight : kernel) weight /= total;
  return blurred_along(blurred_along(image, kernel, true), kernel, false);
}

Image noisy(Image image, double sigma, std::mt19937_64& random) {
  std::normal_distribution<double> noise(0, sigma);
  for (std::uint8_t& value : image.pixels) value = to_byte(value + noise(random));
  return image;
}

// The frames as a clip of their own at 25 frames per second.
std::vector<Image> reencoded(const std::vector<Image>& frames, int crf) {
  WriteOptions options;
  options.width = frames.front().width;
  options.height = frames.front().height;
  options.frame_rate = 25;
  options.crf = crf;
  Reencoder codec(options);
  for (const Image& frame : frames) codec.push(frame);
  codec.finish();
  std::vector<Image> out;
  while (std::optional<Image> image = codec.pop()) out.push_back(std::move(*image));
  return out;
}

void expect(bool fine, const Perturbation& perturbation, const char* range) {
  if (!fine)
    throw Error(ErrorCode::InvalidArgument, name_of(perturbation) + ": expected a strength of " + range);
}

}  // namespace

std::vector<Perturbation> standard_perturbations() {
  return {{"jpeg", 90},
          {"jpeg", 70},
          {"jpeg", 50},
          {"jpeg", 30},
          {"resize", 0.75},
          {"resize", 0.5},
          {"resize", 0.25},
          {"blur", 1},
          {"blur", 2},
          {"blur", 4},
          {"noise", 5},
          {"noise", 15},
          {"noise", 30},
          {"reencode", 23},
          {"reencode", 32},
          {"reencode", 40}};
}

std::string name_of(const Perturbation& perturbation) {
  char text[64];
  std::snprintf(text, sizeof(text), " %g", perturbation.strength);
  return perturbation.kind + text;
}

std::vector<Image> perturbed(const std::vector<Image>& frames,
                             const Perturbation& perturbation,
                             std::uint64_t seed) {
  const double strength = perturbation.strength;
  if (perturbation.kind == "jpeg") expect(strength >= 1 && strength <= 100, perturbation, "1 to 100");
  if (perturbation.kind == "resize") expect(strength > 0.01 && strength < 1, perturbation, "0.01 to 1");
  if (perturbation.kind == "blur") expect(strength > 0 && strength <= 50, perturbation, "0 to 50");
  if (perturbation.kind == "noise") expect(strength > 0 && strength <= 255, perturbation, "0 to 255");
  if (perturbation.kind == "reencode") expect(strength >= 0 && strength <= 51, perturbation, "0 to 51");
  if (frames.empty()) return {};
  if (perturbation.kind == "reencode") return reencoded(frames, static_cast<int>(strength));
  std::mt19937_64 random(seed);
  std::vector<Image> out;
  for (const Image& frame : frames) {
    if (perturbation.kind == "jpeg")
      out.push_back(through_jpeg(frame, static_cast<int>(strength)));
    else if (perturbation.kind == "resize")
      out.push_back(there_and_back(frame, strength));
    else if (perturbation.kind == "blur")
      out.push_back(blurred(frame, strength));
    else if (perturbation.kind == "noise")
      out.push_back(noisy(frame, strength, random));
    else
      throw Error(ErrorCode::InvalidArgument,
                  "no perturbation '" + perturbation.kind + "'; known: jpeg, resize, blur, noise, reencode");
  }
  return out;
}

}  // namespace kyc
