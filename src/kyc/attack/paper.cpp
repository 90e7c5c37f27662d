#include "kyc/attack/paper.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "kyc/attack/random_path.h"
#include "kyc/core/error.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr double kInch = 25.4;
constexpr double kRasterDpi = 300;            // of what is kept
constexpr int kDots = 2;                      // printer dots per raster cell and axis: 600 dpi
constexpr std::size_t kInks = 4;              // cyan, magenta, yellow, black
constexpr Light kPaper{0.84F, 0.85F, 0.88F};  // office paper: brighteners make it bluish

// What a film of ink lets through, there and back, of red, green and blue light. Not the ideal inks of
// textbooks: magenta eats blue, cyan eats green, which is why prints have fewer colours than screens.
constexpr std::array<Light, kInks> kInk{
    {{0.08F, 0.48F, 0.74F}, {0.68F, 0.09F, 0.30F}, {0.88F, 0.78F, 0.10F}, {0.05F, 0.05F, 0.055F}}};

using Coverage = std::array<float, kInks>;  // share of the paper that each ink covers, 0..1

// Coverages for a wanted colour (linear light): the lightest and darkest printable tones stretched over it,
// grey parts moved to black ink.
Coverage separated(const Light& wanted) {
  constexpr float kDarkest = 0.06F;
  Coverage out{};
  for (std::size_t i = 0; i < 3; ++i) {
    // Dots spread when printed: drivers take the middle tones back.
    const float covered = std::clamp((1 - wanted[i]) / (1 - kDarkest), 0.0F, 1.0F);
    out[i] = covered - 0.10F * covered * (1 - covered) * 4 * 0.5F;
  }
  const float grey = 0.65F * std::min({out[0], out[1], out[2]});
  for (std::size_t i = 0; i < 3; ++i) out[i] = (out[i] - grey) / (1 - grey);
  out[3] = grey;
  return out;
}

Light through_inks(const Coverage& share) {
  Light out = kPaper;
  for (std::size_t ink = 0; ink < kInks; ++ink)
    for (std::size_t c = 0; c < 3; ++c) out[c] *= 1 - share[ink] * (1 - kInk[ink][c]);
  return out;
}

// Clustered dots on a grid that is turned by a rational tangent, as PostScript printers do it: cells are
// squares of side (a, b); the pattern repeats after a^2 + b^2 dots.
class Screen {
 public:
  Screen(int a, int b)
      : period_(a * a + b * b),
        thresholds_(static_cast<std::size_t>(period_) * static_cast<std::size_t>(period_)) {
    struct Dot {
      double order;
      std::size_t index;
    };
    std::vector<Dot> dots;
    const double turn = 2 * 3.14159265358979323846;
    for (int y = 0; y < period_; ++y)
      for (int x = 0; x < period_; ++x) {
        const double s = (a * (x + 0.31) + b * (y + 0.17)) / period_;
        const double t = (-b * (x + 0.31) + a * (y + 0.17)) / period_;
        dots.push_back({-std::cos(turn * s) - std::cos(turn * t), dots.size()});
      }
    std::sort(dots.begin(), dots.end(), [](const Dot& one, const Dot& other) {
      return one.order != other.order ? one.order < other.order : one.index < other.index;
    });
    for (std::size_t i = 0; i < dots.size(); ++i)
      thresholds_[dots[i].index] = (static_cast<float>(i) + 0.5F) / static_cast<float>(dots.size());
  }

  bool inked(float coverage, int x, int y) const {
    return coverage > thresholds_[static_cast<std::size_t>(y % period_) * static_cast<std::size_t>(period_) +
                                  static_cast<std::size_t>(x % period_)];
  }

 private:
  int period_;
  std::vector<float> thresholds_;
};

// Coverages of one row of the picture -> what its dots leave of the light, row by row.
class Printer {
 public:
  virtual ~Printer() = default;
  virtual void print(const std::vector<Coverage>& row, int y, std::vector<Light>& out) = 0;
};

class ContinuousTone final : public Printer {
 public:
  void print(const std::vector<Coverage>& row, int /*y*/, std::vector<Light>& out) override {
    for (std::size_t x = 0; x < row.size(); ++x) out[x] = through_inks(row[x]);
  }
};

class LaserPrinter final : public Printer {
 public:
  void print(const std::vector<Coverage>& row, int y, std::vector<Light>& out) override {
    for (std::size_t x = 0; x < row.size(); ++x) {
      Light sum{};
      for (int dy = 0; dy < kDots; ++dy)
        for (int dx = 0; dx < kDots; ++dx) {
          Coverage dot{};
          for (std::size_t ink = 0; ink < kInks; ++ink)
            dot[ink] = screens_[ink].inked(row[x][ink], static_cast<int>(x) * kDots + dx, y * kDots + dy);
          const Light light = through_inks(dot);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += light[c] / (kDots * kDots);
        }
      out[x] = sum;
    }
  }

 private:
  std::array<Screen, kInks> screens_{Screen(4, 1), Screen(1, 4), Screen(4, 0), Screen(3, 3)};
};

// Floyd and Steinberg's error diffusion, one ink at a time, with thresholds that tremble a little.
class InkjetPrinter final : public Printer {
 public:
  InkjetPrinter(std::size_t width, std::uint64_t seed) : random_(seed, 31), width_(width * kDots) {
    for (auto& line : errors_) line.assign(width_ + 2, Coverage{});
  }

