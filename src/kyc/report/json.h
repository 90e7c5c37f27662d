// A report as JSON, and back: report.json holds everything but the pictures and the score files.
#pragma once

#include <filesystem>
#include <string>

#include "kyc/report/report.h"

namespace kyc {

// One object; the keys are the fields' names. Equal reports are equal text.
std::string json_of(const Report& report);

// name    what error messages call the text: the file's path
// throws  Error{Corrupt} with name, place and what was expected
// Pictures come back without their bytes, attachments without their content.
Report report_of_json(const std::string& text, const std::string& name);

// folder/report.json
// throws  Error{NotFound}, and as above
Report read_report(const std::filesystem::path& folder);

}  // namespace kyc
