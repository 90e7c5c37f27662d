// Long work: its list, its progress, its end.

#include <thread>

#include "kyc/service/catalogue_import.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/views.h"

namespace kyc {
namespace {

Job job_of(Call& call) {
  auto job = call.state.database.read([&](Connection& c) { return find_job(c, call.parameter(0)); });
  if (!job) throw HttpError(404, "not_found", "no such job");
  return *job;
}

bool is_over(const Job& job) {
  return job.state != JobState::Queued && job.state != JobState::Running;
}

std::string json_of(const Job& job) {
  JsonWriter json;
  write_job(json, job);
  return json.text();
}

}  // namespace

HttpResponse get_jobs(Call& call) {
  const std::int64_t limit = call.page_limit();
  const std::optional<std::string> cursor = call.cursor();
  const JobPage page = call.state.database.read([&](Connection& c) { return list_jobs(c, cursor, limit); });
  JsonWriter json;
  begin_page(json);
  for (const Job& job : page.jobs) write_job(json, job);
  return json_response(200, end_page(json, page.next));
}

HttpResponse get_job(Call& call) {
  return json_response(200, json_of(job_of(call)));
}

// Server-sent events: one "job" event whenever something changed, until the job is over.
HttpResponse get_job_events(Call& call) {
  const std::string id = job_of(call).id;
  ServiceState& state = call.state;
  HttpResponse response;
  response.header("Content-Type", "text/event-stream").header("Cache-Control", "no-store");
  response.header("X-Accel-Buffering", "no");  // nginx passes every event on at once
  response.stream = [&state, id](const std::function<bool(std::string_view)>& send) {
    std::string last;
    int quiet = 0;
    for (;;) {
      const auto job = state.database.read([&](Connection& c) { return find_job(c, id); });
      if (!job) return;
      const std::string now = json_of(*job);
      if (now != last) {
        if (!send("event: job\ndata: " + now + "\n\n")) return;
        last = now;
        quiet = 0;
      } else if (++quiet % 40 == 0 && !send(": still there\n\n")) {
        return;
      }
      if (is_over(*job) || !send("")) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
  };
  return response;
}

HttpResponse post_job_cancel(Call& call) {
  call.json().done();
  ServiceState& state = call.state;
  const Job job = job_of(call);
  state.database.write([&](Connection& c) {
    if (!cancel_job(c, job.id, state.now())) throw HttpError(409, "wrong_state", "the job is over already");
    state.audit(c, call.who->actor(), "job.cancel", "job:" + job.id);
  });
  state.wake_background();
  return json_response(202, json_of(job_of(call)));
}

HttpResponse post_build(Call& call) {
  const JsonBody body = call.json();
  const std::string name = body.text("name", 1, 200);
  const std::string recipe = body.text("recipe", 1, 500);
  const std::string folder = body.text("folder", 1, 500);
  body.done();
  ServiceState& state = call.state;
  if (!std::filesystem::is_regular_file(dataset_path(state, recipe)))
    throw HttpError(422, "invalid_field", "recipe: expected a file below the folder of data sets", "recipe");
  const std::filesystem::path out = dataset_path(state, folder);
  const std::string normal =
      out.lexically_relative(std::filesystem::weakly_canonical(state.datasets_folder())).string();
  JsonWriter parameters;
  parameters.object().field("recipe", recipe).field("folder", normal).field("name", name).end();
  const std::string job = state.database.write([&](Connection& c) {
    const std::string made =
        create_job(c, "dataset_build", parameters.text(), call.account().id, state.now());
    state.audit(c, call.who->actor(), "dataset.build", "job:" + made);
    return made;
  });
  state.wake_background();
  JsonWriter json;
  json.object().field("job", job).end();
  HttpResponse response = json_response(202, json.text());
  response.header("Location", "/v1/jobs/" + job);
  return response;
}

}  // namespace kyc
