#include "kyc/store/jobs.h"

#include "kyc/store/accounts.h"

namespace kyc {
namespace {

constexpr const char* kJobColumns =
    "id, kind, state, parameters, created_by, created_at, started_at, finished_at, done, total, attempts, "
    "cancel, "
    "message, result";
constexpr std::int64_t kAttempts = 3;

Job job_of(const SqlRow& row) {
  Job job;
  job.id = row.text(0);
  job.kind = row.text(1);
  job.state = job_state_of(row.text(2)).value_or(JobState::Failed);
  job.parameters = row.text(3);
  job.created_by = row.text(4);
  job.created_at = row.integer(5);
  job.started_at = row.optional_integer(6);
  job.finished_at = row.optional_integer(7);
  job.done = row.integer(8);
  job.total = row.integer(9);
  job.attempts = row.integer(10);
  job.cancel = row.truth(11);
  job.message = row.text(12);
  job.result = row.text(13);
  return job;
}

}  // namespace

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::Queued:
      return "queued";
    case JobState::Running:
      return "running";
    case JobState::Done:
      return "done";
    case JobState::Failed:
      return "failed";
    case JobState::Cancelled:
      return "cancelled";
  }
  return "";
}

std::optional<JobState> job_state_of(std::string_view text) {
  for (const JobState state :
       {JobState::Queued, JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled})
    if (to_string(state) == text) return state;
  return std::nullopt;
}

std::string create_job(Connection& connection,
                       const std::string& kind,
                       const std::string& parameters,
                       const std::string& created_by,
                       std::int64_t now) {
  std::string id = random_token(16);
  connection.run(
      "INSERT INTO jobs (id, kind, state, parameters, created_by, created_at) "
      "VALUES (?1, ?2, 'queued', ?3, ?4, ?5)",
      {id, kind, parameters, created_by, now});
  return id;
}

std::optional<Job> find_job(Connection& connection, const std::string& id) {
  const auto row = connection.row(std::string("SELECT ") + kJobColumns + " FROM jobs WHERE id = ?1", {id});
  return row ? std::optional(job_of(*row)) : std::nullopt;
}

JobPage list_jobs(Connection& connection,
                  const std::optional<std::string>& after,
                  std::int64_t limit,
                  const std::optional<std::string>& kind) {
  std::string sql = std::string("SELECT ") + kJobColumns + " FROM jobs WHERE 1 = 1";
  std::vector<SqlValue> values{limit + 1};
  if (after) {
    const auto [time, id] = parts_of_cursor(*after);
    sql += " AND (created_at < ?2 OR (created_at = ?2 AND id < ?3))";
    values.emplace_back(time);
    values.emplace_back(id);
  }
  if (kind) {
    values.emplace_back(*kind);
    sql += " AND kind = ?" + std::to_string(values.size());
  }
  JobPage page;
  for (const SqlRow& row : connection.rows(sql + " ORDER BY created_at DESC, id DESC LIMIT ?1", values))
    page.jobs.push_back(job_of(row));
  if (static_cast<std::int64_t>(page.jobs.size()) > limit) {
    page.jobs.pop_back();
    page.next = cursor_of(page.jobs.back().created_at, page.jobs.back().id);
  }
  return page;
}

std::optional<Job> take_job(Connection& connection, std::int64_t now) {
  const auto row = connection.row(std::string("SELECT ") + kJobColumns +
                                  " FROM jobs WHERE state = 'queued' ORDER BY created_at, id LIMIT 1");
  if (!row) return std::nullopt;
  Job job = job_of(*row);
  connection.run("UPDATE jobs SET state = 'running', started_at = ?2, attempts = attempts + 1 WHERE id = ?1",
                 {job.id, now});
  job.state = JobState::Running;
  job.started_at = now;
  ++job.attempts;
  return job;
}

void set_job_progress(Connection& connection, const std::string& id, std::int64_t done, std::int64_t total) {
  connection.run("UPDATE jobs SET done = ?2, total = ?3 WHERE id = ?1", {id, done, total});
}

void finish_job(Connection& connection,
                const std::string& id,
                JobState state,
                const std::string& message,
                const std::string& result,
                std::int64_t now) {
  connection.run("UPDATE jobs SET state = ?2, message = ?3, result = ?4, finished_at = ?5 WHERE id = ?1",
                 {id, std::string(to_string(state)), message, result, now});
}

void remove_job(Connection& connection, const std::string& id) {
  connection.run("DELETE FROM jobs WHERE id = ?1 AND state NOT IN ('queued', 'running')", {id});
}

bool cancel_job(Connection& connection, const std::string& id, std::int64_t now) {
  if (connection.run("UPDATE jobs SET state = 'cancelled', cancel = 1, finished_at = ?2 WHERE id = ?1 AND "
                     "state = 'queued'",
                     {id, now}) > 0)
    return true;
  return connection.run("UPDATE jobs SET cancel = 1 WHERE id = ?1 AND state = 'running'", {id}) > 0;
}

std::int64_t requeue_jobs(Connection& connection, std::int64_t now) {
  connection.run(
      "UPDATE jobs SET state = 'failed', finished_at = ?1, message = ?2 "
      "WHERE state = 'running' AND attempts >= ?3",
      {now, std::string("the server ended three times while this ran"), kAttempts});
  connection.run(
      "UPDATE jobs SET state = 'cancelled', finished_at = ?1 WHERE state = 'running' AND cancel = 1", {now});
  return connection.run("UPDATE jobs SET state = 'queued' WHERE state = 'running'");
}

bool has_open_job(Connection& connection, const std::string& kind) {
  return connection.integer("SELECT count(*) FROM jobs WHERE kind = ?1 AND state IN ('queued', 'running')",
                            {kind}) > 0;
}

}  // namespace kyc
