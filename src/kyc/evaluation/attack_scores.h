// Attack scores of a data set's samples, frame by frame: the score file of `kyclops evaluate liveness` and
// `detection`.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/evaluation/external.h"
#include "kyc/evaluation/journal.h"
#include "kyc/evaluation/labels.h"
#include "kyc/face/detector.h"
#include "kyc/image/image.h"

namespace kyc {

struct AttackScoreRow {
  std::string system;
  std::string data;       // name of the data set
  std::string condition;  // "" or of a robustness sweep: "jpeg 50"
  SampleLabels labels;
  int frame = 0;                // counts the frames that were looked at
  std::optional<double> score;  // nothing: no answer
  std::string failure;          // why
};

// Columns: system, data, condition, those of label_header(), clip (= sample), frame, score, failure.
std::string attack_scores_csv(std::span<const AttackScoreRow> rows);
// Only attack, species, score, and sample or clip must be there.
// throws  Error{NotFound}, Error{Corrupt} with file and line; no frame of a sample twice
std::vector<AttackScoreRow> read_attack_scores(const std::filesystem::path& path);
std::vector<AttackScoreRow> attack_scores_of_csv(const std::string& text, const std::string& name);

struct FileScores {
  std::vector<std::optional<double>> frames;  // nothing: no face
  std::string failure;                        // why there are none
};

// A detector under test.
class AttackSubject {
 public:
  virtual ~AttackSubject() = default;
  virtual std::string name() const = 0;
  virtual std::vector<std::pair<std::string, std::string>> record() const = 0;  // for the run record
  virtual std::optional<double> threshold() const { return std::nullopt; }      // its own, if it has one
  // In any order and from any thread, one call at a time.
  using Sink = std::function<void(std::size_t file, FileScores&& scores)>;
  virtual void score(std::span<const std::filesystem::path> files, const Sink& sink) = 0;
  // Of pictures in memory, for robustness sweeps; nothing: it can not.
  virtual std::optional<std::vector<std::optional<double>>> score_frames(std::span<const Image>) const {
    return std::nullopt;
  }
};

struct AttackSubjectOptions {
  int frames = 10;  // of every clip, evenly over its length
  int jobs = 1;
  ExternalLimits limits;
};

// spec  a registered detector ("fr_liveness"), "onnx:FILE.json" (docs/evaluation.md), "program:COMMAND", or
// "http://..." throws  Error{NotFound}, Error{InvalidArgument}, Error{Corrupt}
std::unique_ptr<AttackSubject> make_attack_subject(const std::string& spec,
                                                   const ModelResources& resources,
                                                   const AttackSubjectOptions& options);

// progress  counts samples
std::vector<AttackScoreRow> run_attack_scores(AttackSubject& subject,
                                              const Dataset& dataset,
                                              std::span<const std::size_t> samples,
                                              const std::string& data_name,
                                              Journal& journal,
                                              const Progress& progress = {});

}  // namespace kyc
