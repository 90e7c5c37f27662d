// ROC, DET, CMC, sweeps: lines over two axes.

#include <algorithm>

#include "kyc/report/canvas.h"

namespace kyc {
namespace {

constexpr double kLinesWidth = 520;
constexpr double kLinesTop = 12;
constexpr double kLinesHeight = 340;  // of the area inside of the axes
constexpr double kRight = 24;

struct Screen {
  const Rect& area;
  const LinePlot& data;

  double x(double value) const { return area.x + position_on(data.x, value) * area.width; }
  double y(double value) const { return area.y + (1 - position_on(data.y, value)) * area.height; }
};

void draw_series(SvgCanvas& canvas, const Screen& screen, const Series& series, std::size_t index) {
  for (const PlotPoint& point : series.points) {
    if (!point.interval) continue;
    const double x = screen.x(point.x);
    const double low = screen.y(point.interval->low);
    const double high = screen.y(point.interval->high);
    canvas.path("M" + coordinate(x) + " " + coordinate(low) + "V" + coordinate(high) + "M" +
                    coordinate(x - 4) + " " + coordinate(low) + "h8M" + coordinate(x - 4) + " " +
                    coordinate(high) + "h8",
                series_class(index, "w"));
  }
  if (series.line && !series.points.empty()) {
    std::string d;
    for (const PlotPoint& point : decimated(series.points, screen.data.x, screen.data.y))
      d += (d.empty() ? "M" : "L") + coordinate(screen.x(point.x)) + " " + coordinate(screen.y(point.y));
    canvas.path(d, series_class(index, "l"));
  }
  if (series.markers)
    for (const PlotPoint& point : series.points)
      canvas.circle(screen.x(point.x), screen.y(point.y), 4.5, series_class(index, "m"));
}

// Each label at the first of four places around its point where it covers no other label and stays inside.
void draw_marks(SvgCanvas& canvas, const Screen& screen) {
  std::vector<Rect> taken;
  for (const PlotMark& mark : screen.data.marks)
    taken.push_back({screen.x(mark.x) - 6, screen.y(mark.y) - 6, 12, 12});
  for (const PlotMark& mark : screen.data.marks) {
    const double x = screen.x(mark.x);
    const double y = screen.y(mark.y);
    canvas.circle(x, y, 5, "mark");
    const double width = text_width(mark.label, kSmallText);
    const Rect places[] = {{x + 9, y - 20, width, 16},
                           {x - 9 - width, y + 6, width, 16},
                           {x + 9, y + 6, width, 16},
                           {x - 9 - width, y - 20, width, 16},
                           {x + 9, y - 38, width, 16},
                           {x - 9 - width, y + 24, width, 16},
                           {x + 9, y + 24, width, 16},
                           {x - 9 - width, y - 38, width, 16}};
    const auto inside = [&](const Rect& place) {
      return place.x >= screen.area.x && place.x + place.width <= screen.area.x + screen.area.width &&
             place.y >= screen.area.y && place.y + place.height <= screen.area.y + screen.area.height;
    };
    for (const Rect& place : places) {
      const bool free =
          std::none_of(taken.begin(), taken.end(), [&](const Rect& r) { return overlaps(r, place); });
      if (!free || !inside(place)) continue;
      canvas.text(place.x, place.y + 12, mark.label, SvgCanvas::Anchor::Start, "t s h");
      taken.push_back(place);
      break;
    }
  }
}

}  // namespace

std::string draw_lines(const Plot& plot, const LinePlot& data, bool standalone) {
  double widest = 0;
  for (const Tick& tick : ticks_of(data.y, 26 / kLinesHeight))
    widest = std::max(widest, text_width(tick.label, kSmallText));
  const double left = 36 + widest;
  const Rect area{left, kLinesTop, kLinesWidth - left - kRight, kLinesHeight};
  const Screen screen{area, data};
  SvgCanvas canvas;
  draw_axes(canvas, area, data.x, data.y);
  if (data.diagonal) canvas.line(area.x, area.y + area.height, area.x + area.width, area.y, "diagonal");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < data.series.size(); ++i) {
    draw_series(canvas, screen, data.series[i], i);
    names.push_back(data.series[i].name);
  }
  draw_marks(canvas, screen);
  const double below = kLinesTop + kLinesHeight + 54;
  const double legend = draw_legend(canvas, names, 16, below, kLinesWidth - 32);
  return std::move(canvas).finish(kLinesWidth, below + legend + 4, plot, standalone);
}

}  // namespace kyc
