// Richardson-Lucy deconvolution (1972, 1974) with a point spread function that is stated, not estimated: a
// Gaussian (a swap network's softness, a lens out of focus) or a line (a hand that moved).

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "kyc/attack/light.h"
#include "kyc/attack/restore_region.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

// A blur and its transpose; both are symmetric here, so one function serves.
class PointSpread {
 public:
  PointSpread(bool line, double size, double angle_degrees) : line_(line), size_(size) {
    const double radians = angle_degrees * std::numbers::pi / 180;
    along_x_ = std::cos(radians);
    along_y_ = std::sin(radians);
  }

  LightImage operator()(const LightImage& image) const {
    if (!line_) {
      LightImage out = image;
      blur(out, size_);
      return out;
    }
    // The mean of samples half a pixel apart along the line.
    const int steps = std::max(1, static_cast<int>(std::lround(size_)));
    LightImage out = make_light_image(image.width, image.height);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        Light sum{};
        for (int i = -steps; i <= steps; ++i) {
          const double t = i * size_ / (2 * steps);
          const Light one = sample(image, x + 0.5 + t * along_x_, y + 0.5 + t * along_y_);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += one[c];
        }
        float* to = out.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
        for (std::size_t c = 0; c < 3; ++c) to[c] = sum[c] / static_cast<float>(2 * steps + 1);
      }
    return out;
  }

 private:
  bool line_;
  double size_;
  double along_x_;
  double along_y_;
};

Image deblurred(const Image& image, const PointSpread& spread, int iterations) {
  // Never divides by nothing, and lets noise near black not explode.
  constexpr float kFloor = 1.0F / 512;
  LightImage seen = light_of(image);
  for (float& value : seen.values) value = std::max(value, kFloor);
  LightImage guess = seen;
  for (int i = 0; i < iterations; ++i) {
    LightImage ratio = spread(guess);
    for (std::size_t k = 0; k < ratio.values.size(); ++k)
      ratio.values[k] = seen.values[k] / std::max(ratio.values[k], kFloor);
    const LightImage correction = spread(ratio);
    for (std::size_t k = 0; k < guess.values.size(); ++k)
      guess.values[k] = std::clamp(guess.values[k] * correction.values[k], kFloor, 1.0F);
  }
  Image out = image;
  std::transform(guess.values.begin(), guess.values.end(), out.pixels.begin(), code_of_light);
  return out;
}

class RestoreDeblur final : public Restorer {
 public:
  explicit RestoreDeblur(const ModelResources& /*resources*/) {}

  std::string imitates() const override {
    return "deblurring of a soft or shaken face by deconvolution (Richardson-Lucy)";
  }

  std::vector<AttackOption> options() const override {
    return {where_option("face"),
            {"psf", "gaussian", "point spread function: gaussian or line"},
            {"size", "1.5", "its standard deviation, or the line's length, pixels, 0.9 to 30"},
            {"angle", "0", "of the line, degrees clockwise from the right, -180 to 180"},
            {"iterations", "8", "1 to 100; more sharpens more, noise too"}};
  }

  Image restore(Image image, const RestoreFrame& frame, const OptionValues& values) const override {
    const PointSpread spread(values.choice("psf", {"gaussian", "line"}) == "line",
                             values.number("size", 0.9, 30),
                             values.number("angle", -180, 180));
    const int iterations = values.whole_number("iterations", 1, 100);
    const int margin = static_cast<int>(std::ceil(4 * values.number("size", 0.9, 30)));
    return restore_where(std::move(image), frame, values, margin, [&](const Image& cut) {
      return deblurred(cut, spread, iterations);
    });
  }
};

const Registration<Restorer, RestoreDeblur> kRestoreDeblur{"restore/deblur", "Richardson-Lucy deconvolution"};

}  // namespace
}  // namespace kyc
