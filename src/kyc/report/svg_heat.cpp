// A value per row and column as a colour, with the value written into it.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kyc/report/canvas.h"
#include "kyc/report/format.h"

namespace kyc {
namespace {

constexpr double kCellHeight = 40;
constexpr double kMinCell = 74;
constexpr double kWidest = 640;

// Pale yellow to dark red, falling in lightness all the way, so that it also works without colours. (Anchors
// of ColorBrewer's YlOrRd.)
std::array<double, 3> colour_at(double share) {
  static constexpr std::array<std::array<double, 3>, 6> kAnchors{
      {{255, 255, 204}, {254, 217, 118}, {254, 178, 76}, {252, 110, 50}, {214, 30, 35}, {118, 0, 38}}};
  const double at = std::clamp(share, 0.0, 1.0) * (kAnchors.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), kAnchors.size() - 2);
  const double part = at - static_cast<double>(below);
  std::array<double, 3> out{};
  for (std::size_t c = 0; c < 3; ++c)
    out[c] = kAnchors[below][c] + part * (kAnchors[below + 1][c] - kAnchors[below][c]);
  return out;
}

std::string hex(const std::array<double, 3>& colour) {
  std::array<char, 16> text{};
  std::snprintf(text.data(),
                text.size(),
                "#%02x%02x%02x",
                static_cast<unsigned>(std::lround(colour[0])),
                static_cast<unsigned>(std::lround(colour[1])),
                static_cast<unsigned>(std::lround(colour[2])));
  return text.data();
}

// Relative luminance (WCAG 2), to choose black or white text.
double luminance(const std::array<double, 3>& colour) {
  const auto linear = [](double c) {
    c /= 255;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

}  // namespace

std::string draw_heat(const Plot& plot, const HeatPlot& data, bool standalone) {
  double labels = text_width(data.row_title, kSmallText);
  for (const std::string& row : data.rows) labels = std::max(labels, text_width(row, kSmallText));
  labels = std::min(labels, 260.0);
  double widest = 0;
  for (const std::string& column : data.columns)
    widest = std::max(widest, text_width(column, kSmallText) + 14);
  const auto columns = static_cast<double>(std::max<std::size_t>(1, data.columns.size()));
  const double cell = std::max(kMinCell, std::min(widest, (kWidest - labels) / columns));
  const double left = labels + 14;
  const double top = 46;
  SvgCanvas canvas;
  canvas.text(left + columns * cell / 2, 16, data.column_title, SvgCanvas::Anchor::Middle);
  canvas.text(left - 8, 38, data.row_title, SvgCanvas::Anchor::End, "t s d");
  for (std::size_t c = 0; c < data.columns.size(); ++c)
    canvas.text(left + (static_cast<double>(c) + 0.5) * cell,
                38,
                fitting_text(data.columns[c], cell - 6, kSmallText),
                SvgCanvas::Anchor::Middle,
                "t s");
  for (std::size_t r = 0; r < data.rows.size(); ++r) {
    const double y = top + static_cast<double>(r) * kCellHeight;
    canvas.text(left - 8,
                y + kCellHeight / 2 + 4,
                fitting_text(data.rows[r], labels, kSmallText),
                SvgCanvas::Anchor::End,
                "t s");
    for (std::size_t c = 0; c < data.columns.size(); ++c) {
      const std::size_t i = r * data.columns.size() + c;
      const double x = left + static_cast<double>(c) * cell;
      const Rect box{x + 1, y + 1, cell - 2, kCellHeight - 2};
      const std::optional<double> value = data.values[i];
      const std::string note = data.notes.empty() ? "" : data.notes[i];
      if (!value) {
        canvas.rect(box, "bg");
        canvas.text(x + cell / 2, y + kCellHeight / 2 + 4, "-", SvgCanvas::Anchor::Middle, "t s d");
        continue;
      }
      const auto colour = colour_at((*value - data.low) / (data.high - data.low));
      canvas.rect(box, "cell", " fill=\"" + hex(colour) + "\"");
      // Inside of a coloured cell the text's colour does not follow the theme.
      const std::string_view ink = luminance(colour) > 0.22 ? "#111" : "#fff";
      const std::string text = data.percent ? percent_text(*value) : number_text(*value);
      const double middle = y + kCellHeight / 2;
      canvas.text(
          x + cell / 2, note.empty() ? middle + 4 : middle - 1, text, SvgCanvas::Anchor::Middle, "t s", ink);
      if (!note.empty())
        canvas.text(x + cell / 2,
                    middle + 13,
                    fitting_text(note, cell - 6, 10),
                    SvgCanvas::Anchor::Middle,
                    "t n",
                    ink);
    }
  }
  return std::move(canvas).finish(left + columns * cell + 8,
                                  top + kCellHeight * static_cast<double>(data.rows.size()) + 6,
                                  plot,
                                  standalone);
}

}  // namespace kyc
