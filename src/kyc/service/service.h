// The verification service: HTTP in front, store behind, verifications in between.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kyc/service/options.h"

namespace kyc {

class Service {
 public:
  // Opens or makes everything, takes up what an earlier process left unfinished, and listens.
  // throws  Error
  explicit Service(const ServiceOptions& options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  int port() const;
  // While there is no administrator: where the first one makes an account. A new link at every start.
  std::optional<std::string> setup_link() const;

  // Serves until stop(); finishes what runs.
  void run();
  void stop();  // from any thread, or a signal handler

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
