// The tables of a report for LaTeX: plain tabular, no packages needed.
#pragma once

#include <string>

#include "kyc/report/report.h"

namespace kyc {

std::string tex_of(const Report& report);

}  // namespace kyc
