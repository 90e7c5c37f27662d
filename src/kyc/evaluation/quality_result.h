// BRISQUE of frames -> means per species and compression. Numbers only.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/evaluation/labels.h"
#include "kyc/evaluation/verification_result.h"

namespace kyc {

struct QualityRow {
  SampleLabels labels;
  int frame = 0;
  std::optional<double> brisque;  // nothing: no face, or no structure in the picture
};

struct QualityGroup {
  std::size_t samples = 0;
  double mean = 0;       // over samples, of the mean over their frames
  double deviation = 0;  // over samples, divided by samples - 1; 0 for one sample
};

struct QualityResult {
  std::vector<std::string> species;       // "bona_fide" among them
  std::vector<std::string> compressions;  // "" for what came as it was
  std::map<SpeciesGroup, QualityGroup> groups;
  std::size_t failed = 0;  // samples without any value
};

// throws  Error{InvalidArgument} without rows
QualityResult quality_result(std::span<const QualityRow> rows);

// label_header(), frame, brisque
std::string quality_csv(std::span<const QualityRow> rows);

}  // namespace kyc
