// Internal to report/: an SVG that grows, and where on it there is still room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kyc/report/axis.h"
#include "kyc/report/report.h"

namespace kyc {

constexpr double kSmallText = 13;  // pixels of the drawing
constexpr int kSeriesStyles = 8;

struct Rect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

bool overlaps(const Rect& a, const Rect& b);

// A little more than DejaVu Sans, the widest of the fonts that will be used, needs.
double text_width(std::string_view text, double size);

// The text, cut with an ellipsis where it would be wider.
std::string fitting_text(const std::string& text, double width, double size);

class SvgCanvas {
 public:
  enum class Anchor { Start, Middle, End };

  void line(double x1, double y1, double x2, double y2, std::string_view css);
  void rect(const Rect& rect, std::string_view css, std::string_view more = {});
  void circle(double x, double y, double radius, std::string_view css);
  void path(const std::string& d, std::string_view css);
  // colour  instead of that of the class, for text on a coloured ground; empty: none
  void text(double x,
            double y,
            std::string_view text,
            Anchor anchor,
            std::string_view css = "t",
            std::string_view colour = {});
  void upright_text(double x, double y, std::string_view text);  // read from below, centred

  std::string finish(double width, double height, const Plot& plot, bool standalone) &&;

 private:
  std::string body_;
};

// "12.3": two digits behind the point at most, no trailing zeros.
std::string coordinate(double value);

// The frame of a plot with two axes: grid, ticks, labels. Returns nothing; draws.
void draw_axes(SvgCanvas& canvas, const Rect& area, const Axis& x, const Axis& y);
// Only x: for bars.
void draw_x_axis(SvgCanvas& canvas, const Rect& area, const Axis& x);

// Names of series with samples of their lines, in rows below `top`; returns its height.
double draw_legend(
    SvgCanvas& canvas, const std::vector<std::string>& names, double left, double top, double width);

std::string series_class(std::size_t index, std::string_view kind);  // kind "l" line, "f" filling, "m" marker

// One per kind of plot. Each draws the whole picture.
std::string draw_lines(const Plot& plot, const LinePlot& data, bool standalone);
std::string draw_bars(const Plot& plot, const BarPlot& data, bool standalone);
std::string draw_heat(const Plot& plot, const HeatPlot& data, bool standalone);
std::string draw_histogram(const Plot& plot, const HistogramPlot& data, bool standalone);

}  // namespace kyc
