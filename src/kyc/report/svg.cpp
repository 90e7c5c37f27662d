#include "kyc/report/svg.h"

#include "kyc/core/error.h"
#include "kyc/report/canvas.h"

namespace kyc {
namespace {

void check_axis(const Plot& plot, const Axis& axis) {
  if (!(axis.low < axis.high))
    throw Error(ErrorCode::InvalidArgument, "plot '" + plot.id + "': an axis needs a range from low to high");
  if (axis.scale != AxisScale::Linear && axis.low <= 0)
    throw Error(ErrorCode::InvalidArgument, "plot '" + plot.id + "': this axis must begin above 0");
}

}  // namespace

std::string svg_of(const Plot& plot, const SvgOptions& options) {
  if (const auto* lines = std::get_if<LinePlot>(&plot.data)) {
    check_axis(plot, lines->x);
    check_axis(plot, lines->y);
    return draw_lines(plot, *lines, options.standalone);
  }
  if (const auto* bars = std::get_if<BarPlot>(&plot.data)) {
    check_axis(plot, bars->x);
    return draw_bars(plot, *bars, options.standalone);
  }
  if (const auto* heat = std::get_if<HeatPlot>(&plot.data)) {
    if (heat->values.size() != heat->rows.size() * heat->columns.size() ||
        (!heat->notes.empty() && heat->notes.size() != heat->values.size()))
      throw Error(ErrorCode::InvalidArgument,
                  "plot '" + plot.id + "': expected one value per row and column");
    return draw_heat(plot, *heat, options.standalone);
  }
  const auto& histogram = std::get<HistogramPlot>(plot.data);
  check_axis(plot, histogram.x);
  for (const HistogramSeries& series : histogram.series)
    if (series.counts.size() != histogram.bins)
      throw Error(ErrorCode::InvalidArgument, "plot '" + plot.id + "': expected one count per bin");
  return draw_histogram(plot, histogram, options.standalone);
}

// The palette of M. Okabe and K. Ito (2008), which people with any kind of colour vision can tell apart; its
// yellow is darkened on white, its blue and black lightened on dark.
std::string svg_style() {
  return R"(
:root{--ink:#1c2128;--dim:#57606a;--grid:#e3e7eb;--plot:#fff;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b0578d;--c4:#b07d00;
--c5:#3d9bd1;--c6:#333;--c7:#8a6d3b;--good:#1a7f4b;--bad:#b3261e;--doubt:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--dim:#9aa4ae;--grid:#2f363e;--plot:#171b20;--c0:#4aa8e0;--c1:#ff8a3c;
--c2:#2fc49a;--c3:#e09cc6;--c4:#e6b93c;--c5:#9fd6f5;--c6:#ccc;--c7:#c9a96a;--good:#46d07f;--bad:#ff7a70;--doubt:#f0b849}}
@media print{:root{--ink:#000;--dim:#444;--grid:#ddd;--plot:#fff;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b0578d;--c4:#b07d00;
--c5:#3d9bd1;--c6:#333;--c7:#8a6d3b;--good:#1a7f4b;--bad:#b3261e;--doubt:#8a5a00}}
.plot{font-family:system-ui,"Segoe UI","DejaVu Sans",sans-serif}
.plot .t{font-size:15px;fill:var(--ink)}.plot .s{font-size:13px}.plot .n{font-size:11px}.plot .h{paint-order:stroke;stroke:var(--plot);stroke-width:4px}.plot .d{fill:var(--dim)}
.plot .bg{fill:var(--plot)}.plot .frame{fill:none;stroke:var(--dim);stroke-width:1}.plot .grid{stroke:var(--grid);stroke-width:1}
.plot .diagonal{stroke:var(--dim);stroke-width:1;stroke-dasharray:2 4}.plot .limit{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:6 4}
.plot .l{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke:var(--c)}.plot .f{fill:var(--c);fill-opacity:.18;stroke:var(--c);stroke-width:2}
.plot .m{fill:var(--c);stroke:var(--plot);stroke-width:1}.plot .w{stroke:var(--c);stroke-width:1.5;fill:none}
.plot .mark{fill:var(--plot);stroke:var(--ink);stroke-width:2}
.plot .bar{fill:var(--c0)}.plot .bar.good{fill:var(--good)}.plot .bar.bad{fill:var(--bad)}.plot .bar.doubt{fill:var(--doubt)}
.plot .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
.plot .c0{--c:var(--c0)}.plot .c1{--c:var(--c1);stroke-dasharray:9 4}.plot .c2{--c:var(--c2);stroke-dasharray:2.5 3}
.plot .c3{--c:var(--c3);stroke-dasharray:12 3 3 3}.plot .c4{--c:var(--c4);stroke-dasharray:5 2}.plot .c5{--c:var(--c5);stroke-dasharray:14 5}
.plot .c6{--c:var(--c6);stroke-dasharray:1.5 2}.plot .c7{--c:var(--c7);stroke-dasharray:8 3 2 3 2 3}.plot .m,.plot .w{stroke-dasharray:none}
)";
}

}  // namespace kyc
