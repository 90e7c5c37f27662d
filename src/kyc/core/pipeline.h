// A stream of items through several threads, and out again in the order in which they went in: the frames of
// a clip.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace kyc {

// ordered_parallel() for who wants to ask for results instead of being called with them: a ring of slots that
// are filled, worked on and emptied in turn. produce and work as there; they must outlive the pipeline.
// next() is called by one thread. The threads end with the pipeline, however much was asked for.
template <typename In, typename Out>
class OrderedPipeline {
 public:
  OrderedPipeline(const std::function<bool(In&)>& produce, const std::function<Out(In&, int)>& work, int jobs)
      : produce_(produce), work_(work), slots_(static_cast<std::size_t>(jobs) + 2) {
    try {
      threads_.emplace_back([this] { produce_all(); });
      for (int worker = 0; worker < jobs; ++worker)
        threads_.emplace_back([this, worker] { work_all(worker); });
    } catch (...) {  // no more threads to be had: those that run must not wait for ever
      stop();
      throw;
    }
  }
  ~OrderedPipeline() { stop(); }
  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  // The result of the next item, nothing after the last one.
  // throws  what produce or work threw for this item
  std::optional<Out> next() {
    std::unique_lock lock(mutex_);
    Slot& slot = slot_of(consumed_);
    done_.wait(lock, [&] { return consumed_ < produced_ ? slot.finished : ended_; });
    if (consumed_ == produced_) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    if (slot.failure) std::rethrow_exception(slot.failure);
    std::optional<Out> out = std::move(slot.out);
    slot.out.reset();
    slot.finished = false;
    ++consumed_;
    lock.unlock();
    free_.notify_one();
    return out;
  }

 private:
  struct Slot {
    In in{};
    std::optional<Out> out;
    std::exception_ptr failure;
    bool finished = false;
  };

  Slot& slot_of(std::uint64_t index) { return slots_[static_cast<std::size_t>(index % slots_.size())]; }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    free_.notify_all();
    filled_.notify_all();
  }

  void produce_all() {
    std::unique_lock lock(mutex_);
    while (true) {
      free_.wait(lock, [&] { return stopped_ || produced_ - consumed_ < slots_.size(); });
      if (stopped_) return;
      Slot& slot = slot_of(produced_);
      lock.unlock();
      bool more = false;
      std::exception_ptr failure;
      try {
        more = produce_(slot.in);
      } catch (...) {  // handed over to the thread that consumes
        failure = std::current_exception();
      }
      lock.lock();
      if (more) {
        ++produced_;
        filled_.notify_one();
        continue;
      }
      failure_ = failure;
      ended_ = true;
      filled_.notify_all();
      done_.notify_one();
      return;
    }
  }

  void work_all(int worker) {
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [&] { return stopped_ || ended_ || taken_ < produced_; });
      if (stopped_ || taken_ == produced_) return;
      Slot& slot = slot_of(taken_++);
      lock.unlock();
      try {
        slot.out.emplace(work_(slot.in, worker));
      } catch (...) {  // handed over to the thread that consumes, in this item's turn
        slot.failure = std::current_exception();
      }
      lock.lock();
      slot.finished = true;
      done_.notify_one();
    }
  }

  const std::function<bool(In&)>& produce_;
  const std::function<Out(In&, int)>& work_;
  std::mutex mutex_;
  std::condition_variable free_;    // a slot can be filled
  std::condition_variable filled_;  // a slot can be worked on
  std::condition_variable done_;    // a slot can be emptied, or there will be no more
  std::vector<Slot> slots_;
  std::uint64_t produced_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t consumed_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  std::exception_ptr failure_;         // of produce
  std::vector<std::jthread> threads_;  // last: joined before anything else goes
};

// Items flow produce -> work -> consume; work runs on `jobs` threads, results arrive in the order of
// production.
//
// produce  fills the item and returns true, or false at the end. Called by one thread. The item is one that
// went
//          through before or a new In{}: buffers in it are reused. jobs + 2 items exist, however long the
//          stream is.
// work     called by several threads at once; worker in [0, jobs) tells which. It may change the item
// consume  called by the calling thread, in order; returns false to stop early
// jobs     1 or less: all three run in the calling thread, one item after another
//
// An exception of produce or work arrives here in its item's turn, when everything before it was consumed;
// one of consume at once. All threads have finished when this returns or throws.
template <typename In, typename Out>
void ordered_parallel(const std::function<bool(In&)>& produce,
                      const std::function<Out(In&, int worker)>& work,
                      const std::function<bool(Out&&)>& consume,
                      int jobs) {
  if (jobs <= 1) {
    In item{};
    while (produce(item))
      if (!consume(work(item, 0))) return;
    return;
  }
  OrderedPipeline<In, Out> pipeline(produce, work, jobs);
  while (std::optional<Out> out = pipeline.next())
    if (!consume(std::move(*out))) return;
}

}  // namespace kyc
