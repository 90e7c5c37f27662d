#include "kyc/report/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kyc/metrics/distributions.h"
#include "kyc/report/format.h"

namespace kyc {
namespace {

constexpr double kSmallest = 1e-300;  // of a logarithmic axis

// Into the space in which the axis is even.
double even(AxisScale scale, double value) {
  switch (scale) {
    case AxisScale::Linear:
      return value;
    case AxisScale::Log10:
      return std::log10(std::max(value, kSmallest));
    case AxisScale::Probit:
      return normal_quantile(std::clamp(value, 1e-15, 1 - 1e-15));
  }
  return value;
}

std::string label_of(const Axis& axis, double value) {
  std::string text = number_text(axis.percent ? 100 * value : value, 6);
  if (const std::size_t zero = text.find("e-0"); zero != std::string::npos) text.erase(zero + 2, 1);
  return axis.percent ? text + " %" : text;
}

std::vector<double> linear_values(const Axis& axis, double spacing) {
  const double rough = (axis.high - axis.low) * spacing;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  std::vector<double> out;
  for (double i = std::ceil(axis.low / step - 1e-9); i * step <= axis.high + 1e-9 * step; ++i)
    out.push_back(i * step);
  return out;
}

std::vector<double> decade_values(const Axis& axis) {
  std::vector<double> out;
  for (int e = -18; e <= 18; ++e) {
    const double value = std::pow(10.0, e);
    if (value >= axis.low * (1 - 1e-9) && value <= axis.high * (1 + 1e-9)) out.push_back(value);
  }
  if (axis.high / axis.low > 1000) return out;
  // Few decades: also what lies between them, after them in the claim to be shown.
  for (const double factor : {2.0, 5.0, 3.0})
    for (int e = -18; e <= 18; ++e) {
      const double value = factor * std::pow(10.0, e);
      if (value >= axis.low * (1 - 1e-9) && value <= axis.high * (1 + 1e-9)) out.push_back(value);
    }
  return out;
}

std::vector<double> share_values(const Axis& axis) {
  // In the order of their claim to be shown.
  static constexpr std::array<double, 19> kValues{0.01,
                                                  0.1,
                                                  0.5,
                                                  0.9,
                                                  0.001,
                                                  0.05,
                                                  0.99,
                                                  0.2,
                                                  1e-4,
                                                  0.02,
                                                  0.3,
                                                  0.005,
                                                  0.4,
                                                  0.7,
                                                  0.8,
                                                  1e-5,
                                                  0.95,
                                                  0.002,
                                                  0.999};
  std::vector<double> out;
  for (const double value : kValues)
    if (value >= axis.low * (1 - 1e-9) && value <= axis.high * (1 + 1e-9)) out.push_back(value);
  return out;
}

double distance_to_line(double px, double py, double ax, double ay, double bx, double by) {
  const double dx = bx - ax;
  const double dy = by - ay;
  const double length = std::hypot(dx, dy);
  if (length == 0) return std::hypot(px - ax, py - ay);
  return std::abs(dx * (py - ay) - dy * (px - ax)) / length;
}

}  // namespace

double position_on(const Axis& axis, double value) {
  const double low = even(axis.scale, axis.low);
  const double high = even(axis.scale, axis.high);
  if (!(high > low)) return 0;
  return std::clamp((even(axis.scale, value) - low) / (high - low), 0.0, 1.0);
}

std::vector<Tick> ticks_of(const Axis& axis, double spacing) {
  const std::vector<double> wanted = axis.scale == AxisScale::Linear  ? linear_values(axis, spacing)
                                     : axis.scale == AxisScale::Log10 ? decade_values(axis)
                                                                      : share_values(axis);
  std::vector<Tick> out;
  for (const double value : wanted) {
    const double at = position_on(axis, value);
    const bool room = std::all_of(out.begin(), out.end(), [&](const Tick& tick) {
      return std::abs(position_on(axis, tick.value) - at) >= spacing * (1 - 1e-6);
    });
    if (room) out.push_back({value, label_of(axis, std::abs(value) < 1e-12 ? 0 : value)});
  }
  std::sort(out.begin(), out.end(), [](const Tick& a, const Tick& b) { return a.value < b.value; });
  return out;
}

// Points too near to the last kept one go first, in one pass; then Douglas and Peucker's rule over what is
// left.
std::vector<PlotPoint> decimated(const std::vector<PlotPoint>& points,
                                 const Axis& x,
                                 const Axis& y,
                                 double tolerance) {
  if (points.size() < 3) return points;
  struct Place {
    double x, y;
    std::size_t index;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Place place{position_on(x, points[i].x), position_on(y, points[i].y), i};
    const bool last = i + 1 == points.size();
    if (places.empty() || last ||
        std::hypot(place.x - places.back().x, place.y - places.back().y) > tolerance / 2)
      places.push_back(place);
  }
  std::vector<bool> kept(places.size(), false);
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, places.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    double farthest = tolerance / 2;
    std::size_t at = first;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double distance = distance_to_line(
          places[i].x, places[i].y, places[first].x, places[first].y, places[last].x, places[last].y);
      if (distance > farthest) {
        farthest = distance;
        at = i;
      }
    }
    if (at == first) continue;
    kept[at] = true;
    open.emplace_back(first, at);
    open.emplace_back(at, last);
  }
  std::vector<PlotPoint> out;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (kept[i]) out.push_back(points[places[i].index]);
  return out;
}

}  // namespace kyc
