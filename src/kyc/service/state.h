// Internal to service/: what all handlers share.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

#include "kyc/service/options.h"
#include "kyc/service/watch.h"
#include "kyc/service/worker_pool.h"
#include "kyc/store/audit.h"
#include "kyc/store/database.h"
#include "kyc/store/media.h"
#include "kyc/store/secrets.h"

namespace kyc {

class VerificationEngine;

// Attempts of one address within a minute.
class AttemptLimit {
 public:
  explicit AttemptLimit(int per_minute) : per_minute_(per_minute) {}
  // returns  false: too many
  bool allow(const std::string& peer, std::int64_t now);

 private:
  const int per_minute_;
  std::mutex mutex_;
  std::int64_t minute_ = 0;
  std::map<std::string, int> attempts_;
};

struct ServiceState {
  ServiceState(const ServiceOptions& options, const KeyRing& ring);
  ~ServiceState();

  ServiceOptions options;
  KeyRing keys;
  Watch watch;
  Database database;
  MediaFolder media;
  AttemptLimit attempts;
  WorkerPool pool;
  std::unique_ptr<VerificationEngine> engine;
  std::string dummy_password_hash;      // for addresses that nobody has: they cost as much time
  std::atomic<int> hashing{0};          // passwords that are being hashed
  std::counting_semaphore<> stills{2};  // samples that are decoded for people who look through a data set
  std::function<bool()> stopping;

  // Background work waits here; `stop_background` ends it. `wakes` is counted up with every call to
  // wake_background.
  std::mutex mutex;
  std::condition_variable wake;
  bool stop_background = false;
  std::uint64_t wakes = 0;
  std::vector<std::string> stranded;  // cases whose processing could not be recorded: the database was gone

  std::int64_t now() const;
  std::filesystem::path datasets_folder() const;
  void audit(Connection& connection,
             const std::string& actor,
             const std::string& action,
             const std::string& subject,
             const std::string& details = "{}");
  // Removes stored files after the transaction that let go of them. Failures are left to the sweep.
  void remove_media(const std::vector<std::string>& files);
  void wake_background();
};

}  // namespace kyc
