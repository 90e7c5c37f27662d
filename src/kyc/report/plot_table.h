// The numbers behind a plot.
#pragma once

#include <cstddef>

#include "kyc/report/report.h"

namespace kyc {

// max_points  of a line; a longer one is thinned evenly, first and last point kept, and the note says so; 0:
// all
Table table_of(const Plot& plot, std::size_t max_points = 0);

}  // namespace kyc
