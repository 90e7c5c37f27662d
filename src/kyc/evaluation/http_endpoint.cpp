#include "kyc/evaluation/http_endpoint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include <netdb.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostHeadBytes = 16 << 10;
constexpr std::size_t kMostBodyBytes = 64 << 10;
constexpr char kBoundary[] = "kyclops-7d41b838f5c04a2e";

// Of an exchange that failed; becomes an ExternalFailure.
struct Broken {
  std::string why;
};

class Deadline {
 public:
  explicit Deadline(double seconds)
      : seconds_(seconds),
        end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(std::min(seconds, 1e6)))) {}

  // throws  Broken once it is over
  int left_ms() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count();
    if (left <= 0) {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%g", seconds_);
      throw Broken{std::string("the endpoint gave no answer within ") + text.data() + " s"};
    }
    return static_cast<int>(std::min<long long>(left, 1'000'000));
  }

 private:
  double seconds_;
  Clock::time_point end_;
};

// Closed when it goes, also out of a constructor that fails.
struct Handle {
  int number = -1;

  Handle() = default;
  ~Handle() { reset(-1); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void reset(int other) {
    if (number >= 0) ::close(number);
    number = other;
  }
};

class Socket {
 public:
  Socket(const HttpEndpoint& endpoint, const Deadline& deadline) : deadline_(deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found) != 0)
      throw Broken{"no such host: " + endpoint.host};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
    std::string why = "no address";
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
      if (connect_to(*one, why)) return;
    throw Broken{"can not connect: " + why};
  }

  // False if the other side does not listen any more: it may have answered already.
  bool send(const char* data, std::size_t size) {
    while (size > 0) {
      const ssize_t sent = ::send(handle_.number, data, size, MSG_NOSIGNAL);
      if (sent > 0) {
        data += sent;
        size -= static_cast<std::size_t>(sent);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        wait(POLLOUT);
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  // 0 at the end.
  std::size_t receive(char* data, std::size_t size) {
    while (true) {
      const ssize_t got = ::recv(handle_.number, data, size, 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        wait(POLLIN);
      else if (errno != EINTR)
        throw Broken{std::string("the connection broke: ") + std::strerror(errno)};
    }
  }

 private:
  bool connect_to(const addrinfo& address, std::string& why) {
    handle_.reset(
        ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
    if (handle_.number < 0) {
      why = std::strerror(errno);
      return false;
    }
    if (::connect(handle_.number, address.ai_addr, address.ai_addrlen) == 0) return true;
    int failure = errno;
    if (failure == EINPROGRESS) {
      wait(POLLOUT);
      socklen_t size = sizeof(failure);
      if (::getsockopt(handle_.number, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
      if (failure == 0) return true;
    }
    why = std::strerror(failure);
    handle_.reset(-1);
    return false;
  }

  void wait(short events) const {
    pollfd one{handle_.number, events, 0};
    if (::poll(&one, 1, deadline_.left_ms()) == 0) (void)deadline_.left_ms();
  }

  const Deadline& deadline_;
  Handle handle_;
};

std::string part_head(const NamedFile& file) {
  std::string name = file.path.filename().string();
  for (char& c : name)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '_';
  return std::string("--") + kBoundary + "\r\nContent-Disposition: form-data; name=\"" + file.name +
         "\"; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
}

bool send_file(Socket& socket, const std::filesystem::path& path, std::uintmax_t bytes) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, path.string() + ": can not be opened");
  std::array<char, 1 << 16> buffer{};
  while (bytes > 0) {
    in.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uintmax_t>(buffer.size(), bytes)));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got == 0) throw Error(ErrorCode::Unavailable, path.string() + ": became shorter while it was sent");
    if (!socket.send(buffer.data(), got)) return false;
    bytes -= got;
  }
  return true;
}

void send_request(Socket& socket, const HttpEndpoint& endpoint, std::span<const NamedFile> files) {
  const std::string tail = std::string("--") + kBoundary + "--\r\n";
  std::vector<std::uintmax_t> sizes;
  std::uintmax_t length = tail.size();
  for (const NamedFile& file : files) {
    std::error_code failure;
    sizes.push_back(std::filesystem::file_size(file.path, failure));
    if (failure) throw Error(ErrorCode::NotFound, file.path.string() + ": no such file");
    length += part_head(file).size() + sizes.back() + 2;
  }
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  const std::string head = "POST " + endpoint.path + " HTTP/1.1\r\nHost: " + (v6 ? "[" : "") + endpoint.host +
                           (v6 ? "]" : "") + ":" + endpoint.port +
                           "\r\nConnection: close\r\nAccept: application/json\r\nUser-Agent: kyclops\r\n"
                           "Content-Type: multipart/form-data; boundary=" +
                           kBoundary + "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  bool listens = socket.send(head.data(), head.size());
  for (std::size_t i = 0; listens && i < files.size(); ++i) {
    const std::string part = part_head(files[i]);
    listens = socket.send(part.data(), part.size()) && send_file(socket, files[i].path, sizes[i]) &&
              socket.send("\r\n", 2);
  }
  if (listens) socket.send(tail.data(), tail.size());
}

// Reads byte by byte what was received; never more than the limits.
class Incoming {
 public:
  explicit Incoming(Socket& socket) : socket_(socket) {}

  // Nothing at the end.
  std::optional<char> next() {
    if (at_ == size_) {
      size_ = socket_.receive(buffer_.data(), buffer_.size());
      at_ = 0;
      if (size_ == 0) return std::nullopt;
    }
    return buffer_[at_++];
  }

  // Without its end of line.
  std::string line() {
    std::string out;
    while (const auto c = next()) {
      if (++head_bytes_ > kMostHeadBytes) throw Broken{"the head of the answer is larger than 16 KiB"};
      if (*c == '\n') {
        if (!out.empty() && out.back() == '\r') out.pop_back();
        return out;
      }
      out += *c;
    }
    throw Broken{"the endpoint closed the connection without an answer"};
  }

  void take(std::size_t count, std::string& body) {
    if (count > kMostBodyBytes - body.size()) throw Broken{"the answer is larger than 64 KiB"};
    for (std::size_t i = 0; i < count; ++i) {
      const auto c = next();
      if (!c) throw Broken{"the answer ends too early"};
      body += *c;
    }
  }

  void take_rest(std::string& body) {
    while (const auto c = next()) {
      if (body.size() == kMostBodyBytes) throw Broken{"the answer is larger than 64 KiB"};
      body += *c;
    }
  }

 private:
  Socket& socket_;
  std::array<char, 1 << 14> buffer_{};
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::size_t head_bytes_ = 0;
};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::size_t number_of(const std::string& text, int base, const char* what) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end == text.data()) throw Broken{std::string("no HTTP answer: bad ") + what};
  return value;
}

