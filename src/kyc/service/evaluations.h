// Internal to service/: evaluations of data sets, as `kyclops evaluate` does them.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kyc/service/state.h"

namespace kyc {

inline constexpr const char* kEvaluationJob = "evaluation";

// Name and value of what a protocol may be told; the names are those of the command's flags.
using EvaluationChoices = std::vector<std::pair<std::string, std::string>>;

// throws  HttpError 422: no such protocol, or it has no such option, or not with this value. What would read
// other
//         files, or start other programs, is no option here
void check_evaluation(const std::string& protocol, const EvaluationChoices& options);

// "evaluate PROTOCOL --data ... --out ...": the words for the program.
std::vector<std::string> evaluation_command(const ServiceState& state,
                                            const std::filesystem::path& dataset,
                                            const std::string& protocol,
                                            const EvaluationChoices& options,
                                            const std::filesystem::path& report);

// Where the report of a job is, or will be.
std::filesystem::path report_folder(const ServiceState& state, const std::string& job_id);

}  // namespace kyc
