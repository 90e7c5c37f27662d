// What a build will cost, before it is begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/dataset/plan.h"

namespace kyc {

struct Forecast {
  struct Basis {
    std::string what;              // the species, "bona_fide" or "faces" (finding them, once per clip)
    int clips = 0;                 // measured
    std::int64_t frames = 0;       // of these
    double seconds_per_frame = 0;  // of one core, for all compressions
    double bytes_per_frame = 0;
    // Of the measured clips, per frame and pixel: the dearest and the cheapest, relative to the rate that is
    // used for all. How much the forecast may be off.
    double least = 1;
    double most = 1;
  };
  double seconds = 0;  // of processors: of one core that nobody else uses
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;          // forged and re-encoded
  std::vector<Basis> basis;          // what was measured
  std::vector<std::string> unknown;  // what could not be measured, with the reason: counted as nothing
};

struct ForecastOptions {
  double sample_s = 0.5;  // of every clip that is measured
  int clips = 3;          // per species, at most
};

// Makes the first `sample_s` seconds of some clips of each kind in a temporary folder. Which ones: the groups
// of a kind are put in the order of their work (frames x pixels), and one is taken from the middle of every
// part of equal length, so that small and large, short and long clips have their say. Their seconds and
// bytes, divided by their frames x pixels, are the rate for every group of the kind, each with the number of
// frames that it really has, and with its driver's size where the attack leaves the picture as it is; the
// size of others (a replay, a portrait that moves) is the mean of the measured ones.
Forecast forecast(const Plan& plan, const ModelResources& resources, const ForecastOptions& options = {});

}  // namespace kyc
