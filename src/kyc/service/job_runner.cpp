#include "kyc/service/job_runner.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/catalogue_import.h"
#include "kyc/service/child_process.h"
#include "kyc/service/evaluations.h"
#include "kyc/service/json_body.h"
#include "kyc/store/jobs.h"

namespace kyc {
namespace {

constexpr std::int64_t kSoonMs = 0;
constexpr std::int64_t kLaterMs = 5000;
constexpr int kSomeItemsFailed =
    1;  // exit code of the builder: the data set is there, the manifest says what is not

// Thrown by work that was asked to end.
struct JobCancelled {};
struct ServiceStops {};

class JobControl {
 public:
  JobControl(ServiceState& state, const Job& job) : state_(state), job_(job) {}

  // returns  false: the job is to end
  bool keep_going(std::int64_t done, std::int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(500) && done != total) return !over();
    told_ = now;
    const auto held = state_.database.read([&](Connection& c) { return find_job(c, job_.id); });
    cancelled_ = held && held->cancel;
    if (held && (held->done != done || held->total != total))
      state_.database.write([&](Connection& c) { set_job_progress(c, job_.id, done, total); });
    return !over();
  }

  // Why the work ended early.
  void end_early() const {
    if (cancelled_) throw JobCancelled{};
    throw ServiceStops{};
  }
  bool cancelled() const { return cancelled_; }
  bool over() const { return cancelled_ || (state_.stopping && state_.stopping()); }

 private:
  ServiceState& state_;
  const Job& job_;
  std::chrono::steady_clock::time_point told_{};
  bool cancelled_ = false;
};

void run_import(ServiceState& state, const std::string& dataset_id, JobControl& control) {
  try {
    import_dataset(state, dataset_id, [&](std::int64_t done, std::int64_t total) {
      return control.keep_going(done, total);
    });
  } catch (...) {
    if (control.over()) {
      state.database.write([&](Connection& c) { set_dataset_state(c, dataset_id, "failed"); });
      control.end_early();
    }
    state.database.write([&](Connection& c) { set_dataset_state(c, dataset_id, "failed"); });
    throw;
  }
}

// How far a long command is, by the lines of its journal.
std::int64_t lines_of(const std::filesystem::path& path) {
  std::ifstream journal(path);
  return std::count(std::istreambuf_iterator<char>(journal), std::istreambuf_iterator<char>(), '\n');
}

std::string run_build(ServiceState& state, const Job& job, const JsonBody& parameters, JobControl& control) {
  const std::string recipe = parameters.text("recipe", 1, 500);
  const std::string folder = parameters.text("folder", 1, 500);
  const std::string name = parameters.text("name", 1, 200);
  const std::filesystem::path out = dataset_path(state, folder);
  const ChildResult child =
      run_program({"dataset",
                   "build",
                   dataset_path(state, recipe).string(),
                   "--out",
                   out.string(),
                   "--models",
                   state.options.models.string(),
                   "--jobs",
                   "1",
                   "--quiet"},
                  [&] { return control.keep_going(lines_of(out / ".work/journal/rank0.jsonl"), 0); });
  if (child.stopped) control.end_early();
  if (child.exit_code != 0 && child.exit_code != kSomeItemsFailed)
    throw Error(ErrorCode::InvalidArgument,
                "the builder ended with exit code " + std::to_string(child.exit_code) + ": " + child.errors);
  // Built again, a data set that is in the catalogue already is read again.
  const std::string id = state.database.write([&](Connection& c) {
    if (const auto made = create_dataset(c, name, folder, job.created_by, state.now())) return *made;
    return c.row("SELECT id FROM datasets WHERE folder = ?1", {folder}).value().text(0);
  });
  run_import(state, id, control);
  JsonWriter result;
  return result.object().field("dataset", id).end().text();
}

std::string run_evaluation(ServiceState& state,
                           const Job& job,
                           const JsonBody& parameters,
                           JobControl& control) {
  const std::string dataset = parameters.text("dataset", 1, 100);
  const std::string protocol = parameters.text("protocol", 1, 50);
  const auto options = parameters.text_pairs("options", 10);
  check_evaluation(protocol, options);  // a newer program may know fewer
  const auto found = state.database.read([&](Connection& c) { return find_dataset(c, dataset); });
  if (!found) throw Error(ErrorCode::NotFound, "the data set is not attached any more");
  const std::filesystem::path report = report_folder(state, job.id);
  std::filesystem::create_directories(report.parent_path());
  const std::filesystem::path journal = report.string() + ".journal";
  const ChildResult child =
      run_program(evaluation_command(state, dataset_path(state, found->folder), protocol, options, report),
                  [&] { return control.keep_going(lines_of(journal), 0); });
  if (child.stopped) {
    std::error_code ignored;
    if (control.cancelled())
      std::filesystem::remove(journal, ignored);  // else the next start goes on from it
    control.end_early();
  }
  if (child.exit_code != 0)
    throw Error(
        ErrorCode::InvalidArgument,
        "the evaluation ended with exit code " + std::to_string(child.exit_code) + ": " + child.errors);
  return "{}";
}

std::string run_job(ServiceState& state, const Job& job, JobControl& control) {
  const JsonBody parameters(job.parameters);
  if (job.kind == "dataset_import") {
    const std::string dataset = parameters.text("dataset", 1, 100);
    run_import(state, dataset, control);
    JsonWriter result;
    return result.object().field("dataset", dataset).end().text();
  }
  if (job.kind == "dataset_build") return run_build(state, job, parameters, control);
  if (job.kind == kEvaluationJob) return run_evaluation(state, job, parameters, control);
  throw Error(ErrorCode::Unsupported, "no such kind of job: " + job.kind);
}

}  // namespace

std::int64_t run_next_job(ServiceState& state) {
  const bool waiting = state.database.read(
      [](Connection& c) { return c.integer("SELECT count(*) FROM jobs WHERE state = 'queued'") > 0; });
  if (!waiting) return kLaterMs;
  const auto job = state.database.write([&](Connection& c) { return take_job(c, state.now()); });
  if (!job) return kLaterMs;
  const auto finish = [&](JobState end, const std::string& message, const std::string& result) {
    state.database.write([&](Connection& c) {
      finish_job(c, job->id, end, message, result, state.now());
      JsonWriter details;
      details.object().field("state", to_string(end)).end();
      state.audit(c, "system", "job.end", "job:" + job->id, details.text());
    });
  };
  JobControl control(state, *job);
  try {
    const std::string result = run_job(state, *job, control);
    finish(JobState::Done, "", result);
  } catch (const JobCancelled&) {
    finish(JobState::Cancelled, "", "");
  } catch (const ServiceStops&) {
    return kLaterMs;  // stays "running": the next start takes it up again
  } catch (const std::exception& error) {
    finish(JobState::Failed, error.what(), "");
  }
  return kSoonMs;
}

}  // namespace kyc
