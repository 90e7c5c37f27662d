// Work shared between threads.
#pragma once

#include <cstddef>
#include <functional>

namespace kyc {

// Number of threads for `--jobs 0`: the cores this process may use.
int default_jobs();

// Calls body(index, worker) for every index in [0, count), worker in [0, jobs), each worker one thread (jobs
// 1: the calling thread). Indices are handed out in ascending order, one at a time. The first exception stops
// the handing out, and is thrown again here when all workers have finished.
void parallel_for(std::size_t count,
                  int jobs,
                  const std::function<void(std::size_t index, int worker)>& body);

}  // namespace kyc
