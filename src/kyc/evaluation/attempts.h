// Which person comes with which document: the attempts that a data set holds against an identity check.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/evaluation/decisions.h"
#include "kyc/evaluation/media.h"

namespace kyc {

// What serves as the document.
struct Reference {
  std::size_t sample = 0;  // index into the data set
  bool frame = false;      // a frame of this clip; else the picture itself
  std::string id;          // "ID", or "ID#frame"

  bool operator==(const Reference&) const = default;
};

struct Attempt {
  AttemptKind kind = AttemptKind::Mated;
  SampleLabels labels;
  std::string claimed;
  std::size_t reference = 0;  // index into AttemptPlan::references
  std::size_t probe = 0;      // index into the data set: the selfie clip
};

struct AttemptPlan {
  std::vector<Reference> references;
  std::vector<Attempt> attempts;
  std::size_t without_reference = 0;  // clips of people of whom there is nothing else to compare with
};

struct AttemptOptions {
  std::string split;       // only samples of this one; empty: all
  int zero_effort = 3;     // documents of other people that every bona fide clip is tried with
  std::uint64_t seed = 1;  // which ones
};

// The document of a person is their first picture; of a person without picture, a frame of another recording
// than the selfie. A bona fide clip comes with its person's own document and with those of `zero_effort`
// others; an attack clip with that of its victim; a morph is itself the document, and comes with one
// recording of each person it was made of.
AttemptPlan plan_attempts(const Dataset& dataset, const MediaIndex& index, const AttemptOptions& options);

}  // namespace kyc
