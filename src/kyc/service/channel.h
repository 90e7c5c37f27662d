// A connection's bytes, plain or through TLS, each call with a deadline. OpenSSL's TLS ends in channel.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace kyc {

using Deadline = std::chrono::steady_clock::time_point;

enum class ChannelEnd { Closed, TimedOut };

// The other end went away, or was too slow. Ends the connection; nobody is told.
struct ChannelError {
  ChannelEnd end;
};

// Certificate and key, loaded once.
class TlsContext {
 public:
  // PEM files. throws  Error{InvalidArgument} they can not be used
  TlsContext(const std::string& certificate_file, const std::string& key_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class Channel;
  void* context_;  // SSL_CTX
};

class Channel {
 public:
  // Owns `socket`, which is made non-blocking.
  Channel(int socket, const TlsContext* tls);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Of TLS; nothing otherwise. throws  ChannelError, here and below
  void handshake(Deadline deadline);
  // returns  0: the other end will send no more
  std::size_t read(std::span<std::uint8_t> buffer, Deadline deadline);
  void write(std::string_view bytes, Deadline deadline);
  // Says that nothing more comes, and waits a moment for the other end: an answer to an unread request gets
  // through.
  void finish();

  // From another thread: a read() that waits ends as if the other end had closed.
  void interrupt();
  // From another thread: everything ends.
  void abort();

 private:
  void wait(short events, Deadline deadline) const;
  void wait_for_tls(int why, Deadline deadline) const;  // why: of SSL_get_error

  int socket_;
  void* tls_ = nullptr;  // SSL
};

}  // namespace kyc
