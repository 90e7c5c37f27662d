// Tables and figures as CSV (RFC 4180, LF).
#pragma once

#include <string>

#include "kyc/report/report.h"

namespace kyc {

std::string csv_of(
    const Table& table);  // numbers as they were measured, not as they are shown; else the text
// "name,value,low,high,events,trials,carried,meaning"
std::string csv_of_figures(const Report& report);

}  // namespace kyc
