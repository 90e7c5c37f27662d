#include "kyc/core/claims.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

class Claims : public ::testing::Test {
 protected:
  Claims() : table_(std::filesystem::path(::testing::TempDir()) / ("claims" + std::to_string(getpid()))) {}
  ~Claims() override { std::filesystem::remove(table_); }
  std::filesystem::path table_;
};

TEST_F(Claims, EveryItemIsGivenOnceToOneThread) {
  constexpr std::size_t kItems = 9000;  // more than one block of the table
  write_claim_table(table_, std::vector<bool>(kItems));
  std::mutex mutex;
  std::multiset<std::size_t> given;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        Claimant claimant(table_);
        while (const auto item = claimant.next()) {
          {
            const std::lock_guard lock(mutex);
            given.insert(*item);
          }
          claimant.finish();
        }
        EXPECT_EQ(claimant.done(), kItems);
      });
  }
  EXPECT_EQ(given.size(), kItems);
  EXPECT_EQ(std::set<std::size_t>(given.begin(), given.end()).size(), kItems);
}

TEST_F(Claims, WhatIsDoneIsNotGivenAgain) {
  write_claim_table(table_, {true, false, true});
  Claimant claimant(table_);
  EXPECT_EQ(claimant.next(), 1U);
  claimant.finish();
  EXPECT_EQ(claimant.next(), std::nullopt);
  EXPECT_EQ(Claimant(table_).next(), std::nullopt);
}

TEST_F(Claims, WhatAKilledProcessHeldGoesToAnother) {
  write_claim_table(table_, std::vector<bool>(3));
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    Claimant claimant(table_);
    const char item = claimant.next() == 0U ? 'y' : 'n';
    (void)!write(ready[1], &item, 1);
    pause();
    _exit(0);
  }
  char held = 0;
  ASSERT_EQ(read(ready[0], &held, 1), 1);
  ASSERT_EQ(held, 'y');
  Claimant claimant(table_);
  EXPECT_EQ(claimant.next(), 1U);
  claimant.finish();
  EXPECT_EQ(claimant.next(), 2U);
  claimant.finish();
  std::jthread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    kill(child, SIGKILL);
  });
  EXPECT_EQ(claimant.next(), 0U);  // waits for the child, and takes over when it is gone
  claimant.finish();
  EXPECT_EQ(claimant.next(), std::nullopt);
  int status = 0;
  waitpid(child, &status, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(Claims, ADroppedItemIsLeftToOthers) {
  write_claim_table(table_, std::vector<bool>(1));
  Claimant first(table_);
  Claimant second(table_);
  EXPECT_EQ(first.next(), 0U);
  first.drop();
  EXPECT_EQ(first.next(), std::nullopt);
  EXPECT_EQ(second.next(), 0U);
}

TEST_F(Claims, AFolderHasOneOwner) {
  const FolderLock lock(table_, "the set");
  EXPECT_THROW(FolderLock(table_, "the set"), Error);
}

}  // namespace
}  // namespace kyc