struct HttpAnswer {
  int status = 0;
  std::string body;
};

HttpAnswer read_answer(Incoming& in) {
  HttpAnswer out;
  const std::string first = in.line();
  if (!first.starts_with("HTTP/1.") || first.size() < 12) throw Broken{"no HTTP answer"};
  out.status = static_cast<int>(number_of(first.substr(9, 3), 10, "status"));
  std::optional<std::size_t> length;
  bool chunked = false;
  for (std::string line = in.line(); !line.empty(); line = in.line()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) throw Broken{"no HTTP answer: bad header"};
    const std::string name = lower(line.substr(0, colon));
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    const std::string value = begin == std::string::npos ? "" : line.substr(begin);
    if (name == "content-length") length = number_of(value, 10, "Content-Length");
    if (name == "transfer-encoding") chunked = lower(value).find("chunked") != std::string::npos;
  }
  if (chunked) {
    while (const std::size_t size = number_of(in.line(), 16, "chunk")) {
      in.take(size, out.body);
      (void)in.line();
    }
  } else if (length) {
    in.take(*length, out.body);
  } else {
    in.take_rest(out.body);
  }
  return out;
}

std::string clean_text(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 200))
    out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E ? '?' : c;
  return out;
}

ExternalReply reply_of(const HttpAnswer& answer, AnswerKind kind) {
  if (answer.status != 200)
    throw Broken{"the endpoint answered with status " + std::to_string(answer.status)};
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (!json.is_object()) throw Broken{"the answer is no JSON object"};
  if (const auto failure = json.find("failure"); failure != json.end() && failure->is_string())
    throw Broken{"no answer: " + clean_text(failure->get<std::string>())};
  ExternalReply out;
  if (const auto score = json.find("score"); score != json.end() && !score->is_null()) {
    if (!score->is_number()) throw Broken{"the answer's score is no number"};
    out.score = score->get<double>();
    if (!std::isfinite(*out.score)) throw Broken{"the answer's score is not finite"};
  }
  if (kind == AnswerKind::Score && !out.score) throw Broken{"the answer has no score"};
  if (kind == AnswerKind::Decision) {
    const auto verdict = json.find("verdict");
    if (verdict == json.end() || !verdict->is_string() || !is_verdict(verdict->get<std::string>()))
      throw Broken{"the answer's verdict is not accepted, rejected or review"};
    out.verdict = verdict->get<std::string>();
  }
  return out;
}

}  // namespace

HttpEndpoint parse_http_url(const std::string& url) {
  if (url.starts_with("https://"))
    throw Error(ErrorCode::Unsupported,
                url +
                    ": https is not spoken here; run a proxy that ends TLS on this machine and name its http "
                    "address");
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorCode::InvalidArgument, "'" + url + "': expected http://HOST[:PORT][/PATH]; " + why);
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) fail("it does not begin so");
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) == 0x7F)
      fail("it holds a space or a control character");
  const std::size_t slash = std::min(url.find('/', kScheme.size()), url.size());
  std::string authority = url.substr(kScheme.size(), slash - kScheme.size());
  if (authority.find('@') != std::string::npos) fail("names and passwords do not belong into it");
  HttpEndpoint out{authority, "80", slash < url.size() ? url.substr(slash) : "/"};
  if (authority.starts_with("[")) {
    const std::size_t end = authority.find(']');
    if (end == std::string::npos) fail("the bracket is not closed");
    out.host = authority.substr(1, end - 1);
    authority = authority.substr(end + 1);
    if (!authority.empty() && authority[0] != ':') fail("expected a port behind the bracket");
    if (!authority.empty()) out.port = authority.substr(1);
  } else if (const std::size_t colon = authority.rfind(':'); colon != std::string::npos) {
    out.host = authority.substr(0, colon);
    out.port = authority.substr(colon + 1);
  }
  if (out.host.empty()) fail("it names no host");
  int port = 0;
  const auto [end, failure] = std::from_chars(out.port.data(), out.port.data() + out.port.size(), port);
  if (failure != std::errc() || end != out.port.data() + out.port.size() || port < 1 || port > 65535)
    fail("the port is not from 1 to 65535");
  return out;
}

ExternalAnswer ask_http(const HttpEndpoint& endpoint,
                        std::span<const NamedFile> files,
                        AnswerKind kind,
                        double limit_s) {
  const auto start = Clock::now();
  try {
    const Deadline deadline(limit_s);
    Socket socket(endpoint, deadline);
    send_request(socket, endpoint, files);
    Incoming in(socket);
    ExternalReply reply = reply_of(read_answer(in), kind);
    reply.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return reply;
  } catch (const Broken& broken) {
    return ExternalFailure{broken.why};
  }
}

}  // namespace kyc
