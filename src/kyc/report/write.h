// A report on disk.
#pragma once

#include <filesystem>

#include "kyc/report/report.h"

namespace kyc {

// Writes index.html, report.json, report.csv (the figures), report.tex, tables/<id>.csv, plots/<id>.svg, and
// the attachments under their paths. The folder appears whole or not at all: it is made beside its place and
// renamed. A report that is there already is replaced. throws  Error{InvalidArgument} if `folder` is there
// and is no report, or two parts have one name;
//         Error{Unavailable} if it can not be written; nothing is left behind then
void write_report(const Report& report, const std::filesystem::path& folder);

// Before long work begins: throws what write_report would throw because of `folder` itself.
void check_report_folder(const std::filesystem::path& folder);

}  // namespace kyc
