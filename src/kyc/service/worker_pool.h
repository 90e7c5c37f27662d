// A few threads for work that takes the processor, and a queue that does not grow without end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kyc {

class WorkerPool {
 public:
  // workers, capacity  both at least 1; capacity counts tasks that wait, not those that run
  WorkerPool(int workers, int capacity);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // returns  false: the queue is full, or the pool stops; the task is not taken. Tasks must not throw.
  bool submit(std::function<void()> task);
  // Waits for room. returns  false: the pool stops
  bool submit_waiting(std::function<void()> task);

  // Finishes what runs; what waits is dropped.
  void stop();

  std::size_t waiting() const;
  std::size_t running() const { return running_; }
  // Seconds until there is room again, by how long tasks took so far; at least 1.
  int seconds_until_room() const;

 private:
  void work();
  void push(std::unique_lock<std::mutex>& lock, std::function<void()> task);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable room_;
  std::deque<std::function<void()>> tasks_;
  std::atomic<std::size_t> running_{0};
  std::atomic<double> mean_seconds_{5};
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace kyc
