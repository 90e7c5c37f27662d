// Unsharp masking: what a forger does to a swap that came out softer than the picture around it.

#include <algorithm>
#include <cmath>

#include "kyc/attack/light.h"
#include "kyc/attack/restore_region.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

// The picture plus `amount` times what blurring takes away, where that is more than `threshold`.
Image sharpened(const Image& image, double amount, double radius, double threshold) {
  LightImage soft = make_light_image(image.width, image.height);
  std::copy(image.pixels.begin(), image.pixels.end(), soft.values.begin());
  blur(soft, radius);
  Image out = image;
  for (std::size_t i = 0; i < out.pixels.size(); ++i) {
    const double detail = image.pixels[i] - static_cast<double>(soft.values[i]);
    if (std::abs(detail) <= threshold) continue;
    out.pixels[i] =
        static_cast<std::uint8_t>(std::clamp(std::lround(image.pixels[i] + amount * detail), 0L, 255L));
  }
  return out;
}

class RestoreSharpen final : public Restorer {
 public:
  explicit RestoreSharpen(const ModelResources& /*resources*/) {}

  std::string imitates() const override {
    return "sharpening that hides how soft a swapped face is (unsharp mask)";
  }

  std::vector<AttackOption> options() const override {
    return {where_option("face"),
            {"amount", "0.8", "how much of the detail is added, 0 to 5"},
            {"radius", "1.5", "of the blur that the detail is measured against, pixels, 0.9 to 20"},
            {"threshold", "2", "detail of fewer levels is left alone, 0 to 50"}};
  }

  Image restore(Image image, const RestoreFrame& frame, const OptionValues& values) const override {
    const double amount = values.number("amount", 0, 5);
    const double radius = values.number("radius", 0.9, 20);
    const double threshold = values.number("threshold", 0, 50);
    return restore_where(
        std::move(image), frame, values, static_cast<int>(std::ceil(3 * radius)), [&](const Image& cut) {
          return sharpened(cut, amount, radius, threshold);
        });
  }
};

const Registration<Restorer, RestoreSharpen> kRestoreSharpen{"restore/sharpen", "unsharp mask on the face"};

}  // namespace
}  // namespace kyc
