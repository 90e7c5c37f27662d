// An HTTP/1.1 server: one thread per connection, a deadline for everything that a client does. Boost.Beast
// parses the requests and ends in http_connection.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kyc/service/http.h"

namespace kyc {

struct HttpLimits {
  std::size_t connections = 512;             // further ones are told 503 at once
  std::size_t header_bytes = 16 * 1024;      // more: 431
  std::size_t target_bytes = 8 * 1024;       // more: 414
  std::chrono::milliseconds idle{15'000};    // for the next request on a connection
  std::chrono::milliseconds header{10'000};  // for a whole request without its body
  // A body, or an answer, may take this long and a second more for each of these bytes.
  std::chrono::milliseconds transfer{20'000};
  std::uint64_t bytes_per_second = 16 * 1024;
  std::chrono::milliseconds grace{30'000};  // for what runs when the server stops
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                 // 0: any free one
  std::string tls_certificate;  // files; empty: no TLS
  std::string tls_key;
  bool trust_proxy = false;  // the client's address is the last one in X-Forwarded-For
  HttpLimits limits;
};

// Answers a request, from any thread; must not throw but ChannelError, which body reads may.
using HttpHandler = std::function<HttpResponse(HttpRequest&)>;
// What became of it: `sent` false when the client went away before the end.
using HttpObserver = std::function<void(const HttpRequest&, int status, std::uint64_t body_bytes, bool sent)>;

class HttpServer {
 public:
  // Listens from here on. throws  Error{Unavailable} the address is taken or not ours; Error{InvalidArgument}
  // TLS files
  HttpServer(const HttpServerOptions& options, HttpHandler handler, HttpObserver observer = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  std::size_t connections() const;

  // Serves until stop(). On return every request that was accepted has its answer, or the grace is over.
  void run();
  // From any thread, or a signal handler.
  void stop();
  bool stopping() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
