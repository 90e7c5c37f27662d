#include "kyc/training/augment.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/training/planes.h"

namespace kyc {
namespace {

// Turned about a point near the middle, and cut; without a turn, whole pixels are kept as they are.
Image placed(const Image& stored, int side, const AugmentOptions& options, Random& random) {
  const int room = stored.width - side;
  const int left = random.whole(0, room);
  const int top = random.whole(0, room);
  const bool turned = random.chance(options.rotate);
  const double degrees = random.between(-options.rotate_degrees, options.rotate_degrees);
  if (turned) {
    const double angle = degrees * std::numbers::pi / 180;
    const auto a = static_cast<float>(std::cos(angle));
    const auto b = static_cast<float>(std::sin(angle));
    const float middle = static_cast<float>(stored.width) / 2;
    const float half = static_cast<float>(side) / 2;
    return warp(
        stored, {a, b, half - (a * middle - b * middle), half - (b * middle + a * middle)}, side, side);
  }
  Image out = make_image(side, side);
  for (int y = 0; y < side; ++y)
    std::memcpy(out.row(y),
                stored.row(top + y) + 3 * static_cast<std::ptrdiff_t>(left),
                static_cast<std::size_t>(side) * 3);
  return out;
}

Image coloured(Image image, const AugmentOptions& options, Random& random) {
  switch (random.index(3)) {
    case 0: {
      const double contrast = 1 + random.between(-options.brightness, options.brightness);
      const double shift = 255 * random.between(-options.brightness, options.brightness);
      return scaled_and_shifted(std::move(image), contrast, shift, shift, shift);
    }
    case 1:
      return fancy_pca(std::move(image), options.fancy_pca, random);
    default: {
      const double hue = random.between(-options.hue_degrees, options.hue_degrees);
      const double saturation = random.between(-options.saturation, options.saturation);
      return hsv_shifted(std::move(image), hue, saturation, random.between(-options.value, options.value));
    }
  }
}

}  // namespace

void check(const AugmentOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "augmentation: " + what);
  };
  for (const double probability :
       {options.flip, options.rotate, options.blur, options.resize, options.colour, options.jpeg})
    if (!(probability >= 0 && probability <= 1)) refuse("expected probabilities of 0 to 1");
  if (!(options.rotate_degrees >= 0 && options.rotate_degrees <= 180)) refuse("expected 0 to 180 degrees");
  if (!(options.resize_least > 0 && options.resize_least <= 1)) refuse("expected a factor above 0, up to 1");
  if (options.jpeg_least < 1 || options.jpeg_most > 100 || options.jpeg_least > options.jpeg_most)
    refuse("expected JPEG qualities of 1 to 100, the lower one first");
}

AugmentOptions no_augmentation() {
  AugmentOptions out;
  out.flip = out.rotate = out.blur = out.resize = out.colour = out.jpeg = 0;
  return out;
}

Image augmented(const Image& stored, int side, const AugmentOptions& options, Random random) {
  assert(stored.width == stored.height && stored.width >= side);
  // OpenCV's sigma for kernels of 3, 5 and 7
  constexpr std::array<double, 3> kSigmas = {0.8, 1.1, 1.4};
  Image image = placed(stored, side, options, random);
  if (random.chance(options.flip)) image = mirror(image);
  if (random.chance(options.blur)) image = gaussian_blurred(image, kSigmas[random.index(kSigmas.size())]);
  if (random.chance(options.resize)) image = coarsened(image, random.between(options.resize_least, 1));
  if (random.chance(options.colour)) image = coloured(std::move(image), options, random);
  if (random.chance(options.jpeg)) {
    const int quality = random.whole(options.jpeg_least, options.jpeg_most);
    const JpegColours colours = random.chance(0.5) ? JpegColours::Halved : JpegColours::Full;
    image = decode_image(encode_jpeg(image, quality, colours), "JPEG in memory");
  }
  return image;
}

}  // namespace kyc
