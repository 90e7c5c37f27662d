// What is held about people, for who answers for it.
#pragma once

#include <cstdint>
#include <string>

#include "kyc/service/options.h"
#include "kyc/store/database.h"

namespace kyc {

// Notes what the service keeps to, and reads it again (the standard days where no service ever noted any).
void record_retention(Connection& connection, const RetentionDays& retention);
RetentionDays recorded_retention(Connection& connection);

// How much of each class is held, since when, and until when: JSON.
std::string privacy_report_json(Database& database, const RetentionDays& retention, std::int64_t now);

}  // namespace kyc
