// Crops -> batches, the same ones for the same (seed, epoch, step), whoever asks in whatever order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kyc/nn/manifest.h"
#include "kyc/nn/trainer.h"
#include "kyc/training/augment.h"
#include "kyc/training/crop_store.h"

namespace kyc {

struct BatchOptions {
  int size = 32;
  // Half of every batch bona fide, half attacks, whatever the set has. Else as the set has them.
  bool balance = true;
  // Of the attacks of a batch, the share that is made from the batch's bona fide crops by self-blending,
  // 0..1. With 1 the set needs no attacks. Crops need landmarks then.
  double self_blended = 0;
  AugmentOptions augment{};
  std::uint64_t seed = 1;
  std::size_t steps = 0;  // batches of an epoch, of all ranks together; 0: one pass, see steps_per_epoch()
};

// All crops of the items of one split.
std::vector<CropRef> crops_of_split(std::span<const TrainingItem> items,
                                    const CropStore& store,
                                    const std::string& split);

// Thread-safe.
class BatchMaker {
 public:
  // items, store  must outlive it
  // input         [1, 3, side, side]: normalisation and colour order of the network
  // throws        Error{InvalidArgument} if a class that batches need has no crops, or options are out of
  // range
  BatchMaker(std::span<const TrainingItem> items,
             const CropStore& store,
             const std::vector<CropRef>& crops,
             const ModelInput& input,
             const BatchOptions& options);
  ~BatchMaker();

  // Unless the options say: as many as it takes to see every crop of the larger class once.
  std::size_t steps_per_epoch() const;
  TrainingBatch batch(std::uint64_t epoch, std::size_t step) const;
  // What the network would see as sample `i` of that batch: to look at.
  Image picture(std::uint64_t epoch, std::size_t step, std::size_t i, bool& attack) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Pictures of the input's size -> [n, 3, side, side].
void append_to(Tensor& batch, const Image& image, const ModelInput& input);

}  // namespace kyc
