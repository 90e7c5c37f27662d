// What a service tells about itself: counters for Prometheus, and a log in JSON. Neither holds personal data:
// routes, not paths; no addresses, names or texts that people sent.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace kyc {

class Watch {
 public:
  explicit Watch(std::function<void(const std::string&)> log) : log_(std::move(log)) {}

  // One answered request. route: the pattern, "/v1/cases/{id}"
  void request(
      const std::string& id, const std::string& method, const std::string& route, int status, double seconds);
  // Something that happened; `fields` are added to the line.
  void event(const std::string& level,
             const std::string& what,
             const std::vector<std::pair<std::string, std::string>>& fields = {});
  void verification(const std::string& verdict, double seconds);

  // Text exposition format 0.0.4. gauges: name -> value, for what others know
  std::string prometheus(const std::map<std::string, double>& gauges) const;

 private:
  static constexpr std::array<double, 10> kBounds{
      0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};  // seconds
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0;
    std::uint64_t total = 0;
    void add(double seconds);
  };
  static void print(std::string& out,
                    const std::string& name,
                    const std::string& labels,
                    const Histogram& histogram);

  std::function<void(const std::string&)> log_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;  // by "METHOD route" and status
  Histogram seconds_;
  std::map<std::string, std::uint64_t> verdicts_;
  Histogram verification_seconds_;
};

// "2026-01-02T03:04:05.678Z"
std::string time_text(std::int64_t ms);

}  // namespace kyc
