#include "kyc/service/channel.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

SSL* ssl(void* tls) {
  return static_cast<SSL*>(tls);
}

}  // namespace

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file)
    : context_(SSL_CTX_new(TLS_server_method())) {
  auto* context = static_cast<SSL_CTX*>(context_);
  if (context == nullptr) throw Error(ErrorCode::Internal, "TLS could not be started");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    SSL_CTX_free(context);
    throw Error(
        ErrorCode::InvalidArgument,
        certificate_file + ", " + key_file + ": expected a certificate and its key in PEM: " + reason);
  }
}

TlsContext::~TlsContext() {
  SSL_CTX_free(static_cast<SSL_CTX*>(context_));
}

Channel::Channel(int socket, const TlsContext* tls) : socket_(socket) {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  if (tls == nullptr) return;
  tls_ = SSL_new(static_cast<SSL_CTX*>(tls->context_));
  if (tls_ != nullptr) SSL_set_fd(ssl(tls_), socket_);
}

Channel::~Channel() {
  SSL_free(ssl(tls_));
  ::close(socket_);
}

void Channel::wait(short events, Deadline deadline) const {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) throw ChannelError{ChannelEnd::TimedOut};
    pollfd entry{socket_, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<long long>(left + 1, 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw ChannelError{ChannelEnd::Closed};
  }
}

void Channel::wait_for_tls(int why, Deadline deadline) const {
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) throw ChannelError{ChannelEnd::Closed};
  wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline);
}

void Channel::handshake(Deadline deadline) {
  if (tls_ == nullptr) return;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl(tls_));
    if (result == 1) return;
    wait_for_tls(SSL_get_error(ssl(tls_), result), deadline);
  }
}

std::size_t Channel::read(std::span<std::uint8_t> buffer, Deadline deadline) {
  for (;;) {
    if (tls_ == nullptr) {
      const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) throw ChannelError{ChannelEnd::Closed};
      wait(POLLIN, deadline);
      continue;
    }
    ERR_clear_error();
    const int got = SSL_read(ssl(tls_), buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) return static_cast<std::size_t>(got);
    const int why = SSL_get_error(ssl(tls_), got);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    wait_for_tls(why, deadline);
  }
}

void Channel::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (tls_ == nullptr) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) throw ChannelError{ChannelEnd::Closed};
      wait(POLLOUT, deadline);
      continue;
    }
    ERR_clear_error();
    const int sent =
        SSL_write(ssl(tls_), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 30)));
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    wait_for_tls(SSL_get_error(ssl(tls_), sent), deadline);
  }
}

void Channel::finish() {
  if (tls_ != nullptr) SSL_shutdown(ssl(tls_));
  ::shutdown(socket_, SHUT_WR);
  // Closing with unread bytes would reset the connection and take the answer with it.
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::uint8_t scratch[4096];
  try {
    for (std::size_t total = 0; total < (1U << 20);) {
      const ssize_t got = ::recv(socket_, scratch, sizeof(scratch), 0);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return;
      if (got > 0)
        total += static_cast<std::size_t>(got);
      else
        wait(POLLIN, deadline);
    }
  } catch (const ChannelError&) {
    return;
  }
}

void Channel::interrupt() {
  ::shutdown(socket_, SHUT_RD);
}

void Channel::abort() {
  ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace kyc
