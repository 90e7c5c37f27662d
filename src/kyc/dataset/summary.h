// What is in a data set, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kyc/dataset/sample.h"

namespace kyc {

struct SampleFilter {
  std::string kind;  // "bona_fide", "attack"; this and all others: empty for any
  std::string species;
  std::string compression;  // "none": as it came
  std::string split;
  std::string identity;
  std::string driver;
  bool failed_only = false;
};

bool matches(const SampleFilter& filter, const Sample& sample);

struct DatasetSummary {
  struct Row {
    std::string species;
    std::string compression;
    std::string split;
    std::uint64_t samples = 0;  // with a file
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<Row> rows;  // bona_fide first, then by species, compression, split
  std::uint64_t samples = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, std::uint64_t> identities;  // per split
  std::map<std::string, std::uint64_t> drivers;
  // name -> value -> identities; a value that was only estimated has " (estimated)" behind it. Ages come by
  // decade ("20-29").
  std::map<std::string, std::map<std::string, std::uint64_t>> attributes;
  std::map<std::string, std::uint64_t> failures;  // reason -> items
  std::map<std::string, std::uint64_t> licences;  // -> samples
};

DatasetSummary summarize(const std::vector<Sample>& samples);

}  // namespace kyc
