// Lying bars with their intervals: rates per species.

#include <algorithm>

#include "kyc/report/canvas.h"
#include "kyc/report/format.h"

namespace kyc {
namespace {

constexpr double kBarsWidth = 560;
constexpr double kRow = 30;
constexpr double kBar = 16;
constexpr double kBarsTop = 8;

std::string tone_class(Tone tone) {
  switch (tone) {
    case Tone::Plain:
      return "bar";
    case Tone::Good:
      return "bar good";
    case Tone::Doubt:
      return "bar doubt";
    case Tone::Bad:
      return "bar bad";
  }
  return "bar";
}

}  // namespace

std::string draw_bars(const Plot& plot, const BarPlot& data, bool standalone) {
  double labels = 60;
  double notes = 30;
  for (const Bar& bar : data.bars) {
    labels = std::max(labels, text_width(bar.label, kSmallText));
    notes = std::max(notes, text_width(bar.value ? bar.note : "not measured", kSmallText));
  }
  labels = std::min(labels, 230.0);
  notes = std::min(notes, 150.0);
  const Rect area{
      labels + 14, kBarsTop, kBarsWidth - labels - notes - 36, kRow * static_cast<double>(data.bars.size())};
  SvgCanvas canvas;
  canvas.rect(area, "bg");
  draw_x_axis(canvas, area, data.x);
  for (std::size_t i = 0; i < data.bars.size(); ++i) {
    const Bar& bar = data.bars[i];
    const double middle = area.y + kRow * (static_cast<double>(i) + 0.5);
    const auto x = [&](double value) { return area.x + position_on(data.x, value) * area.width; };
    canvas.text(
        area.x - 8, middle + 4, fitting_text(bar.label, labels, kSmallText), SvgCanvas::Anchor::End, "t s");
    if (bar.value)
      // A bar of height 0 is still seen.
      canvas.rect({area.x, middle - kBar / 2, std::max(1.5, x(*bar.value) - area.x), kBar},
                  tone_class(bar.tone));
    if (bar.value && bar.interval) {
      const double low = x(bar.interval->low);
      const double high = x(bar.interval->high);
      canvas.path("M" + coordinate(low) + " " + coordinate(middle) + "H" + coordinate(high) + "M" +
                      coordinate(low) + " " + coordinate(middle - 4) + "v8M" + coordinate(high) + " " +
                      coordinate(middle - 4) + "v8",
                  "whisker");
    }
    const std::string note = bar.value ? bar.note : "not measured";
    canvas.text(area.x + area.width + 12,
                middle + 4,
                fitting_text(note, notes, kSmallText),
                SvgCanvas::Anchor::Start,
                "t s d");
  }
  canvas.rect(area, "frame");
  return std::move(canvas).finish(kBarsWidth, area.y + area.height + 50, plot, standalone);
}

}  // namespace kyc
