// From folders of samples to a detector that is trained, tested and described.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/core/ranks.h"
#include "kyc/face/detector.h"
#include "kyc/nn/trainer.h"
#include "kyc/training/batches.h"
#include "kyc/training/closed_form.h"
#include "kyc/training/crop_store.h"
#include "kyc/training/training_set.h"
#include "kyc/training/validation.h"

namespace kyc {

struct DetectorTrainingOptions {
  std::string name = "detector";  // of the manifest entry
  std::string task = "deepfake";  // of the manifest entry
  std::vector<std::filesystem::path> datasets;
  TrainingSetOptions set;
  std::string architecture = "convnet";  // a known one, MODEL@TENSOR (transfer.h), or an .onnx file
  int side = 0;                          // pixels of its input; 0: as it is; of a file: must be left 0
  CropOptions crops;                     // side is the network's
  BatchOptions batches;
  // With a ridge the last layer is solved for, and nothing is trained: `training` is not used.
  ClosedFormOptions closed_form;
  TrainingOptions training;  // checkpoint and steps_per_epoch are filled in where they are empty or 0
  // The trained weights are written in 16 bits (nn/half_weights.h). Figures are of the file that is written.
  bool half_weights = false;
  // The detector looks at the mirrored picture, too (ModelDetection::mirrored), and so do all figures.
  bool mirrored = false;
  double quantile = 0.5;  // of a clip's frames (ModelDetection::quantile)
  // The test split also goes through these on its way: "jpeg60+scale0.5" (kyc/attack/degrade.h).
  std::vector<std::string> test_chains;
  std::uint64_t seed = 1;     // of weights, splits, batches and augmentation
  std::filesystem::path out;  // folder: checkpoint and crops lie there, and what write_detector writes
  int jobs = 1;
};

// throws  Error{InvalidArgument}
void check(const DetectorTrainingOptions& options);

struct SplitResult {
  std::string condition;  // "" or the chain
  std::size_t items = 0;
  std::size_t without_face = 0;
  std::optional<AucWithInterval> auc;  // of items
  std::optional<double> frame_auc;
  std::vector<GroupAuc> groups;
  std::vector<ErrorRatesAt> rates;  // at each threshold
  std::string scores;               // scores_csv
};

struct TrainedDetector {
  std::vector<std::uint8_t> model;  // ONNX
  // Of a ridge: the network solved on the training split alone, whose answers to the validation split are
  // judged; `model` was solved on both splits. Else empty.
  std::vector<std::uint8_t> judged;
  ModelInput input;
  std::uint64_t parameters = 0;
  ClassCounts counts;
  std::map<std::string, std::size_t> species;  // -> items
  std::uint64_t without_file = 0;              // samples whose build failed
  std::vector<std::string> failures;           // files without a face, or unreadable: why
  std::size_t training_crops = 0;
  TrainingRun run;  // its model is `model`, with weights of 32 bits
  std::vector<ModelThreshold> thresholds;
  std::optional<SplitResult> validation;  // nothing: training was interrupted
  std::vector<SplitResult> tests;         // empty without a test split
  bool validated_on_blended = false;      // the val split had no attacks: made from its bona fide samples
};

struct DetectorTrainingHooks {
  // A new stage of the work begins: the progress to report to. May be empty.
  std::function<Progress(const std::string& what, const std::string& unit)> stage;
  std::function<void(const EpochResult&)> on_epoch;
  std::stop_token stop;
};

// The network that training begins with, and what it eats: side, normalisation ((pixel - 127.5) / 127.5, R,
// G, B).
struct StartNetwork {
  std::vector<std::uint8_t> onnx;
  ModelInput input;
};
// throws  Error{NotFound} neither an architecture nor a file; Error{InvalidArgument} a file whose input is no
// [n, 3, side,
//         side] of fixed size, or whose first output is no single number a picture; Error{Corrupt}
StartNetwork start_network(const DetectorTrainingOptions& options, const ModelManifest& models);

// Goes on from the checkpoint in options.out if there is one. Under mpirun every rank calls this with the
// same options; `ranks` may be null. throws  as read_training_set, check_classes, start_network, CropStore
// and Trainer
TrainedDetector train_detector(const DetectorTrainingOptions& options,
                               const ModelResources& resources,
                               const Ranks* ranks = nullptr,
                               const DetectorTrainingHooks& hooks = {});

// What a network would be trained on: pictures of the first batches.
struct TrainingPicture {
  Image image;
  bool attack = false;
};
// throws  as train_detector, but needs no LibTorch
std::vector<TrainingPicture> training_pictures(const DetectorTrainingOptions& options,
                                               const ModelResources& resources,
                                               std::size_t count,
                                               const DetectorTrainingHooks& hooks = {});

// options.out: NAME.onnx, record.json (how it was made and what it reached), entry.json (for
// models/manifest.json), and scores/*.csv. throws  Error{Unavailable} not writable
void write_detector(const DetectorTrainingOptions& options,
                    const TrainedDetector& detector,
                    const std::string& program);

// The two JSON texts.
std::string record_json(const DetectorTrainingOptions& options,
                        const TrainedDetector& detector,
                        const std::string& program);
std::string entry_json(const DetectorTrainingOptions& options,
                       const TrainedDetector& detector,
                       const std::string& program);

}  // namespace kyc
