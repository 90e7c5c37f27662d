// What a build will cost, before it is begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/dataset/plan.h"

namespace kyc {

struct Forecast {
  struct Basis {
    std::string what;  // the species, "bona_fide" or "faces" (finding them, once per clip)
    std::int64_t frames = 0;
    double seconds_per_frame = 0;  // of one core, for all compressions
    double bytes_per_frame = 0;
  };
  double seconds = 0;  // of one core
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;          // forged and re-encoded
  std::vector<Basis> basis;          // what was measured
  std::vector<std::string> unknown;  // what could not be measured, with the reason: counted as nothing
};

// Makes the first `sample_s` seconds of one clip of each kind in a temporary folder, and multiplies: by the
// number of frames that all clips have, and by their pixels.
Forecast forecast(const Plan& plan, const ModelResources& resources, double sample_s = 0.5);

}  // namespace kyc
