// The file from which a training run goes on. Internal to nn/.
//
// All numbers are little-endian. "KYCTRAIN", a format number, SHA-256 of all that follows, then the fields of
// TrainingCheckpoint in their order; a string or a list begins with its length.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kyc/nn/graph_plan.h"
#include "kyc/nn/trainer.h"

namespace kyc {

struct TrainingCheckpoint {
  std::string architecture;                                  // architecture_hash()
  std::vector<std::pair<std::string, std::string>> options;  // those that decide the result, in words
  std::uint64_t updates = 0;                                 // done so far: epoch and step follow from it
  double loss_sum = 0;                                       // of the running epoch, over all ranks
  double loss_count = 0;
  std::vector<EpochResult> history;
  std::optional<std::uint64_t> best_epoch;
  std::vector<std::pair<std::size_t, TypedTensor>> best;  // the constants of that epoch
  std::vector<std::uint8_t> engine;                       // TrainingEngine::state()
};

std::vector<std::uint8_t> checkpoint_bytes(const TrainingCheckpoint& checkpoint);
// name    what error messages call it
// throws  Error{Corrupt}
TrainingCheckpoint checkpoint_from(std::span<const std::uint8_t> bytes, const std::string& name);

// Whole or not at all, and on the disk when it returns.
// throws  Error{Unavailable}: what was there before is still there
void write_checkpoint(const std::filesystem::path& path, const TrainingCheckpoint& checkpoint);

}  // namespace kyc
