// Logits of crops -> what they say about a detector.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/metrics/interval.h"
#include "kyc/nn/manifest.h"
#include "kyc/training/crop_store.h"
#include "kyc/training/training_set.h"

namespace kyc {

// [n, 3, side, side] -> [n, 1] or [n].
using LogitFunction = std::function<Tensor(const Tensor& batch)>;

struct ItemScore {
  std::size_t item = 0;
  std::vector<double> frames;  // attack score of every crop
  double score = 0;            // their median or another quantile, as `kyclops detect` has it
};

// Attack scores (sigmoid of the logit) of items, from the middle of their crops. Items without crops are left
// out. quantile  of a clip's frames: ModelDetection::quantile
std::vector<ItemScore> score_items(const CropStore& store,
                                   const std::vector<CropRef>& crops,
                                   const ModelInput& input,
                                   const LogitFunction& logits,
                                   double quantile = 0.5,
                                   std::size_t batch = 32);

struct AucWithInterval {
  double auc = 0;
  std::optional<Interval>
      interval;  // bootstrap by identity, 95 %; nothing with fewer than two identities of a class
  std::size_t attacks = 0;
  std::size_t bona_fide = 0;
  std::size_t identities = 0;  // victims of attacks and bona fide people, and drivers
};

// Of items (clips or pictures). Nothing without both classes.
std::optional<AucWithInterval> auc_of(std::span<const TrainingItem> items,
                                      std::span<const ItemScore> scores,
                                      std::uint64_t seed = 1,
                                      bool with_interval = true);

double frame_auc(std::span<const TrainingItem> items,
                 std::span<const ItemScore> scores);  // both classes must be there

// -(log-likelihood) per frame, in nats, classes weighted equally: what training minimises.
double balanced_loss(std::span<const TrainingItem> items, std::span<const ItemScore> scores);

// Attacks of one species and compression against all bona fide samples of that compression. Where there are
// several species and several compressions, also all attacks of each compression together.
struct GroupAuc {
  std::string species;  // empty: all
  std::string compression;
  AucWithInterval auc;
};
std::vector<GroupAuc> auc_by_group(std::span<const TrainingItem> items, std::span<const ItemScore> scores);

struct ErrorRatesAt {
  double threshold = 0;
  std::uint64_t attacks_missed = 0;  // of `attacks`: APCER over all species
  std::uint64_t attacks = 0;
  std::uint64_t bona_fide_rejected = 0;  // of `bona_fide`: BPCER
  std::uint64_t bona_fide = 0;
  struct Missed {
    std::uint64_t attacks_missed = 0;
    std::uint64_t attacks = 0;
  };
  std::map<std::string, Missed> species;  // the same attacks, by species: ISO/IEC 30107-3's APCER of each
};
ErrorRatesAt rates_at(std::span<const TrainingItem> items,
                      std::span<const ItemScore> scores,
                      double threshold);

// Thresholds set on these scores, with their origin in words: "bpcer_1e-2", "bpcer_5e-2" (the lowest ones
// that keep the limit), "eer", and "default", which is bpcer_5e-2 under the name that commands look for.
std::vector<ModelThreshold> thresholds_of(std::span<const TrainingItem> items,
                                          std::span<const ItemScore> scores,
                                          const std::string& data);

// "sample,attack,identity,driver,species,compression,split,clip,frame,score": as `kyclops evaluate detection`
// reads it.
std::string scores_csv(std::span<const TrainingItem> items, std::span<const ItemScore> scores);

}  // namespace kyc
