#include "kyc/core/pipeline.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kyc {
namespace {

std::function<bool(int&)> count_to(int end) {
  return [next = 0, end](int& item) mutable {
    if (next == end) return false;
    item = next++;
    return true;
  };
}

// Later items are faster than earlier ones, so that they overtake each other.
int slow_double(int item) {
  std::this_thread::sleep_for(std::chrono::microseconds(item % 7 == 0 ? 500 : 10));
  return 2 * item;
}

TEST(OrderedParallel, DeliversInOrderOnAnyNumberOfThreads) {
  for (const int jobs : {0, 1, 2, 3, 8}) {
    std::vector<int> results;
    std::atomic<bool> worker_in_range{true};
    ordered_parallel<int, int>(
        count_to(200),
        [&](const int& item, int worker) {
          if (worker < 0 || worker >= std::max(jobs, 1)) worker_in_range = false;
          return slow_double(item);
        },
        [&](int&& result) {
          results.push_back(result);
          return true;
        },
        jobs);
    ASSERT_EQ(results.size(), 200U) << jobs;
    for (int i = 0; i < 200; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], 2 * i);
    EXPECT_TRUE(worker_in_range);
  }
}

TEST(OrderedParallel, NothingProducedConsumesNothing) {
  for (const int jobs : {1, 2})
    ordered_parallel<int, int>(
        count_to(0),
        [](const int&, int) { return 0; },
        [](int&&) {
          ADD_FAILURE();
          return true;
        },
        jobs);
}

TEST(OrderedParallel, ReusesABoundedNumberOfItems) {
  std::atomic<int> made{0};
  struct Item {
    std::vector<int> buffer;
  };
  int produced = 0;
  ordered_parallel<Item, int>(
      [&](Item& item) {
        if (item.buffer.empty()) {
          item.buffer.resize(1000);
          ++made;
        }
        return ++produced <= 300;
      },
      [](const Item&, int) { return 1; },
      [](int&&) { return true; },
      3);
  EXPECT_LE(made, 5);
}

TEST(OrderedParallel, DoesNotRunAheadOfASlowConsumer) {
  std::atomic<int> produced{0};
  int consumed = 0;
  int worst = 0;
  ordered_parallel<int, int>([&](int&) { return ++produced <= 60; },
                             [](const int&, int) { return 0; },
                             [&](int&&) {
                               std::this_thread::sleep_for(std::chrono::milliseconds(1));
                               worst = std::max(worst, produced - consumed);
                               ++consumed;
                               return true;
                             },
                             2);
  EXPECT_EQ(consumed, 60);
  EXPECT_LE(worst, 6);  // four slots, the one being consumed, and the call that says "no more"
}

TEST(OrderedParallel, StopsWhenTheConsumerHasEnough) {
  for (const int jobs : {1, 2, 4}) {
    int consumed = 0;
    ordered_parallel<int, int>(
        count_to(1'000'000'000),
        [](const int& item, int) { return item; },
        [&](int&&) { return ++consumed < 10; },
        jobs);
    EXPECT_EQ(consumed, 10);
  }
}

TEST(OrderedParallel, ThrowsAnErrorOfWorkInItsTurn) {
  for (const int jobs : {1, 2, 4}) {
    std::vector<int> results;
    const auto run = [&] {
      ordered_parallel<int, int>(
          count_to(100),
          [](const int& item, int) {
            if (item == 20) throw std::runtime_error("twenty");
            return slow_double(item);
          },
          [&](int&& result) {
            results.push_back(result);
            return true;
          },
          jobs);
    };
    EXPECT_THAT(run, testing::ThrowsMessage<std::runtime_error>("twenty")) << jobs;
    EXPECT_EQ(results.size(), 20U) << jobs;
  }
}

TEST(OrderedParallel, ThrowsAnErrorOfTheProducerAfterAllThatCameBefore) {
  for (const int jobs : {1, 2, 4}) {
    int consumed = 0;
    int produced = 0;
    const auto run = [&] {
      ordered_parallel<int, int>(
          [&](int& item) {
            if (produced == 15) throw std::runtime_error("cable cut");
            item = produced++;
            return true;
          },
          [](const int& item, int) { return slow_double(item); },
          [&](int&&) {
            ++consumed;
            return true;
          },
          jobs);
    };
    EXPECT_THAT(run, testing::ThrowsMessage<std::runtime_error>("cable cut")) << jobs;
    EXPECT_EQ(consumed, 15) << jobs;
  }
}

TEST(OrderedParallel, ThrowsAnErrorOfTheConsumer) {
  for (const int jobs : {1, 2, 4}) {
    const auto run = [&] {
      ordered_parallel<int, int>(
          count_to(1'000'000'000),
          [](const int& item, int) { return item; },
          [](int&& item) -> bool {
            if (item == 5) throw std::runtime_error("disk full");
            return true;
          },
          jobs);
    };
    EXPECT_THAT(run, testing::ThrowsMessage<std::runtime_error>("disk full")) << jobs;
  }
}

TEST(OrderedParallel, CarriesWhatCanOnlyBeMoved) {
  int sum = 0;
  ordered_parallel<int, std::unique_ptr<int>>(
      count_to(50),
      [](const int& item, int) { return std::make_unique<int>(item); },
      [&](std::unique_ptr<int>&& result) {
        sum += *result;
        return true;
      },
      2);
  EXPECT_EQ(sum, 50 * 49 / 2);
}

TEST(OrderedParallel, CallsTheConsumerOnTheCallingThread) {
  const auto caller = std::this_thread::get_id();
  ordered_parallel<int, int>(
      count_to(20),
      [](const int& item, int) { return item; },
      [&](int&&) { return std::this_thread::get_id() == caller; },
      2);
}

}  // namespace
}  // namespace kyc
