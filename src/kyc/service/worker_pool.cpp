#include "kyc/service/worker_pool.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <sys/resource.h>

namespace kyc {

WorkerPool::WorkerPool(int workers, int capacity)
    : capacity_(static_cast<std::size_t>(std::max(capacity, 1))) {
  for (int i = 0; i < std::max(workers, 1); ++i) threads_.emplace_back([this] { work(); });
}

bool WorkerPool::submit(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  if (stopping_ || tasks_.size() >= capacity_) return false;
  push(lock, std::move(task));
  return true;
}

bool WorkerPool::submit_waiting(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopping_ || tasks_.size() < capacity_; });
  if (stopping_) return false;
  push(lock, std::move(task));
  return true;
}

void WorkerPool::push(std::unique_lock<std::mutex>& lock, std::function<void()> task) {
  tasks_.push_back(std::move(task));
  lock.unlock();
  changed_.notify_one();
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    tasks_.clear();
  }
  changed_.notify_all();
  room_.notify_all();
  threads_.clear();
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

int WorkerPool::seconds_until_room() const {
  const double workers = static_cast<double>(std::max<std::size_t>(threads_.size(), 1));
  return std::clamp(static_cast<int>(std::ceil(mean_seconds_ / workers)), 1, 600);
}

void WorkerPool::work() {
  // Of this thread alone, on Linux, and of those that it starts: answers go before verifications, or a full
  // pool would make every page wait.
  ::setpriority(PRIO_PROCESS, 0, 10);
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
    }
    room_.notify_one();
    const auto begun = std::chrono::steady_clock::now();
    task();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    mean_seconds_ = 0.8 * mean_seconds_ + 0.2 * seconds;
    --running_;
  }
}

}  // namespace kyc
