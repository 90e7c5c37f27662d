// What a service is told at its start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kyc/service/http_server.h"
#include "kyc/store/secrets.h"
#include "kyc/verification/challenge.h"
#include "kyc/verification/policy.h"

namespace kyc {

inline constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

// Days after which each class of data is removed.
struct RetentionDays {
  int document = 30;      // uploaded documents
  int selfie = 30;        // uploaded clips
  int evidence = 90;      // pictures behind a decision
  int case_record = 365;  // what is left of a decided case: reasons, signals, comments
};

// Must a selfie clip follow a challenge?
enum class ChallengeMode { Off, Optional, Required };
std::string_view to_string(ChallengeMode mode);  // "off", "optional", "required"

struct ServiceLimits {
  std::uint64_t document_bytes = 20ULL << 20;
  std::uint64_t selfie_bytes = 200ULL << 20;
  int case_hours = 24;           // to finish a case
  int attempts_per_minute = 30;  // log-ins, registrations and set-ups of one address; 0: any number
  int open_cases = 20;           // unfinished ones of one account
  int challenge_minutes = 2;     // after a challenge's length, until which its clip must begin to arrive
};

struct ServiceOptions {
  std::filesystem::path data;  // made if absent: kyclops.db, media/, key, datasets/
  std::string database;        // "postgresql://..."; empty: data/kyclops.db
  std::filesystem::path models;
  VerificationPolicy policy;
  ChallengeMode challenge_mode = ChallengeMode::Required;
  ChallengeOptions challenge_options;
  std::optional<std::uint64_t> challenge_seed;  // tests: every challenge is the one of this seed
  HttpServerOptions http;
  bool https = false;              // reached through TLS, ours or a proxy's: cookies say so
  std::filesystem::path web;       // folder of web pages; empty: the page that is built in
  std::filesystem::path datasets;  // folder that data sets may be attached from; empty: data/datasets
  int workers = 1;                 // verifications at a time
  int queue = 4;                   // verifications that may wait; more are told 503
  int reviewers = 1;               // that must agree; 2: four eyes
  bool private_webhooks = false;   // webhooks may go to this machine and private networks
  RetentionDays retention;
  ServiceLimits limits;
  PasswordCost password_cost;
  std::function<std::int64_t()> clock;  // milliseconds since 1970; empty: the system's
  std::function<void(const std::string&)>
      log;  // one JSON object per call, without a line break; from any thread
};

}  // namespace kyc
