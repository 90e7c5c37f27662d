// The reports of evaluations in a backup: plain files in the service's folder, one folder for each job, which
// hold pictures of samples. In the backup each report is one file, encrypted as all of it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "kyc/store/database.h"
#include "kyc/store/secrets.h"

namespace kyc {

// Finished reports (a folder with index.html) of jobs that the database knows; what the backup held besides
// goes. A report that is there already is not written again. reports  DATA/evaluations; may be absent returns
// how many reports the backup holds throws   Error{Unavailable} disk full
std::int64_t back_up_reports(Database& database,
                             const KeyRing& keys,
                             const std::filesystem::path& reports,
                             const std::filesystem::path& backup);

// returns  how many reports were brought back into `reports`
// throws   Error{Corrupt} damaged, or of another key
std::int64_t restore_reports(const KeyRing& keys,
                             const std::filesystem::path& backup,
                             const std::filesystem::path& reports);

}  // namespace kyc
