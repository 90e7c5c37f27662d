// Distributions of scores, one outline per class, as shares of the class.

#include <algorithm>
#include <numeric>

#include "kyc/report/canvas.h"

namespace kyc {
namespace {

constexpr double kHistogramWidth = 520;
constexpr double kHistogramTop = 30;  // room for the names of thresholds
constexpr double kHistogramHeight = 260;

double highest_share(const HistogramPlot& data) {
  double highest = 0;
  for (const HistogramSeries& series : data.series) {
    const auto total = std::accumulate(series.counts.begin(), series.counts.end(), std::uint64_t{0});
    for (const std::uint64_t count : series.counts)
      if (total > 0) highest = std::max(highest, static_cast<double>(count) / static_cast<double>(total));
  }
  return highest > 0 ? highest : 1;
}

std::string outline(const HistogramPlot& data,
                    const HistogramSeries& series,
                    const Rect& area,
                    double top_share) {
  const auto total = std::accumulate(series.counts.begin(), series.counts.end(), std::uint64_t{0});
  const double step = area.width / static_cast<double>(data.bins);
  const double bottom = area.y + area.height;
  std::string d = "M" + coordinate(area.x) + " " + coordinate(bottom);
  for (std::size_t i = 0; i < data.bins; ++i) {
    const double share =
        total == 0 ? 0 : static_cast<double>(series.counts[i]) / static_cast<double>(total) / top_share;
    d += "V" + coordinate(bottom - share * area.height) + "H" +
         coordinate(area.x + step * static_cast<double>(i + 1));
  }
  return d + "V" + coordinate(bottom) + "Z";
}

}  // namespace

std::string draw_histogram(const Plot& plot, const HistogramPlot& data, bool standalone) {
  const double top_share = highest_share(data) * 1.05;
  const Axis y{"share of each class", AxisScale::Linear, true, 0, top_share};
  double widest = 0;
  for (const Tick& tick : ticks_of(y, 26 / kHistogramHeight))
    widest = std::max(widest, text_width(tick.label, kSmallText));
  const double left = 36 + widest;
  const Rect area{left, kHistogramTop, kHistogramWidth - left - 24, kHistogramHeight};
  SvgCanvas canvas;
  draw_axes(canvas, area, data.x, y);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < data.series.size(); ++i) {
    canvas.path(outline(data, data.series[i], area, top_share), series_class(i, "f"));
    names.push_back(data.series[i].name);
  }
  std::vector<Rect> taken;
  for (const PlotMark& threshold : data.thresholds) {
    const double x = area.x + position_on(data.x, threshold.x) * area.width;
    const double width = text_width(threshold.label, kSmallText);
    canvas.line(x, area.y, x, area.y + area.height, "limit");
    Rect place{std::clamp(x - width / 2, 2.0, kHistogramWidth - width - 2), area.y - 18, width, 14};
    if (std::any_of(taken.begin(), taken.end(), [&](const Rect& r) { return overlaps(r, place); }))
      place = {std::min(x + 5, kHistogramWidth - width - 2), area.y + 6, width, 14};
    while (std::any_of(taken.begin(), taken.end(), [&](const Rect& r) { return overlaps(r, place); }))
      place.y += 16;
    canvas.text(place.x, place.y + 11, threshold.label, SvgCanvas::Anchor::Start, "t s h");
    taken.push_back(place);
  }
  const double below = kHistogramTop + kHistogramHeight + 54;
  const double legend = draw_legend(canvas, names, 16, below, kHistogramWidth - 32);
  return std::move(canvas).finish(kHistogramWidth, below + legend + 4, plot, standalone);
}

}  // namespace kyc
