// Denoising, by non-local means (Buades, Coll, Morel 2005) or a bilateral filter (Tomasi, Manduchi 1998):
// takes away the noise that differs between a swapped face and its surroundings, and fine texture with it.

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kyc/attack/restore_region.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

// Coordinates beyond the edge are mirrored.
int mirrored(int i, int count) {
  if (count == 1) return 0;
  const int period = 2 * (count - 1);
  i = std::abs(i) % period;
  return i < count ? i : period - i;
}

// One shift of the picture against itself: how alike the patches are, at every pixel. Patches are squares of
// 2 r + 1; their squared differences are summed by sliding along rows and columns.
class PatchDistance {
 public:
  PatchDistance(const Image& image, int radius)
      : image_(image),
        radius_(radius),
        square_(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height)),
        across_(square_.size()),
        sum_(square_.size()) {}

  // Mean squared difference per value, [height, width].
  const std::vector<float>& of(int dx, int dy) {
    const int width = image_.width;
    const int height = image_.height;
    columns_.resize(static_cast<std::size_t>(width));
    for (int x = 0; x < width; ++x) columns_[static_cast<std::size_t>(x)] = mirrored(x + dx, width) * 3;
    for (int y = 0; y < height; ++y) {
      const std::uint8_t* p = image_.row(y);
      const std::uint8_t* other = image_.row(mirrored(y + dy, height));
      float* to = square_.data() + static_cast<std::ptrdiff_t>(y) * width;
      for (int x = 0; x < width; ++x, p += 3) {
        const std::uint8_t* q = other + columns_[static_cast<std::size_t>(x)];
        const int red = p[0] - q[0];
        const int green = p[1] - q[1];
        const int blue = p[2] - q[2];
        to[x] = static_cast<float>(red * red + green * green + blue * blue);
      }
    }
    slide(square_, across_, height, width, width, 1);
    slide(across_, sum_, width, height, 1, width);
    return sum_;
  }

 private:
  // Sums over 2 r + 1 neighbours along one axis; edges repeat.
  void slide(const std::vector<float>& from,
             std::vector<float>& to,
             int lines,
             int count,
             std::ptrdiff_t line_step,
             std::ptrdiff_t step) const {
    const float share = 1 / static_cast<float>(2 * radius_ + 1) / (step == 1 ? 3.0F : 1.0F);
    for (int line = 0; line < lines; ++line) {
      const float* p = from.data() + line * line_step;
      float* q = to.data() + line * line_step;
      const auto at = [&](int i) { return p[std::clamp(i, 0, count - 1) * step]; };
      float sum = 0;
      for (int i = -radius_; i <= radius_; ++i) sum += at(i);
      for (int i = 0; i < count; ++i) {
        q[i * step] = std::max(sum, 0.0F) * share;
        sum += at(i + radius_ + 1) - at(i - radius_);
      }
    }
  }

  const Image& image_;
  int radius_;
  std::vector<float> square_;
  std::vector<float> across_;
  std::vector<float> sum_;
  std::vector<int> columns_;
};

// Weighted sums of the picture's shifts.
class Averager {
 public:
  explicit Averager(const Image& image)
      : image_(image), sums_(image.pixels.size()), weights_(image.pixels.size() / 3) {}

  template <typename Weight>
  void add(int dx, int dy, const Weight& weight) {
    std::size_t i = 0;
    for (int y = 0; y < image_.height; ++y) {
      const std::uint8_t* row = image_.row(mirrored(y + dy, image_.height));
      for (int x = 0; x < image_.width; ++x, ++i) {
        const std::uint8_t* q = row + mirrored(x + dx, image_.width) * 3;
        const float w = weight(x, y, q, i);
        weights_[i] += w;
        for (std::size_t c = 0; c < 3; ++c) sums_[3 * i + c] += w * static_cast<float>(q[c]);
      }
    }
  }

  Image mean() const {
    Image out = image_;
    for (std::size_t i = 0; i < out.pixels.size(); ++i)
      out.pixels[i] = static_cast<std::uint8_t>(std::lround(sums_[i] / weights_[i / 3]));
    return out;
  }

 private:
  const Image& image_;
  std::vector<float> sums_;
  std::vector<float> weights_;
};

// exp(-x), x in [0, 8), in steps; 0 from there on.
class Falling {
 public:
  Falling() {
    for (std::size_t i = 0; i < table_.size(); ++i)
      table_[i] = static_cast<float>(std::exp(-static_cast<double>(i) / kSteps));
  }
  float operator()(float x) const {
    const float place = x * kSteps;
    return place < static_cast<float>(table_.size()) ? table_[static_cast<std::size_t>(place)] : 0;
  }

 private:
  static constexpr int kSteps = 256;
  std::array<float, 8 * kSteps> table_{};
};

Image non_local_means(const Image& image, double strength, int search) {
  static const Falling falling;
  constexpr int kPatch = 2;
  PatchDistance distance(image, kPatch);
  Averager average(image);
  const auto scale = static_cast<float>(1 / (strength * strength));
  for (int dy = -search; dy <= search; ++dy)
    for (int dx = -search; dx <= search; ++dx) {
      const std::vector<float>& alike = distance.of(dx, dy);
      average.add(
          dx, dy, [&](int, int, const std::uint8_t*, std::size_t i) { return falling(alike[i] * scale); });
    }
  return average.mean();
}

Image bilateral(const Image& image, double strength, int search) {
  static const Falling falling;
  Averager average(image);
  const auto range = static_cast<float>(1 / (2 * 3 * 4 * strength * strength));
  const double reach = search / 2.0;
  for (int dy = -search; dy <= search; ++dy)
    for (int dx = -search; dx <= search; ++dx) {
      const auto near = static_cast<float>(std::exp(-(dx * dx + dy * dy) / (2 * reach * reach)));
      average.add(dx, dy, [&](int x, int y, const std::uint8_t* q, std::size_t) {
        const std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
        const int red = p[0] - q[0];
        const int green = p[1] - q[1];
        const int blue = p[2] - q[2];
        return near * falling(static_cast<float>(red * red + green * green + blue * blue) * range);
      });
    }
  return average.mean();
}

class RestoreDenoise final : public Restorer {
 public:
  explicit RestoreDenoise(const ModelResources& /*resources*/) {}

  std::string imitates() const override {
    return "denoising that evens out the grain of a forged face (non-local means or bilateral filter)";
  }

  std::vector<AttackOption> options() const override {
    return {where_option("face"),
            {"method", "nlm", "nlm (non-local means) or bilateral"},
            {"strength", "8", "noise that is taken away, levels, 0.5 to 60"},
            {"search", "5", "how far alike pixels are looked for, pixels, 1 to 15"}};
  }

  Image restore(Image image, const RestoreFrame& frame, const OptionValues& values) const override {
    const std::string method = values.choice("method", {"nlm", "bilateral"});
    const double strength = values.number("strength", 0.5, 60);
    const int search = values.whole_number("search", 1, 15);
    return restore_where(std::move(image), frame, values, search + 2, [&](const Image& cut) {
      return method == "nlm" ? non_local_means(cut, strength, search) : bilateral(cut, strength, search);
    });
  }
};

const Registration<Restorer, RestoreDenoise> kRestoreDenoise{"restore/denoise",
                                                             "non-local means or bilateral filter"};

}  // namespace
}  // namespace kyc