  void print(const std::vector<Coverage>& row, int /*y*/, std::vector<Light>& out) override {
    std::fill(out.begin(), out.end(), Light{});
    for (int dy = 0; dy < kDots; ++dy) {
      std::fill(errors_[1].begin(), errors_[1].end(), Coverage{});
      for (std::size_t x = 0; x < width_; ++x) {
        Coverage dot{};
        const auto tremble = static_cast<float>(random_.uniform(-0.12, 0.12));
        for (std::size_t ink = 0; ink < kInks; ++ink) {
          const float value = row[x / kDots][ink] + errors_[0][x + 1][ink];
          dot[ink] = value > 0.5F + tremble ? 1.0F : 0.0F;
          const float error = value - dot[ink];
          errors_[0][x + 2][ink] += error * (7.0F / 16);
          errors_[1][x][ink] += error * (3.0F / 16);
          errors_[1][x + 1][ink] += error * (5.0F / 16);
          errors_[1][x + 2][ink] += error * (1.0F / 16);
        }
        const Light light = through_inks(dot);
        for (std::size_t c = 0; c < 3; ++c) out[x / kDots][c] += light[c] / (kDots * kDots);
      }
      std::swap(errors_[0], errors_[1]);
    }
  }

 private:
  Random random_;
  std::size_t width_;
  std::array<std::vector<Coverage>, 2> errors_;  // one place more on either side
};

std::unique_ptr<Printer> printer_of(const std::string& name, std::size_t width, std::uint64_t seed) {
  if (name == "laser") return std::make_unique<LaserPrinter>();
  if (name == "inkjet") return std::make_unique<InkjetPrinter>(width, seed);
  if (name == "photo") return std::make_unique<ContinuousTone>();
  throw Error(ErrorCode::InvalidArgument,
              "printer: expected one of laser, inkjet, photo, got '" + name + "'");
}

// Cloudy unevenness of paper, about 1 with a few per mille: sums of noise on coarser and coarser grids.
class Grain {
 public:
  explicit Grain(Random& random) : values_(kSide * kSide) {
    for (float& value : values_) value = static_cast<float>(random.normal());
  }
  float at(int x, int y) const {
    return 1 + 0.006F * value(x, y) + 0.006F * value(x / 3 + 17, y / 3 + 5) + 0.006F * smooth(x, y, 16) +
           0.005F * smooth(x + 91, y + 33, 90);
  }

 private:
  static constexpr std::size_t kSide = 256;
  float value(int x, int y) const {
    return values_[(static_cast<std::size_t>(y) % kSide) * kSide + static_cast<std::size_t>(x) % kSide];
  }
  float smooth(int x, int y, int step) const {
    const int ix = x / step;
    const int iy = y / step;
    const float fx = static_cast<float>(x % step) / static_cast<float>(step);
    const float fy = static_cast<float>(y % step) / static_cast<float>(step);
    const float above = value(ix, iy) + fx * (value(ix + 1, iy) - value(ix, iy));
    const float below = value(ix, iy + 1) + fx * (value(ix + 1, iy + 1) - value(ix, iy + 1));
    return above + fy * (below - above);
  }
  std::vector<float> values_;
};

}  // namespace

PrintedSheet::PrintedSheet(const Image& picture, const PaperOptions& options, std::uint64_t seed)
    : width_mm_(options.width_mm),
      height_mm_(options.height_mm),
      half_width_(static_cast<float>(options.width_mm / 2)),
      half_height_(static_cast<float>(options.height_mm / 2)),
      light_(light_of_code()) {
  const double per_mm = kRasterDpi / kInch;
  per_mm_ = static_cast<float>(per_mm);
  width_ = static_cast<int>(std::lround(width_mm_ * per_mm));
  const int height = static_cast<int>(std::lround(height_mm_ * per_mm));
  last_x_ = static_cast<float>(width_ - 1);
  last_y_ = static_cast<float>(height - 1);
  // The picture as large as the margins let it be.
  const double room_x = width_ - 2 * options.margin_mm * per_mm;
  const double room_y = height - 2 * options.margin_mm * per_mm;
  const double factor = std::min(room_x / picture.width, room_y / picture.height);
  const int print_width = std::max(1, static_cast<int>(picture.width * factor));
  const int print_height = std::max(1, static_cast<int>(picture.height * factor));
  const int left = (width_ - print_width) / 2;
  const int top = (height - print_height) / 2;
  const Image print = resize(picture, print_width, print_height);

  const std::unique_ptr<Printer> printer =
      printer_of(options.printer, static_cast<std::size_t>(print_width), seed);
  const auto& light = light_of_code();
  Random random(seed, 32);
  const Grain grain(random);
  const bool glossy = options.printer == "photo";
  std::vector<Coverage> coverages(static_cast<std::size_t>(print_width));
  std::vector<Light> inked(static_cast<std::size_t>(print_width));
  raster_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height) * 3);
  for (int y = 0; y < height; ++y) {
    const bool in_print = y >= top && y < top + print_height;
    if (in_print) {
      const std::uint8_t* p = print.row(y - top);
      for (Coverage& coverage : coverages) {
        coverage = separated({light[p[0]], light[p[1]], light[p[2]]});
        p += 3;
      }
      printer->print(coverages, y - top, inked);
    }
    std::uint8_t* to = raster_.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) * 3;
    for (int x = 0; x < width_; ++x) {
      const int print_x = x - left;
      const bool here = in_print && print_x >= 0 && print_x < print_width;
      const Light& seen = here ? inked[static_cast<std::size_t>(print_x)] : kPaper;
      const float uneven = glossy ? 1 : grain.at(x, y);
      for (std::size_t c = 0; c < 3; ++c) *to++ = code_of_light(seen[c] * uneven);
    }
  }
}

}  // namespace kyc
