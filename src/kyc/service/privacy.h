// What is held about people, for who answers for it.
#pragma once

#include <cstdint>
#include <string>

#include "kyc/service/options.h"
#include "kyc/store/database.h"

namespace kyc {

// How much of each class is held, since when, and until when: JSON.
std::string privacy_report_json(Database& database, const RetentionDays& retention, std::int64_t now);

}  // namespace kyc
