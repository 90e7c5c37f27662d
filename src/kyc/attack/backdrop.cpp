#include "kyc/attack/backdrop.h"

#include <algorithm>
#include <cmath>

#include "kyc/attack/random_path.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr int kShrink = 4;   // frame pixels per pixel of the backdrop
constexpr int kBorder = 16;  // backdrop pixels around the frame: hands shake

Light random_colour(Random& random, double least, double most, double saturation) {
  const double grey = random.uniform(least, most);
  Light out{};
  for (float& value : out) value = static_cast<float>(grey * (1 + random.uniform(-saturation, saturation)));
  return out;
}

// Draws on a picture in shares of its size.
class Painter {
 public:
  explicit Painter(LightImage& picture) : picture_(picture) {}

  void box(double left, double top, double right, double bottom, const Light& light) {
    for (int y = at(top, picture_.height); y < at(bottom, picture_.height); ++y)
      for (int x = at(left, picture_.width); x < at(right, picture_.width); ++x)
        std::copy(light.begin(), light.end(), picture_.row(y) + static_cast<std::ptrdiff_t>(x) * 3);
  }

  // Light that falls on everything: brightest at (x, y), `reach` in widths.
  void glow(double x, double y, double reach, double strength) {
    for (int j = 0; j < picture_.height; ++j)
      for (int i = 0; i < picture_.width; ++i) {
        const double dx = (i + 0.5) / picture_.width - x;
        const double dy = ((j + 0.5) / picture_.height - y) * picture_.height / picture_.width;
        const double factor = 1 + strength * std::exp(-(dx * dx + dy * dy) / (reach * reach));
        float* p = picture_.row(j) + static_cast<std::ptrdiff_t>(i) * 3;
        for (int c = 0; c < 3; ++c) p[c] = static_cast<float>(p[c] * factor);
      }
  }

 private:
  static int at(double share, int size) {
    return std::clamp(static_cast<int>(std::lround(share * size)), 0, size);
  }
  LightImage& picture_;
};

void paint_shelf(Painter& painter, double left, double width, Random& random) {
  const Light wood = random_colour(random, 0.05, 0.16, 0.3);
  painter.box(left, 0.08, left + width, 1, wood);
  for (double top = 0.1; top < 0.95; top += 0.2) {
    painter.box(left + 0.01, top, left + width - 0.01, top + 0.18, random_colour(random, 0.02, 0.05, 0.1));
    for (double x = left + 0.012; x < left + width - 0.03;) {
      const double thick = random.uniform(0.010, 0.028);
      const double high = random.uniform(0.10, 0.165);
      painter.box(x, top + 0.18 - high, x + thick, top + 0.18, random_colour(random, 0.04, 0.4, 0.6));
      x += thick + (random.uniform(0, 1) < 0.15 ? 0.03 : 0.002);
    }
  }
}

void paint_picture(Painter& painter, double left, double top, Random& random) {
  const double width = random.uniform(0.10, 0.2);
  const double height = width * random.uniform(0.9, 1.5);
  painter.box(left, top, left + width, top + height, random_colour(random, 0.02, 0.1, 0.2));
  painter.box(left + 0.012,
              top + 0.016,
              left + width - 0.012,
              top + height - 0.016,
              random_colour(random, 0.5, 0.7, 0.1));
  painter.box(left + 0.03,
              top + 0.04,
              left + width - 0.03,
              top + height - 0.04,
              random_colour(random, 0.1, 0.4, 0.6));
}

}  // namespace

Backdrop::Backdrop(int width, int height)
    : picture_(make_light_image(width / kShrink + 2 * kBorder, height / kShrink + 2 * kBorder)) {}

Backdrop Backdrop::room(int width, int height, std::uint64_t seed) {
  Backdrop out(width, height);
  Random random(seed, 41);
  Painter painter(out.picture_);
  painter.box(0, 0, 1, 1, random_colour(random, 0.28, 0.45, 0.06));
  painter.box(0, 0.93, 1, 1, random_colour(random, 0.08, 0.2, 0.2));
  const bool window_left = random.uniform(0, 1) < 0.5;
  const double shelf = random.uniform(0.22, 0.32);
  paint_shelf(
      painter, window_left ? 1 - shelf - random.uniform(0, 0.1) : random.uniform(0, 0.1), shelf, random);
  paint_picture(painter, window_left ? random.uniform(0.25, 0.4) : random.uniform(0.45, 0.6), 0.12, random);
  if (random.uniform(0, 1) < 0.6) {  // a door
    const double left = window_left ? random.uniform(0.02, 0.1) : random.uniform(0.7, 0.8);
    const Light door = random_colour(random, 0.3, 0.6, 0.1);
    painter.box(left - 0.015, 0.05, left + 0.215, 1, random_colour(random, 0.5, 0.7, 0.05));
    painter.box(left, 0.07, left + 0.2, 1, door);
    painter.box(left + 0.17, 0.5, left + 0.19, 0.54, {0.08F, 0.07F, 0.05F});
  }
  painter.glow(window_left ? -0.1 : 1.1, 0.3, 0.6, random.uniform(0.8, 1.6));
  blur(out.picture_, std::max(1.0, width / (90.0 * kShrink)));
  return out;
}

// Fills the backdrop, proportions kept.
void Backdrop::fill(const Image& picture) {
  LightImage& to = picture_;
  const double cover = std::max(static_cast<double>(to.width) / picture.width,
                                static_cast<double>(to.height) / picture.height);
  const int scaled_width = std::max(to.width, static_cast<int>(std::lround(picture.width * cover)));
  const int scaled_height = std::max(to.height, static_cast<int>(std::lround(picture.height * cover)));
  const LightImage scaled = light_of(
      resize(picture, scaled_width, scaled_height, cover < 1 ? Interpolation::Area : Interpolation::Linear));
  for (int y = 0; y < to.height; ++y) {
    const float* from = scaled.row(y + (scaled.height - to.height) / 2) +
                        static_cast<std::ptrdiff_t>((scaled.width - to.width) / 2) * 3;
    std::copy(from, from + static_cast<std::ptrdiff_t>(to.width) * 3, to.row(y));
  }
}

Backdrop Backdrop::blurred(const Image& picture, int width, int height) {
  Backdrop out(width, height);
  out.fill(picture);
  blur(out.picture_, std::max(2.0, out.picture_.width / 22.0));
  return out;
}

Backdrop Backdrop::out_of_focus(const Image& picture, int width, int height) {
  Backdrop out(width, height);
  out.fill(picture);
  blur(out.picture_, std::max(1.0, out.picture_.width / 110.0));
  return out;
}

float Backdrop::light(float x, float y, int channel) const {
  const float px = std::clamp(x / kShrink + kBorder - 0.5F, 0.0F, static_cast<float>(picture_.width - 2));
  const float py = std::clamp(y / kShrink + kBorder - 0.5F, 0.0F, static_cast<float>(picture_.height - 2));
  const int ix = static_cast<int>(px);
  const int iy = static_cast<int>(py);
  const float fx = px - static_cast<float>(ix);
  const float fy = py - static_cast<float>(iy);
  const float* p = picture_.row(iy) + static_cast<std::ptrdiff_t>(ix) * 3 + channel;
  const float* q = p + static_cast<std::ptrdiff_t>(picture_.width) * 3;
  const float above = p[0] + fx * (p[3] - p[0]);
  const float below = q[0] + fx * (q[3] - q[0]);
  return above + fy * (below - above);
}

}  // namespace kyc
