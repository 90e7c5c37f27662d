#include "kyc/core/parallel.h"

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int jobs : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> visits(100);
    parallel_for(visits.size(), jobs, [&](std::size_t i, int worker) {
      ++visits[i];
      EXPECT_GE(worker, 0);
      EXPECT_LT(worker, std::max(jobs, 1));
    });
    for (const auto& count : visits) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, NothingToDoCallsNothing) {
  parallel_for(0, 3, [](std::size_t, int) { FAIL(); });
}

TEST(ParallelFor, ThrowsTheFirstErrorAndStops) {
  std::atomic<int> calls{0};
  EXPECT_THROW(parallel_for(100000,
                            2,
                            [&](std::size_t i, int) {
                              ++calls;
                              if (i == 10) throw std::runtime_error("ten");
                              // Calls of nothing are all made before the first exception is on its way.
                              std::this_thread::sleep_for(std::chrono::microseconds(10));
                            }),
               std::runtime_error);
  EXPECT_LT(calls, 100000);
}

}  // namespace
}  // namespace kyc
