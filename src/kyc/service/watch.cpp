#include "kyc/service/watch.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "kyc/core/json_writer.h"
#include "kyc/core/text.h"

namespace kyc {
namespace {

std::int64_t now_ms() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string time_text(std::int64_t ms) {
  const std::int64_t part = ((ms % 1000) + 1000) % 1000;
  const auto seconds = static_cast<std::time_t>((ms - part) / 1000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "1970-01-01T00:00:00.000Z";
  char day[32];
  std::strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
  char text[48];
  std::snprintf(text, sizeof(text), "%s.%03dZ", day, static_cast<int>(part));
  return text;
}

void Watch::Histogram::add(double seconds) {
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
  sum += seconds;
  ++total;
}

void Watch::request(
    const std::string& id, const std::string& method, const std::string& route, int status, double seconds) {
  {
    const std::lock_guard lock(mutex_);
    ++requests_[{method + " " + route, status}];
    seconds_.add(seconds);
  }
  if (!log_) return;
  JsonWriter json;
  json.object()
      .field("time", time_text(now_ms()))
      .field("level", status >= 500 ? "error" : "info")
      .field("event", "request");
  json.field("request", id).field("method", method).field("route", route).field("status", status);
  json.field("ms", static_cast<std::int64_t>(seconds * 1000)).end();
  log_(json.text());
}

void Watch::event(const std::string& level,
                  const std::string& what,
                  const std::vector<std::pair<std::string, std::string>>& fields) {
  if (!log_) return;
  JsonWriter json;
  json.object().field("time", time_text(now_ms())).field("level", level).field("event", what);
  for (const auto& [name, value] : fields) json.field(name, value);
  log_(json.end().text());
}

void Watch::verification(const std::string& verdict, double seconds) {
  const std::lock_guard lock(mutex_);
  ++verdicts_[verdict];
  verification_seconds_.add(seconds);
}

void Watch::print(std::string& out,
                  const std::string& name,
                  const std::string& labels,
                  const Histogram& histogram) {
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    up_to += histogram.counts[i];
    out +=
        name + "_bucket{" + labels + "le=\"" + exact_text(kBounds[i]) + "\"} " + std::to_string(up_to) + "\n";
  }
  out += name + "_bucket{" + labels + "le=\"+Inf\"} " + std::to_string(histogram.total) + "\n";
  out += name + "_sum " + exact_text(histogram.sum) + "\n";
  out += name + "_count " + std::to_string(histogram.total) + "\n";
}

std::string Watch::prometheus(const std::map<std::string, double>& gauges) const {
  const std::lock_guard lock(mutex_);
  std::string out =
      "# HELP kyclops_requests_total Answered requests.\n# TYPE kyclops_requests_total counter\n";
  for (const auto& [key, count] : requests_) {
    const std::size_t blank = key.first.find(' ');
    out += "kyclops_requests_total{method=\"" + key.first.substr(0, blank) + "\",route=\"" +
           key.first.substr(blank + 1) + "\",status=\"" + std::to_string(key.second) + "\"} " +
           std::to_string(count) + "\n";
  }
  out +=
      "# HELP kyclops_request_seconds Time from a request's header to the end of its answer.\n"
      "# TYPE kyclops_request_seconds histogram\n";
  print(out, "kyclops_request_seconds", "", seconds_);
  out +=
      "# HELP kyclops_verifications_total Verifications that ended.\n# TYPE kyclops_verifications_total "
      "counter\n";
  for (const auto& [verdict, count] : verdicts_)
    out += "kyclops_verifications_total{verdict=\"" + verdict + "\"} " + std::to_string(count) + "\n";
  out +=
      "# HELP kyclops_verification_seconds Time that a verification took.\n"
      "# TYPE kyclops_verification_seconds histogram\n";
  print(out, "kyclops_verification_seconds", "", verification_seconds_);
  std::string family;
  for (const auto& [name, value] : gauges) {
    const std::string now = name.substr(0, name.find('{'));
    if (now != family) out += "# TYPE " + now + " gauge\n";
    family = now;
    out += name + " " + exact_text(value) + "\n";
  }
  return out;
}

}  // namespace kyc
