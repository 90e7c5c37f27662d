// How the service is, what it can do, and its pages.

#include <algorithm>
#include <fstream>
#include <memory>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/assets.h"
#include "kyc/service/endpoints.h"
#include "kyc/store/jobs.h"

namespace kyc {
namespace {

// Scripts and styles of our own host only; pictures and clips that a page made itself (blob:, data: for
// pictures).
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' "
    "blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
// The built-in page has its style inside.
constexpr const char* kLandingPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";

std::string type_of(const std::filesystem::path& path) {
  static constexpr std::pair<const char*, const char*> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [extension, type] : kTypes)
    if (path.extension() == extension) return type;
  return "application/octet-stream";
}

HttpResponse asset_response(std::string_view text, const char* type, const char* policy) {
  HttpResponse response;
  response.header("Content-Type", type)
      .header("Cache-Control", "no-cache")
      .header("Content-Security-Policy", policy);
  response.etag = "\"" + sha256_of(text).substr(0, 32) + "\"";
  response.body = std::string(text);
  response.ranged = true;
  return response;
}

// A file of the web folder; the page itself for everything that is no file, because the page routes within
// itself.
HttpResponse web_file(const ServiceState& state, const HttpRequest& request) {
  const std::filesystem::path root = std::filesystem::weakly_canonical(state.options.web);
  std::filesystem::path path = root;
  for (const std::string& part : request.path) {
    if (part.empty() || part.front() == '.' || part.find('/') != std::string::npos ||
        part.find('\\') != std::string::npos)
      throw HttpError(404, "not_found", "no such page");
    path /= part;
  }
  std::error_code failure;
  const bool in_assets = !request.path.empty() && request.path.front() == "assets";
  if (!std::filesystem::is_regular_file(path, failure)) {
    if (in_assets) throw HttpError(404, "not_found", "no such file");
    path = root / "index.html";
  }
  const std::filesystem::path real = std::filesystem::canonical(path, failure);
  if (failure || std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first != root.end())
    throw HttpError(404, "not_found", "no such page");
  HttpResponse response = asset_response(read_text_file(real, 64 << 20), type_of(real).c_str(), kPagePolicy);
  if (in_assets)  // their names hold a hash of their content
    for (auto& [name, value] : response.headers)
      if (name == "Cache-Control") value = "public, max-age=31536000, immutable";
  return response;
}

}  // namespace

HttpResponse serve_page(ServiceState& state, const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = error_response_of({405, "method_not_allowed", "expected GET or HEAD"});
    response.header("Allow", "GET, HEAD");
    return response;
  }
  if (!state.options.web.empty()) return web_file(state, request);
  if (!request.path.empty()) throw HttpError(404, "not_found", "no such page");
  return asset_response(landing_asset(), "text/html; charset=utf-8", kLandingPolicy);
}

HttpResponse get_health(Call& call) {
  static_cast<void>(call);
  return json_response(200, R"({"status":"ok"})");
}

HttpResponse get_readiness(Call& call) {
  ServiceState& state = call.state;
  bool database = true;
  try {
    state.database.read([](Connection& c) { return c.integer("SELECT max(version) FROM schema_version"); });
  } catch (const Error&) {
    database = false;
  }
  const bool stopping = state.stopping && state.stopping();
  JsonWriter json;
  json.object()
      .field("ready", database && !stopping)
      .field("database", database)
      .field("stopping", stopping)
      .end();
  return json_response(database && !stopping ? 200 : 503, json.text());
}

HttpResponse get_metrics(Call& call) {
  ServiceState& state = call.state;
  std::map<std::string, double> gauges;
  gauges["kyclops_pool_running"] = static_cast<double>(state.pool.running());
  gauges["kyclops_pool_waiting"] = static_cast<double>(state.pool.waiting());
  gauges["kyclops_pool_workers"] = state.options.workers;
  gauges["kyclops_pool_capacity"] = state.options.queue;
  state.database.read([&](Connection& c) {
    for (const SqlRow& row : c.rows("SELECT state, count(*) FROM cases GROUP BY state"))
      gauges["kyclops_cases{state=\"" + row.text(0) + "\"}"] = static_cast<double>(row.integer(1));
  });
  std::ifstream status("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  if (status >> pages >> resident) gauges["process_resident_memory_bytes"] = resident * 4096;
  HttpResponse response;
  response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
      .header("Cache-Control", "no-store");
  response.body = state.watch.prometheus(gauges);
  return response;
}

HttpResponse get_openapi(Call& call) {
  static_cast<void>(call);
  return asset_response(openapi_asset(), "application/json", "default-src 'none'; frame-ancestors 'none'");
}

}  // namespace kyc
