#include "kyc/report/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kyc/report/format.h"
#include "kyc/report/svg.h"

namespace kyc {
namespace {

constexpr double kLegendRow = 22;
constexpr double kSample = 30;  // of a line in the legend

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

double character_width(char c) {
  if (c == ' ' || c == '.' || c == ',' || c == ':' || c == ';' || c == 'i' || c == 'l' || c == 'j' ||
      c == '|' || c == '(' || c == ')' || c == '[' || c == ']' || c == '/' || c == 'I' || c == 'f' ||
      c == 't' || c == 'r' || c == '\'' || c == '-')
    return 0.42;
  if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '%' || c == '@') return 0.98;
  if (c >= 'A' && c <= 'Z') return 0.72;
  return 0.63;
}

}  // namespace

bool overlaps(const Rect& a, const Rect& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (const char c : text)
    if (!is_continuation(c)) width += character_width(c);
  return width * size;
}

std::string fitting_text(const std::string& text, double width, double size) {
  if (text_width(text, size) <= width) return text;
  std::string out = text;
  while (!out.empty() && text_width(out, size) + 0.9 * size > width) {
    while (!out.empty() && is_continuation(out.back())) out.pop_back();
    if (!out.empty()) out.pop_back();
  }
  return out + "\xE2\x80\xA6";
}

std::string coordinate(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  std::string out = text.data();
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out == "-0" ? "0" : out;
}

void SvgCanvas::line(double x1, double y1, double x2, double y2, std::string_view css) {
  body_ += "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" + coordinate(x2) +
           "\" y2=\"" + coordinate(y2) + "\" class=\"" + std::string(css) + "\"/>\n";
}

void SvgCanvas::rect(const Rect& rect, std::string_view css, std::string_view more) {
  body_ += "<rect x=\"" + coordinate(rect.x) + "\" y=\"" + coordinate(rect.y) + "\" width=\"" +
           coordinate(std::max(0.0, rect.width)) + "\" height=\"" + coordinate(std::max(0.0, rect.height)) +
           "\" class=\"" + std::string(css) + "\"" + std::string(more) + "/>\n";
}

void SvgCanvas::circle(double x, double y, double radius, std::string_view css) {
  body_ += "<circle cx=\"" + coordinate(x) + "\" cy=\"" + coordinate(y) + "\" r=\"" + coordinate(radius) +
           "\" class=\"" + std::string(css) + "\"/>\n";
}

void SvgCanvas::path(const std::string& d, std::string_view css) {
  body_ += "<path d=\"" + d + "\" class=\"" + std::string(css) + "\"/>\n";
}

void SvgCanvas::text(
    double x, double y, std::string_view text, Anchor anchor, std::string_view css, std::string_view colour) {
  const char* name = anchor == Anchor::Start ? "start" : anchor == Anchor::Middle ? "middle" : "end";
  body_ += "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + name +
           "\" class=\"" + std::string(css) + "\"" +
           (colour.empty() ? "" : " style=\"fill:" + std::string(colour) + "\"") + ">" + html_text(text) +
           "</text>\n";
}

void SvgCanvas::upright_text(double x, double y, std::string_view text) {
  const std::string at = coordinate(x) + " " + coordinate(y);
  body_ += "<text transform=\"translate(" + at + ") rotate(-90)\" text-anchor=\"middle\" class=\"t\">" +
           html_text(text) + "</text>\n";
}

std::string SvgCanvas::finish(double width, double height, const Plot& plot, bool standalone) && {
  std::string out;
  if (standalone) out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot" +
         (width >= 400 ? std::string(" large") : std::string()) + "\" viewBox=\"0 0 " + coordinate(width) +
         " " + coordinate(height) + "\" width=\"" + coordinate(width) + "\" height=\"" + coordinate(height) +
         "\" role=\"img\">\n<title>" + html_text(plot.title) + "</title>\n<desc>" + html_text(plot.caption) +
         "</desc>\n";
  if (standalone) out += "<style>" + svg_style() + "</style>\n";
  return out + body_ + "</svg>\n";
}

void draw_x_axis(SvgCanvas& canvas, const Rect& area, const Axis& x) {
  const double bottom = area.y + area.height;
  double widest = 0;
  for (const Tick& tick : ticks_of(x, 0.05)) widest = std::max(widest, text_width(tick.label, kSmallText));
  for (const Tick& tick : ticks_of(x, std::max(0.05, (widest + 10) / area.width))) {
    const double at = area.x + position_on(x, tick.value) * area.width;
    canvas.line(at, area.y, at, bottom, "grid");
    // A label at the right end stays inside of the picture.
    const bool at_end = at + text_width(tick.label, kSmallText) / 2 > area.x + area.width + 14;
    canvas.text(at_end ? area.x + area.width + 14 : at,
                bottom + 18,
                tick.label,
                at_end ? SvgCanvas::Anchor::End : SvgCanvas::Anchor::Middle,
                "t s");
  }
  canvas.text(area.x + area.width / 2, bottom + 40, x.label, SvgCanvas::Anchor::Middle);
}

void draw_axes(SvgCanvas& canvas, const Rect& area, const Axis& x, const Axis& y) {
  canvas.rect(area, "bg");
  draw_x_axis(canvas, area, x);
  for (const Tick& tick : ticks_of(y, 26 / area.height)) {
    const double at = area.y + (1 - position_on(y, tick.value)) * area.height;
    canvas.line(area.x, at, area.x + area.width, at, "grid");
    canvas.text(area.x - 8, at + 4, tick.label, SvgCanvas::Anchor::End, "t s");
  }
  canvas.upright_text(16, area.y + area.height / 2, y.label);
  canvas.rect(area, "frame");
}

double draw_legend(
    SvgCanvas& canvas, const std::vector<std::string>& names, double left, double top, double width) {
  double x = left;
  double y = top;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = fitting_text(names[i], width - kSample - 24, kSmallText);
    const double needed = kSample + 8 + text_width(name, kSmallText) + 16;
    if (x > left && x + needed > left + width) {
      x = left;
      y += kLegendRow;
    }
    canvas.line(x, y + 10, x + kSample, y + 10, series_class(i, "l"));
    canvas.text(x + kSample + 8, y + 14, name, SvgCanvas::Anchor::Start, "t s");
    x += needed;
  }
  return names.empty() ? 0 : y - top + kLegendRow;
}

std::string series_class(std::size_t index, std::string_view kind) {
  return std::string(kind) + " c" + std::to_string(index % kSeriesStyles);
}

}  // namespace kyc
