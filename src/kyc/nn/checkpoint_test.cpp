#include "kyc/nn/checkpoint.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

TrainingCheckpoint example() {
  TrainingCheckpoint out;
  out.architecture = "abc";
  out.options = {{"seed", "1"}, {"ranks", "2"}};
  out.updates = 17;
  out.loss_sum = 1.25;
  out.loss_count = 8;
  EpochResult epoch;
  epoch.epoch = 3;
  epoch.loss = 0.1;
  out.history.push_back(epoch);
  epoch.validation = TrainingValidation{0.9, {{"auc", 0.9}, {"eer", 0.1}}};
  out.history.push_back(epoch);
  out.best_epoch = 1;
  out.best.emplace_back(5, TypedTensor{ElementType::Float32, {2}, {1, 2, 3, 4, 5, 6, 7, 8}});
  out.engine = {9, 8, 7};
  return out;
}

// After a change to what it holds, the checksum is right again: what a hostile file would look like.
void sign(std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kHead = 10 + 64;
  const std::string digest = sha256_hex(std::span(bytes).subspan(kHead));
  std::copy(digest.begin(), digest.end(), bytes.begin() + 10);
}

TEST(Checkpoint, GivesBackWhatWasWritten) {
  const TrainingCheckpoint wanted = example();
  const TrainingCheckpoint found = checkpoint_from(checkpoint_bytes(wanted), "file");
  EXPECT_EQ(found.architecture, wanted.architecture);
  EXPECT_EQ(found.options, wanted.options);
  EXPECT_EQ(found.updates, 17U);
  EXPECT_EQ(found.loss_sum, 1.25);
  EXPECT_EQ(found.loss_count, 8);
  ASSERT_EQ(found.history.size(), 2U);
  EXPECT_EQ(found.history[0].loss, 0.1);
  EXPECT_FALSE(found.history[0].validation.has_value());
  EXPECT_EQ(found.history[1].validation->metrics, wanted.history[1].validation->metrics);
  EXPECT_EQ(found.best_epoch, 1U);
  EXPECT_EQ(found.best, wanted.best);
  EXPECT_EQ(found.engine, wanted.engine);
}

TEST(Checkpoint, IsRefusedWhenABitDiffers) {
  const auto good = checkpoint_bytes(example());
  for (std::size_t i = 0; i < good.size(); i += 3) {
    auto bad = good;
    bad[i] ^= 4;
    EXPECT_THROW(checkpoint_from(bad, "file"), Error) << i;
  }
}

TEST(Checkpoint, OfAnyLengthsIsReadWithinItsBytes) {
  const auto good = checkpoint_bytes(example());
  std::mt19937 generator(1);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    auto bad = good;
    for (int k = 0; k < 3; ++k)
      bad[74 + generator() % (bad.size() - 74)] =
          static_cast<std::uint8_t>(generator() % 2 == 0 ? 255 : generator());
    if (i % 3 == 0) bad.resize(74 + generator() % (bad.size() - 74));
    sign(bad);
    try {
      checkpoint_from(bad, "file");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace kyc
