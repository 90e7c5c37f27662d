// `--assert`: what a CI job demands of a report's figures.
//
//   assertion  := comparison { "and" comparison }
//   comparison := figure [ ".low" | ".high" ] operator number [ "%" ]
//   operator   := "<" | "<=" | ">" | ">=" | "==" | "!="
//
// figure: a key of the report, "iapar@fmr1e-3" or "iapar@fmr1e-3[swap/graphics,c23]". Where there is no
// "iapar@fmr1e-3" it stands for all "iapar@fmr1e-3[...]": each must hold. ".low" and ".high" are
// the ends of its 95 % interval: `iapar@fmr1e-3.high <= 0.05` asks that the data prove it.
//
// A demand of a figure that the data can not carry (Figure::support) does not hold, whatever the figure says.
// The ends of the interval of a rate of counts can be asked always: they are wide where data are few.
#pragma once

#include <string>
#include <vector>

#include "kyc/report/report.h"

namespace kyc {

struct AssertionResult {
  std::string text;         // as it was written
  bool holds = false;       // false too where the figure could not be measured
  std::string explanation;  // "iapar@fmr1e-3 is 0.12, wanted <= 0.05"
};

// throws  Error{InvalidArgument} for a text that is no assertion, with the place; for a figure that the
// report does not
//         have (lists what is known), or one without interval
AssertionResult check_assertion(const Report& report, const std::string& text);

// Only whether it is one: before long work begins. throws as above
void check_assertion_syntax(const std::string& text);

}  // namespace kyc
