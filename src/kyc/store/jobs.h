// Long work: queued, run once at a time per runner, found again after a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/store/database.h"

namespace kyc {

enum class JobState { Queued, Running, Done, Failed, Cancelled };
std::string_view to_string(JobState state);  // "queued", "running", "done", "failed", "cancelled"
std::optional<JobState> job_state_of(std::string_view text);

struct Job {
  std::string id;
  std::string kind;  // "dataset_import", "dataset_build", "evaluation"
  JobState state = JobState::Queued;
  std::string parameters;  // JSON
  std::string created_by;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> started_at;
  std::optional<std::int64_t> finished_at;
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: not known
  std::int64_t attempts = 0;
  bool cancel = false;
  std::string message;  // why it failed
  std::string result;   // JSON, empty without one
};

std::string create_job(Connection& connection,
                       const std::string& kind,
                       const std::string& parameters,
                       const std::string& created_by,
                       std::int64_t now);
std::optional<Job> find_job(Connection& connection, const std::string& id);

struct JobPage {
  std::vector<Job> jobs;  // newest first
  std::optional<std::string> next;
};
// kind  only such
JobPage list_jobs(Connection& connection,
                  const std::optional<std::string>& after,
                  std::int64_t limit,
                  const std::optional<std::string>& kind = {});
// One that is over.
void remove_job(Connection& connection, const std::string& id);

// The oldest queued job, now running.
std::optional<Job> take_job(Connection& connection, std::int64_t now);
void set_job_progress(Connection& connection, const std::string& id, std::int64_t done, std::int64_t total);
void finish_job(Connection& connection,
                const std::string& id,
                JobState state,
                const std::string& message,
                const std::string& result,
                std::int64_t now);
// A queued job is cancelled at once, a running one is asked to stop. returns  false: it is over already, or
// not there
bool cancel_job(Connection& connection, const std::string& id, std::int64_t now);
// After a crash: what ran is queued again; what was tried three times has failed.
std::int64_t requeue_jobs(Connection& connection, std::int64_t now);
bool has_open_job(Connection& connection, const std::string& kind);

}  // namespace kyc
