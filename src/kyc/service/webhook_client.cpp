#include "kyc/service/webhook_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kyc/service/http.h"

namespace kyc {
namespace {

using Clock = std::chrono::steady_clock;

// RFC 6890: what is not for the whole internet.
bool is_private(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const std::uint32_t ip = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    const auto in = [ip](std::uint32_t net, int bits) { return (ip >> (32 - bits)) == (net >> (32 - bits)); };
    return in(0x00000000, 8) || in(0x0A000000, 8) || in(0x64400000, 10) || in(0x7F000000, 8) ||
           in(0xA9FE0000, 16) || in(0xAC100000, 12) || in(0xC0000000, 24) || in(0xC0A80000, 16) ||
           in(0xC6120000, 15) || in(0xE0000000, 3);
  }
  if (address->sa_family == AF_INET6) {
    const auto& ip = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ip)) {
      sockaddr_in inner{};
      inner.sin_family = AF_INET;
      std::memcpy(&inner.sin_addr, &ip.s6_addr[12], 4);
      return is_private(reinterpret_cast<const sockaddr*>(&inner));
    }
    return (ip.s6_addr[0] & 0xE0) != 0x20;  // only 2000::/3 is the internet
  }
  return true;
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

  bool wait(short events, Clock::time_point deadline) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd entry{descriptor_, events, 0};
    return left > 0 && ::poll(&entry, 1, static_cast<int>(left)) > 0;
  }

 private:
  int descriptor_;
};

// returns  a connected socket, or -1. The address that was checked is the one that is connected to.
int connect_to(const WebhookUrl& url, bool private_allowed, Clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(found, ::freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (!private_allowed && is_private(each->ai_addr)) continue;
    const int descriptor = ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) continue;
    const Socket attempt(::dup(descriptor));
    ::close(descriptor);
    int error = 0;
    socklen_t size = sizeof(error);
    const int result = ::connect(attempt.get(), each->ai_addr, each->ai_addrlen);
    if ((result == 0 || (errno == EINPROGRESS && attempt.wait(POLLOUT, deadline))) &&
        ::getsockopt(attempt.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
      return ::dup(attempt.get());
  }
  return -1;
}

// Plain or through TLS with the system's certificates.
class Stream {
 public:
  Stream(const Socket& socket, const WebhookUrl& url, Clock::time_point deadline)
      : socket_(socket), deadline_(deadline) {
    if (!url.tls) {
      good_ = true;
      return;
    }
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_ || SSL_CTX_set_default_verify_paths(context_.get()) != 1) return;
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_ || SSL_set1_host(ssl_.get(), url.host.c_str()) != 1) return;
    SSL_set_tlsext_host_name(ssl_.get(), url.host.c_str());
    SSL_set_fd(ssl_.get(), socket_.get());
    good_ = repeat([&] { return SSL_connect(ssl_.get()); }) > 0;
  }

  bool write(std::string_view bytes) {
    while (good_ && !bytes.empty()) {
      const int sent = repeat([&] {
        return ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                    : static_cast<int>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
      });
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return good_;
  }

  // Up to the end of the first line, at most 1,000 bytes.
  std::string first_line() {
    std::string out;
    char buffer[256];
    while (out.find('\n') == std::string::npos && out.size() < 1000) {
      const int got = repeat([&] {
        return ssl_ ? SSL_read(ssl_.get(), buffer, sizeof(buffer))
                    : static_cast<int>(::recv(socket_.get(), buffer, sizeof(buffer), 0));
      });
      if (got <= 0) break;
      out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  // Calls `step` until it is done, waiting between.
  template <typename Step>
  int repeat(const Step& step) {
    for (;;) {
      const int result = step();
      if (result > 0) return result;
      short events = POLLIN;
      if (ssl_) {
        const int why = SSL_get_error(ssl_.get(), result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return result;
        events = why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
      } else {
        if (result == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return result;
        events = POLLIN | POLLOUT;
      }
      if (!socket_.wait(events, deadline_)) return -1;
    }
  }

  const Socket& socket_;
  Clock::time_point deadline_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool good_ = false;
};

}  // namespace

WebhookUrl parse_webhook_url(const std::string& url) {
  const HttpError refused(
      422, "invalid_field", "url: expected http:// or https://, a host, and perhaps port and path", "url");
  WebhookUrl out;
  std::string_view rest = url;
  if (rest.starts_with("https://"))
    out.tls = true;
  else if (!rest.starts_with("http://"))
    throw refused;
  rest.remove_prefix(out.tls ? 8 : 7);
  if (std::any_of(rest.begin(), rest.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F || c == '@' ||
               c == '#' || c == '\\';
      }))
    throw refused;
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view place = rest.substr(0, slash);
  out.path = slash < rest.size() ? std::string(rest.substr(slash)) : "/";
  if (out.path.front() == '?') out.path.insert(0, "/");
  out.port = out.tls ? "443" : "80";
  if (place.starts_with("[")) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) throw refused;
    out.host = std::string(place.substr(1, end - 1));
    place.remove_prefix(end + 1);
  } else {
    const std::size_t colon = std::min(place.find(':'), place.size());
    out.host = std::string(place.substr(0, colon));
    place.remove_prefix(colon);
  }
  if (!place.empty()) {
    place.remove_prefix(1);
    if (place.empty() || place.size() > 5 || place.find_first_not_of("0123456789") != std::string_view::npos)
      throw refused;
    out.port = std::string(place);
  }
  if (out.host.empty()) throw refused;
  return out;
}

int send_webhook(const WebhookUrl& url,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& body,
                 bool private_allowed,
                 std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  const Socket socket(connect_to(url, private_allowed, deadline));
  if (socket.get() < 0) return 0;
  Stream stream(socket, url, deadline);
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  std::string request =
      "POST " + url.path + " HTTP/1.1\r\nHost: " + host + ":" + url.port +
      "\r\nContent-Type: application/json\r\nUser-Agent: kyclops\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (!stream.write(request + "\r\n" + body)) return 0;
  const std::string line = stream.first_line();
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return 0;
  const std::string code = line.substr(9, 3);
  return code.find_first_not_of("0123456789") == std::string::npos ? std::stoi(code) : 0;
}

}  // namespace kyc
