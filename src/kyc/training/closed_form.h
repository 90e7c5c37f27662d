// A detector whose last layer is solved for instead of trained: one pass over the faces, no LibTorch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/nn/manifest.h"
#include "kyc/training/augment.h"
#include "kyc/training/crop_store.h"

namespace kyc {

struct ClosedFormOptions {
  double ridge = 0;  // strength of the penalty (ridge.h); 0: the network is trained instead
  int copies = 1;    // of every face: as it is, and so many less one altered at random
};

// throws  Error{InvalidArgument} options out of range
void check(const ClosedFormOptions& options);

struct ClosedFormTask {
  std::span<const TrainingItem> items;
  const CropStore* store = nullptr;
  ModelInput input;  // of the network
  AugmentOptions augment;
  std::uint64_t seed = 1;  // of the alterations
};

struct SolvedNetwork {
  // Solved on the split "train": what it says of the split "val" is said of people it does not know.
  std::vector<std::uint8_t> judged;
  // Solved on both, which makes it a little better: what is shipped.
  std::vector<std::uint8_t> network;
};

// Ridge regression; its answers become logits by a logistic regression on those that `judged` gives to the
// split "val", where that has both classes (the sigmoid of a logit is near the share of attacks).
// network  ends in a linear layer of one output (nn/last_layer.h)
// throws   as without_last_layer and fit_ridge
SolvedNetwork solved_network(const std::vector<std::uint8_t>& network,
                             const std::string& name,
                             const ClosedFormTask& task,
                             const ClosedFormOptions& options,
                             int jobs,
                             const Progress& progress = {});

}  // namespace kyc
