// Internal to service/: values as the JSON that callers see.
#pragma once

#include "kyc/core/json_writer.h"
#include "kyc/store/accounts.h"
#include "kyc/store/cases.h"
#include "kyc/store/jobs.h"

namespace kyc {

std::optional<std::string> optional_time_text(const std::optional<std::int64_t>& ms);

void write_account(JsonWriter& json, const Account& account);
// For the person: with reasons in words once there are any.
void write_case(JsonWriter& json, const Case& held, const std::vector<MediaUse>& media);
void write_job(JsonWriter& json, const Job& job);
// {"items": [...], "next": cursor or null}: `items` is open when this returns.
JsonWriter& begin_page(JsonWriter& json);
std::string end_page(JsonWriter& json, const std::optional<std::string>& next);

}  // namespace kyc
