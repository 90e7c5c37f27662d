// Values onto an axis, and the ticks that stand there.
#pragma once

#include <string>
#include <vector>

#include "kyc/report/report.h"

namespace kyc {

// 0 at axis.low, 1 at axis.high; values outside of the range are moved to its end.
double position_on(const Axis& axis, double value);

struct Tick {
  double value = 0;
  std::string label;
};

// Round values inside of the range, ascending; labels are at least `spacing` (share of the axis) apart.
std::vector<Tick> ticks_of(const Axis& axis, double spacing);

// Points that can not be told from their neighbours when drawn (a curve of a million points becomes some
// hundred): the rest is at most `tolerance` away from where it was, in shares of the axes.
std::vector<PlotPoint> decimated(const std::vector<PlotPoint>& points,
                                 const Axis& x,
                                 const Axis& y,
                                 double tolerance = 0.0005);

}  // namespace kyc
