#include "kyc/attack/screen.h"

#include <array>
#include <cmath>
#include <utility>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Lit part of a pixel: each stripe three tenths of its width, 88 % of its height; the rest is black matrix.
constexpr double kStripe = 0.29;
constexpr double kRow = 0.88;

// Integral from 0 to x of a function that is 1 for the first `on` of every whole number and 0 after that.
double lit_until(double x, double on) {
  const double whole = std::floor(x);
  return whole * on + std::min(x - whole, on);
}

double share(double begin, double length, double on) {
  return (lit_until(begin + length, on) - lit_until(begin, on)) / (length * on);
}

// A photosite's window and the lens' blur: a box, seen from three places.
float softened(double begin, double length, double on) {
  const double shift = length * 0.4;
  return static_cast<float>(0.5 * share(begin, length, on) + 0.25 * share(begin - shift, length, on) +
                            0.25 * share(begin + shift, length, on));
}

}  // namespace

ScreenKind screen_kind(const std::string& name, bool upright) {
  static const std::array<ScreenKind, 4> kinds{{{"phone", 143, 66, 2340, 1080, 7, 3.2, 10, 60, 240},
                                                {"tablet", 197, 148, 2048, 1536, 10, 10, 9, 60, 480},
                                                {"laptop", 309, 174, 1920, 1080, 9, 12, 5, 60, 220},
                                                {"monitor", 527, 296, 1920, 1080, 10, 14, 3, 60, 240}}};
  std::string known;
  for (const ScreenKind& kind : kinds) {
    known += (known.empty() ? "" : ", ") + kind.name;
    if (kind.name != name) continue;
    ScreenKind out = kind;
    // Only what is held in the hand is turned. Telephones draw their lines across their short side.
    const bool in_hand = name == "phone" || name == "tablet";
    out.sideways = in_hand && upright != (name == "phone");
    if (upright && in_hand) {
      std::swap(out.width_mm, out.height_mm);
      std::swap(out.columns, out.rows);
      std::swap(out.bezel_x_mm, out.bezel_y_mm);
    }
    return out;
  }
  throw Error(ErrorCode::InvalidArgument, "screen: expected one of " + known + ", got '" + name + "'");
}

float stripe_light(double position, double length, int stripe) {
  const double start = (1.0 - 3 * kStripe) / 6 + stripe / 3.0;
  return softened(position - length / 2 - start, length, kStripe);
}

float row_light(double position, double length) {
  return softened(position - length / 2 - (1 - kRow) / 2, length, kRow);
}

double pulse_light(double begin_s, double length_s, double hz, double duty) {
  return duty >= 1 ? 1 : share(begin_s * hz, length_s * hz, duty);
}

}  // namespace kyc
