// The recognition protocols of eKYC-DF: clip against clip (V2V) and picture against clip (I2V), bona fide and
// forged.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/evaluation/external.h"
#include "kyc/evaluation/journal.h"
#include "kyc/evaluation/labels.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/verification_result.h"
#include "kyc/face/detector.h"
#include "kyc/metrics/error_curve.h"

namespace kyc {

enum class ComparisonKind {
  Mated,     // bona fide, of one person
  NonMated,  // bona fide, of two people
  Attack,    // a forged clip with its victim: accepted is the attack's success
  Driver,    // a forged clip with the person whose recording it was made of: accepted is a leak of that
             // identity
};
std::string to_string(ComparisonKind kind);  // "mated", "non_mated", "attack", "driver"

struct PlannedComparison {
  std::string protocol;  // "v2v" or "i2v"
  ComparisonKind kind = ComparisonKind::Mated;
  std::size_t probe = 0;      // indices into the data set
  std::size_t reference = 0;  // a bona fide clip (v2v) or picture (i2v)
};

// Bona fide clips are compared with each other, each pair once, but for those of one recording; the less
// compressed copies stand for their recording where it is the reference. Forged clips are compared with one
// recording and one picture of their victim and of their driver; not with the recording they were made of,
// where there is another. max_non_mated  per bona fide clip and protocol, evenly spread over the others; 0:
// all
std::vector<PlannedComparison> plan_comparisons(const Dataset& dataset,
                                                const MediaIndex& index,
                                                std::size_t max_non_mated);

struct ComparisonRow {
  std::string system;
  std::string protocol;
  ComparisonKind kind = ComparisonKind::Mated;
  SampleLabels labels;  // of the probe
  std::string reference;
  std::string reference_split;
  std::optional<double> score;  // nothing: one of the two has no template
  std::string failure;
};

// Columns: system, protocol, kind, mated (1 for mated; for `kyclops metrics verification`), those of
// label_header(), probe, reference, reference_split, score, failure.
std::string comparisons_csv(std::span<const ComparisonRow> rows);
// throws  Error{NotFound}, Error{Corrupt} with file and line; no comparison twice
std::vector<ComparisonRow> read_comparisons(const std::filesystem::path& path);

struct ComparisonOptions {
  int frames = 8;  // of every clip, evenly over its length; their templates are averaged
  int jobs = 1;
};

// system    a manifest entry of task "recognition", or "onnx:FILE.json"
// progress  counts samples of which templates are made
std::vector<ComparisonRow> run_comparisons(const ModelResources& resources,
                                           const std::string& system,
                                           const Dataset& dataset,
                                           std::span<const PlannedComparison> plan,
                                           const ComparisonOptions& options,
                                           Journal& journal,
                                           const Progress& progress = {});

// The same of a recogniser outside this program, asked pair by pair (probe, reference); a failure is a row
// without score.
std::vector<ComparisonRow> ask_comparisons(ExternalSystem& system,
                                           const Dataset& dataset,
                                           std::span<const PlannedComparison> plan,
                                           Journal& journal,
                                           const Progress& progress = {});

// One recogniser in one protocol at one false match rate.
struct ComparisonPoint {
  double max_fmr = 0;
  double threshold = 0;        // set on the calibration rows
  std::string origin;          // in words
  double calibration_fmr = 0;  // measured where it was set
  bool carried = false;        // the non-mated trials there can tell this rate (30 false matches)
  double fmr = 0;              // on the test rows
  AttemptCounts mated, non_mated;
  AttemptCounts attacks;                         // pooled
  std::map<SpeciesGroup, AttemptCounts> groups;  // attacks accepted as the victim
  std::map<SpeciesGroup, AttemptCounts> leaks;   // forged clips accepted as the driver; {"", ""}: all
};

struct ComparisonResult {
  std::string system;
  std::string protocol;
  std::optional<ErrorCurve> curve;  // mated against non-mated, test rows
  std::optional<double> auc, eer;
  std::uint64_t failures = 0;
  bool calibrated_on_test = false;  // there was only one split
  std::vector<ComparisonPoint> points;
};

struct NamedFixedThreshold {
  double max_fmr = 0;
  double value = 0;
  std::string origin;
};

// rows         of one system and protocol
// calibration  split whose bona fide comparisons (probe and reference) set the thresholds; empty, or without
// such rows: all fixed        thresholds that were set elsewhere, as further points throws
// Error{InvalidArgument} without mated or without non-mated scores
ComparisonResult comparison_result(std::span<const ComparisonRow> rows,
                                   const std::string& calibration,
                                   std::span<const double> fmrs,
                                   std::span<const NamedFixedThreshold> fixed = {});

}  // namespace kyc
