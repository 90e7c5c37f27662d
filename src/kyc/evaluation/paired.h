// Two systems on the same trials: whether a difference of their rates is more than chance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kyc/metrics/bootstrap.h"

namespace kyc {

// What two systems did in one trial: 1 or 0.
struct PairedTrial {
  std::string subject;  // trials of one person are drawn together
  bool first = false;
  bool second = false;
};

struct PairedDifference {
  std::uint64_t trials = 0;
  std::uint64_t first = 0;  // trials in which the first one did it
  std::uint64_t second = 0;
  double difference = 0;             // of the shares, second - first
  std::optional<Interval> interval;  // 95 %, persons drawn anew; nothing with fewer than two persons
};

// throws  Error{InvalidArgument} without trials
PairedDifference paired_difference(std::span<const PairedTrial> trials, const BootstrapOptions& options = {});

}  // namespace kyc
