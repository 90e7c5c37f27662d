// What detectors measure on the samples of a data set, in one table: what the light detectors and the fusion
// are fitted on, and tested with, without looking at a single picture again.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/detection/assess.h"
#include "kyc/evaluation/labels.h"
#include "kyc/face/detector.h"

namespace kyc {

struct MeasuredSample {
  SampleLabels labels;
  // "srm/first_inside": of a detector that weighs measurements; "fr_liveness/log_odds": of any other. Absent:
  // it was not applicable.
  std::map<std::string, double> values;
};

// A file to measure.
struct MeasureInput {
  SampleLabels labels;
  std::filesystem::path path;
  std::filesystem::path reference;  // the trusted capture of the same person; empty: none
};

struct MeasureOptions {
  double rate_hz = 8;  // frames per second of clips
  double max_s = 20;   // of a clip
  int jobs = 1;
};

// Files without a face, or damaged ones, are left out.
// throws  Error{NotFound} for unknown detectors and missing files
std::vector<MeasuredSample> measure_samples(std::span<const MeasureInput> inputs,
                                            std::span<const std::string> detectors,
                                            const ModelResources& resources,
                                            const MeasureOptions& options,
                                            const Progress& progress = {});

// Columns: those of label_header(), then one per value; an empty field is an absent value.
std::string measurements_csv(std::span<const MeasuredSample> samples);
// throws  Error{NotFound}, Error{Corrupt} with file and line
std::vector<MeasuredSample> read_measurements(const std::filesystem::path& path);

}  // namespace kyc
