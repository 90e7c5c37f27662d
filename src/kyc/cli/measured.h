// What the benchmarks measure work with.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>

namespace kyc::cli {

// Of some work. Processor time is that of all threads together: what others do on the machine hardly counts
// in it.
struct Times {
  double wall = 1e300;  // seconds
  double processor = 1e300;

  void keep_least(const Times& other) {
    wall = std::min(wall, other.wall);
    processor = std::min(processor, other.processor);
  }
};

inline Times times_of(const std::function<void()>& work) {
  const auto processor_now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double processor = processor_now();
  const auto start = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          processor_now() - processor};
}

// A line of /proc/self/status in bytes ("VmHWM", "VmRSS"); 0 where there is no such file.
inline std::uint64_t status_bytes(const std::string& field) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(field + ":"))
      return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  return 0;
}

// Peak resident memory while `work` runs, above what there was before.
inline std::uint64_t extra_bytes_of(const std::function<void()>& work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  const std::uint64_t before = status_bytes("VmRSS");
  work();
  const std::uint64_t peak = status_bytes("VmHWM");
  return peak > before ? peak - before : 0;
}

}  // namespace kyc::cli
