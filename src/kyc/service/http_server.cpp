#include "kyc/service/http_server.h"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/service/http_connection.h"

namespace kyc {
namespace {

std::string full_answer() {
  const std::string body = R"({"code":"busy","message":"too many connections: try again"})";
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: "
         "1\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

struct Live {
  Live(int socket, const TlsContext* tls, std::string address)
      : channel(socket, tls), peer(std::move(address)) {}
  Channel channel;
  std::string peer;
  std::atomic<bool> busy{false};
};

int listen_on(const HttpServerOptions& options) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string place = options.host + ":" + std::to_string(options.port);
  const int failure = ::getaddrinfo(options.host.empty() ? nullptr : options.host.c_str(),
                                    std::to_string(options.port).c_str(),
                                    &hints,
                                    &found);
  if (failure != 0) throw Error(ErrorCode::Unavailable, place + ": " + ::gai_strerror(failure));
  int listener = -1;
  std::string reason = "no address";
  for (const addrinfo* each = found; each != nullptr && listener < 0; each = each->ai_next) {
    listener = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (listener >= 0 &&
        (::bind(listener, each->ai_addr, each->ai_addrlen) != 0 || ::listen(listener, 1024) != 0)) {
      reason = std::strerror(errno);
      ::close(listener);
      listener = -1;
    }
  }
  ::freeaddrinfo(found);
  if (listener < 0) throw Error(ErrorCode::Unavailable, place + ": can not listen there: " + reason);
  return listener;
}

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof(text));
  else if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof(text));
  return text;
}

}  // namespace

struct HttpServer::State {
  HttpServerOptions options;
  HttpHandler handler;
  HttpObserver observer;
  std::unique_ptr<TlsContext> tls;
  int listener = -1;
  int wake = -1;
  std::atomic<bool> stopping{false};
  mutable std::mutex mutex;
  std::condition_variable ended;
  std::list<Live> live;

  ~State() {
    if (listener >= 0) ::close(listener);
    if (wake >= 0) ::close(wake);
  }

  void serve(std::list<Live>::iterator connection) {
    serve_connection(
        connection->channel, connection->peer, {options, handler, observer, stopping}, connection->busy);
    std::list<Live> over;  // closed outside of the lock
    const std::lock_guard lock(mutex);
    over.splice(over.begin(), live, connection);
    ended.notify_all();
  }

  void accept_one() {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int socket =
        ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
      // No descriptors left: the connection stays in the queue; without a pause this would spin.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return;
    }
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    const std::lock_guard lock(mutex);
    if (live.size() >= options.limits.connections) {
      if (!tls) {
        const std::string answer = full_answer();
        [[maybe_unused]] const ssize_t ignored =
            ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      }
      ::close(socket);
      return;
    }
    const auto connection = live.emplace(live.end(), socket, tls.get(), address_text(address));
    try {
      std::thread([this, connection] { serve(connection); }).detach();
    } catch (const std::system_error&) {
      live.erase(connection);  // no thread to be had: as if there were too many connections
    }
  }
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler handler, HttpObserver observer)
    : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->handler = std::move(handler);
  state_->observer = std::move(observer);
  if (!options.tls_certificate.empty())
    state_->tls = std::make_unique<TlsContext>(options.tls_certificate, options.tls_key);
  state_->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (state_->wake < 0)
    throw Error(ErrorCode::Unavailable, std::string("no event descriptor: ") + std::strerror(errno));
  state_->listener = listen_on(options);
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->live.size();
}

bool HttpServer::stopping() const {
  return state_->stopping;
}

void HttpServer::stop() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(state_->wake, &one, sizeof(one));
}

void HttpServer::run() {
  State& state = *state_;
  while (!state.stopping) {
    pollfd entries[2] = {{state.listener, POLLIN, 0}, {state.wake, POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR)
      throw Error(ErrorCode::Internal, std::string("poll: ") + std::strerror(errno));
    if ((entries[0].revents & POLLIN) != 0 && !state.stopping) state.accept_one();
  }
  ::close(state.listener);
  state.listener = -1;
  std::unique_lock lock(state.mutex);
  for (Live& each : state.live)
    if (!each.busy) each.channel.interrupt();
  const auto empty = [&] { return state.live.empty(); };
  if (!state.ended.wait_for(lock, state.options.limits.grace, empty)) {
    for (Live& each : state.live) each.channel.abort();
    state.ended.wait(lock, empty);
  }
}

}  // namespace kyc
