// Plots as SVG, drawn from their data. Colours are CSS classes ("s0", "grid", ...), so that a page decides
// between light and dark; a plot that stands alone brings light colours with it.
#pragma once

#include <string>

#include "kyc/report/report.h"

namespace kyc {

struct SvgOptions {
  bool standalone = false;  // with XML header and its own style
};

// Series differ by colour and by dashes, so that they can be told apart without colours. Deterministic.
// throws  Error{InvalidArgument} for a plot whose parts do not fit together (a bin too few, an empty range)
std::string svg_of(const Plot& plot, const SvgOptions& options = {});

// The rules for the classes that svg_of uses: custom properties for light, and for dark within a media query.
std::string svg_style();

}  // namespace kyc
