// Internal to service/: values as the JSON that callers see.
#pragma once

#include "kyc/core/json_writer.h"
#include "kyc/service/options.h"
#include "kyc/store/accounts.h"
#include "kyc/store/cases.h"
#include "kyc/store/jobs.h"

namespace kyc {

// What the person sent, not what was made of it.
bool is_upload(const MediaUse& use);

std::optional<std::string> optional_time_text(const std::optional<std::int64_t>& ms);

void write_account(JsonWriter& json, const Account& account);
// How a case stands to its challenge.
struct CaseChallenge {
  ChallengeMode mode = ChallengeMode::Off;
  bool issued = false;    // one waits for its clip
  bool attached = false;  // the case's clip came with one
};
// For the person: with reasons in words once there are any.
// challenge  nothing: not told, as in lists
void write_case(JsonWriter& json,
                const Case& held,
                const std::vector<MediaUse>& media,
                const std::optional<CaseChallenge>& challenge = {});
void write_job(JsonWriter& json, const Job& job);
// {"items": [...], "next": cursor or null}: `items` is open when this returns.
JsonWriter& begin_page(JsonWriter& json);
std::string end_page(JsonWriter& json, const std::optional<std::string>& next);

}  // namespace kyc
