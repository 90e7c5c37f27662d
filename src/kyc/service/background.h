// Internal to service/: what runs beside the requests.
#pragma once

#include <memory>

#include "kyc/service/state.h"

namespace kyc {

// Threads for jobs, webhooks, retention, and cases that an earlier process left. Ends them when destroyed.
class Background {
 public:
  explicit Background(ServiceState& state);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
