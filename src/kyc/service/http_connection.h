// Internal to service/: one connection of an HttpServer.
#pragma once

#include <atomic>

#include "kyc/service/channel.h"
#include "kyc/service/http_server.h"

namespace kyc {

struct ConnectionContext {
  const HttpServerOptions& options;
  const HttpHandler& handler;
  const HttpObserver& observer;
  const std::atomic<bool>& stopping;
};

// Serves requests until the connection ends. `busy` is true from the first byte of a request to the last of
// its answer.
void serve_connection(Channel& channel,
                      const std::string& peer,
                      const ConnectionContext& context,
                      std::atomic<bool>& busy);

}  // namespace kyc
