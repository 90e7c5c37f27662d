#include "kyc/service/state.h"

#include <system_error>

#include "kyc/core/error.h"
#include "kyc/store/cases.h"
#include "kyc/store/migrations.h"
#include "kyc/verification/engine.h"

namespace kyc {
namespace {

std::filesystem::path made(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, folder.string() + ": could not be made: " + failure.message());
  return folder;
}

}  // namespace

std::string_view to_string(ChallengeMode mode) {
  switch (mode) {
    case ChallengeMode::Off:
      return "off";
    case ChallengeMode::Optional:
      return "optional";
    case ChallengeMode::Required:
      return "required";
  }
  return "";
}

bool AttemptLimit::allow(const std::string& peer, std::int64_t now) {
  if (per_minute_ <= 0) return true;
  const std::lock_guard lock(mutex_);
  if (now / 60'000 != minute_) {
    minute_ = now / 60'000;
    attempts_.clear();
  }
  return ++attempts_[peer] <= per_minute_;
}

ServiceState::ServiceState(const ServiceOptions& given, const KeyRing& ring)
    : options(given),
      keys(ring),
      watch(given.log),
      database(given.database.empty() ? (given.data / "kyclops.db").string() : given.database),
      media(made(given.data) / "media", keys),
      attempts(given.limits.attempts_per_minute),
      pool(given.workers, given.queue) {
  migrate(database);
  engine = std::make_unique<VerificationEngine>(ModelManifest(options.models), options.policy, true);
  if (options.challenge_seed)
    watch.event("warning", "challenges_are_not_random", {{"why", "--challenge-seed is for tests only"}});
  dummy_password_hash = hash_password(random_token(20), options.password_cost);
  made(datasets_folder());
}

ServiceState::~ServiceState() {
  pool.stop();  // tasks use what is destroyed before the pool
}

std::int64_t ServiceState::now() const {
  if (options.clock) return options.clock();
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

std::filesystem::path ServiceState::datasets_folder() const {
  return options.datasets.empty() ? options.data / "datasets" : options.datasets;
}

void ServiceState::audit(Connection& connection,
                         const std::string& actor,
                         const std::string& action,
                         const std::string& subject,
                         const std::string& details) {
  append_audit(connection, keys, {0, now(), actor, action, subject, details});
}

void ServiceState::remove_media(const std::vector<std::string>& files) {
  for (const std::string& id : files) {
    try {
      // The same bytes may have come again since the transaction that let go of them: see
      // MediaFolder::Writer::finish.
      database.write([&](Connection& c) {
        if (!media_is_used(c, id)) media.remove(id);
      });
    } catch (const Error& error) {
      watch.event("error", "media_not_removed", {{"message", error.what()}});
    }
  }
}

void ServiceState::wake_background() {
  const std::lock_guard lock(mutex);
  ++wakes;
  wake.notify_all();
}

}  // namespace kyc
