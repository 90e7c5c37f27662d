// Evaluations of data sets: each is a job, and leaves a report that is served as it was written.

#include <algorithm>
#include <fstream>
#include <memory>

#include "kyc/service/catalogue_import.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/evaluations.h"
#include "kyc/service/json_body.h"
#include "kyc/service/views.h"
#include "kyc/store/catalogue.h"

namespace kyc {
namespace {

// The reports of our own program: styles stand in the page, pictures in it as data or beside it; no script,
// no form, nothing from elsewhere.
constexpr const char* kReportPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

struct FileType {
  const char* extension;
  const char* type;
};
constexpr FileType kReportFiles[] = {{".html", "text/html; charset=utf-8"},
                                     {".json", "application/json"},
                                     {".csv", "text/csv; charset=utf-8"},
                                     {".tex", "text/plain; charset=utf-8"},
                                     {".svg", "image/svg+xml"},
                                     {".png", "image/png"},
                                     {".jpg", "image/jpeg"}};

Job evaluation_of(Call& call) {
  auto job = call.state.database.read([&](Connection& c) { return find_job(c, call.parameter(0)); });
  if (!job || job->kind != kEvaluationJob) throw HttpError(404, "not_found", "no such evaluation");
  return *job;
}

bool has_report(const ServiceState& state, const Job& job) {
  return std::filesystem::is_regular_file(report_folder(state, job.id) / "index.html");
}

void write_evaluation(JsonWriter& json, const ServiceState& state, const Job& job) {
  const JsonBody parameters(job.parameters);
  json.object().field("id", job.id).field("job", job.id);
  json.field("dataset", parameters.text("dataset", 1, 100))
      .field("protocol", parameters.text("protocol", 1, 50));
  json.key("options").raw(member_of(job.parameters, "options").value_or("{}"));
  json.field("state", to_string(job.state)).field("created_at", time_text(job.created_at));
  json.field("started_at", optional_time_text(job.started_at));
  json.field("finished_at", optional_time_text(job.finished_at));
  json.field("done", job.done).field("message", job.message).field("report", has_report(state, job)).end();
}

}  // namespace

HttpResponse post_evaluation(Call& call) {
  const JsonBody body = call.json();
  const std::string dataset = body.text("dataset", 1, 100);
  const std::string protocol = body.text("protocol", 1, 50);
  const auto options = body.text_pairs("options", 10);
  body.done();
  ServiceState& state = call.state;
  check_evaluation(protocol, options);
  JsonWriter parameters;
  parameters.object().field("dataset", dataset).field("protocol", protocol).key("options").object();
  for (const auto& [name, value] : options) parameters.field(name, value);
  parameters.end().end();
  const std::string id = state.database.write([&](Connection& c) {
    const auto found = find_dataset(c, dataset);
    if (!found) throw HttpError(422, "invalid_field", "dataset: no such data set", "dataset");
    if (found->state != "ready")
      throw HttpError(409, "wrong_state", "the data set is not ready: it is " + found->state, "dataset");
    const std::string made = create_job(c, kEvaluationJob, parameters.text(), call.account().id, state.now());
    JsonWriter details;
    details.object().field("dataset", dataset).field("protocol", protocol).end();
    state.audit(c, call.who->actor(), "evaluation.start", "job:" + made, details.text());
    return made;
  });
  state.wake_background();
  JsonWriter json;
  write_evaluation(json, state, *state.database.read([&](Connection& c) { return find_job(c, id); }));
  HttpResponse response = json_response(202, json.text());
  response.header("Location", "/v1/evaluations/" + id);
  return response;
}

HttpResponse get_evaluations(Call& call) {
  const std::int64_t limit = call.page_limit();
  const std::optional<std::string> cursor = call.cursor();
  const JobPage page = call.state.database.read(
      [&](Connection& c) { return list_jobs(c, cursor, limit, std::string(kEvaluationJob)); });
  JsonWriter json;
  begin_page(json);
  for (const Job& job : page.jobs) write_evaluation(json, call.state, job);
  return json_response(200, end_page(json, page.next));
}

HttpResponse get_evaluation(Call& call) {
  JsonWriter json;
  write_evaluation(json, call.state, evaluation_of(call));
  return json_response(200, json.text());
}

HttpResponse delete_evaluation(Call& call) {
  const Job job = evaluation_of(call);
  if (job.state == JobState::Queued || job.state == JobState::Running)
    throw HttpError(409, "wrong_state", "the evaluation is not over: cancel its job first");
  call.state.database.write([&](Connection& c) {
    remove_job(c, job.id);
    call.state.audit(c, call.who->actor(), "evaluation.remove", "job:" + job.id);
  });
  std::error_code ignored;
  std::filesystem::remove_all(report_folder(call.state, job.id), ignored);
  return empty_response();
}

HttpResponse get_report(Call& call) {
  const Job job = evaluation_of(call);
  // Links in the page are relative to its folder.
  if (call.rest.empty()) throw HttpError(404, "not_found", "expected .../report/index.html");
  const std::filesystem::path folder = report_folder(call.state, job.id);
  std::filesystem::path path = folder;
  for (const std::string& part : call.rest) {
    // Names of files and folders of a report, and nothing that leads out of it.
    if (part.empty() || part.front() == '.' || part.find('/') != std::string::npos ||
        part.find('\0') != std::string::npos)
      throw HttpError(404, "not_found", "no such file in the report");
    path /= part;
  }
  const std::string extension = path.extension().string();
  const auto* type = std::find_if(std::begin(kReportFiles),
                                  std::end(kReportFiles),
                                  [&](const FileType& each) { return extension == each.extension; });
  std::error_code failure;
  const auto status = std::filesystem::symlink_status(path, failure);
  if (type == std::end(kReportFiles) || failure || !std::filesystem::is_regular_file(status))
    throw HttpError(404, "not_found", "no such file in the report");
  const std::uint64_t bytes = std::filesystem::file_size(path);
  HttpResponse response;
  response.header("Content-Type", type->type).header("Cache-Control", "private, no-cache");
  response.header("Content-Security-Policy", kReportPolicy).header("Content-Disposition", "inline");
  response.etag = "\"" + job.id + "-" + std::to_string(bytes) + "-" +
                  std::to_string(std::filesystem::last_write_time(path).time_since_epoch().count()) + "\"";
  response.ranged = true;
  response.source = ByteSource{bytes, [path](std::uint64_t offset) {
                                 auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
                                 file->seekg(static_cast<std::streamoff>(offset));
                                 return [file](std::span<std::uint8_t> buffer) -> std::size_t {
                                   file->read(reinterpret_cast<char*>(buffer.data()),
                                              static_cast<std::streamsize>(buffer.size()));
                                   return static_cast<std::size_t>(file->gcount());
                                 };
                               }};
  return response;
}

}  // namespace kyc
