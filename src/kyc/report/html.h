// A report as one HTML file: no network, no script, nothing beside it but the score files that it links.
#pragma once

#include <string>

#include "kyc/report/report.h"

namespace kyc {

// Reads on wide and narrow screens, in light and dark, and on paper; tables and plots can be read out.
std::string html_of(const Report& report);

}  // namespace kyc
