#include "kyc/service/background.h"

#include <chrono>
#include <thread>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/clock_watch.h"
#include "kyc/service/erasure.h"
#include "kyc/service/flow.h"
#include "kyc/service/job_runner.h"
#include "kyc/service/webhooks.h"

namespace kyc {
namespace {

constexpr std::int64_t kRetentionMs = 60LL * 60 * 1000;
constexpr std::int64_t kPauseMs = 5000;

std::int64_t steady_ms() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch())
      .count();
}

// Waits until the time is over or somebody wakes us. returns  false: the service stops
std::uint64_t wakes_so_far(ServiceState& state) {
  const std::lock_guard lock(state.mutex);
  return state.wakes;
}

// seen  what was done last knew of so many calls to wake_background: a further one ends the pause
bool pause(ServiceState& state, std::int64_t milliseconds, std::uint64_t seen) {
  std::unique_lock lock(state.mutex);
  state.wake.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] {
    return state.stop_background || state.wakes != seen;
  });
  return !state.stop_background;
}

// Calls step() again and again, after the milliseconds that it says; what it throws is told and tried again
// later.
void repeat(ServiceState& state, const char* name, const std::function<std::int64_t()>& step) {
  for (;;) {
    std::int64_t wait = kPauseMs;
    const std::uint64_t seen = wakes_so_far(state);
    try {
      wait = step();
    } catch (const std::exception& error) {
      state.watch.event("error", "background_failed", {{"work", name}, {"message", error.what()}});
    }
    if (!pause(state, wait, seen)) return;
  }
}

// Cases that were left in processing because the database was gone; once it is back.
std::int64_t take_up_stranded(ServiceState& state) {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(state.mutex);
    if (state.stranded.empty()) return kPauseMs;
  }
  state.database.read([](Connection& c) { return c.integer("SELECT 1"); });  // throws while it is gone
  {
    const std::lock_guard lock(state.mutex);
    ids.swap(state.stranded);
  }
  resume_cases(state, ids);
  return kPauseMs;
}

void run_retention(ServiceState& state) {
  const RetentionResult result = apply_retention(state);
  const std::uint64_t removed =
      result.expired_cases + result.documents + result.selfies + result.evidence + result.case_records;
  if (removed == 0) return;
  JsonWriter details;
  details.object().field("expired_cases", result.expired_cases).field("documents", result.documents);
  details.field("selfies", result.selfies).field("evidence", result.evidence);
  details.field("case_records", result.case_records).end();
  state.database.write(
      [&](Connection& c) { state.audit(c, "system", "retention.run", "service", details.text()); });
}

}  // namespace

struct Background::State {
  explicit State(ServiceState& of) : service(of) {}

  ServiceState& service;
  std::vector<std::jthread> threads;
};

Background::Background(ServiceState& state) : state_(std::make_unique<State>(state)) {
  state_->threads.emplace_back([&state, ids = unfinished_cases(state)] { resume_cases(state, ids); });
  state_->threads.emplace_back(
      [&state] { repeat(state, "stranded", [&] { return take_up_stranded(state); }); });
  state_->threads.emplace_back([&state] { repeat(state, "jobs", [&] { return run_next_job(state); }); });
  state_->threads.emplace_back([&state] { repeat(state, "webhooks", [&] { return deliver_due(state); }); });
  state_->threads.emplace_back([&state] {
    // Woken for other reasons too: the time of the last run decides, on a clock that nobody sets.
    std::optional<std::int64_t> last;
    ClockWatch clock;
    repeat(state, "retention", [&] {
      const std::int64_t now = steady_ms();
      if (const auto jump = clock.jump(state.now(), now))
        state.watch.event("warning", "clock_jumped", {{"seconds", std::to_string(*jump / 1000)}});
      if (clock.trusted(now) && (!last || now - *last >= kRetentionMs)) {
        run_retention(state);
        last = now;
      }
      return std::int64_t{60'000};
    });
  });
}

Background::~Background() {
  {
    const std::lock_guard lock(state_->service.mutex);
    state_->service.stop_background = true;
    state_->service.wake.notify_all();
  }
  state_->service.pool.stop();  // resume_cases may wait for room
  state_->threads.clear();
}

}  // namespace kyc
