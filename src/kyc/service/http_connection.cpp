#include "kyc/service/http_connection.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "kyc/core/json_writer.h"

namespace kyc {
namespace {

namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using Parser = http::request_parser<http::buffer_body>;

constexpr std::uint64_t kTogether = 64 * 1024;  // a body up to here goes out with its header
constexpr std::uint64_t kDrain =
    64 * 1024;  // an unread rest up to here is read, so that the connection can go on

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

HttpResponse error_response(const HttpError& error) {
  JsonWriter json;
  json.object().field("code", error.code).field("message", std::string(error.what())).end();
  HttpResponse response;
  response.status = error.status;
  response.header("Content-Type", "application/json").header("Cache-Control", "no-store");
  response.body = json.text();
  response.close = true;
  return response;
}

HttpError parse_error(const boost::system::error_code& failure) {
  if (failure == http::error::header_limit)
    return {431, "header_too_large", "the request's header is too large"};
  if (failure == http::error::body_limit) return {413, "too_large", "the request's body is too large"};
  if (failure == http::error::bad_version) return {505, "bad_request", "expected HTTP/1.1"};
  return {400, "bad_request", "expected an HTTP/1.1 request: " + failure.message()};
}

class HttpConnection final : public BodyReader {
 public:
  HttpConnection(Channel& channel,
                 const std::string& peer,
                 const ConnectionContext& context,
                 std::atomic<bool>& busy)
      : channel_(channel), peer_(peer), context_(context), limits_(context.options.limits), busy_(busy) {}

  void serve() {
    channel_.handshake(Clock::now() + limits_.header);
    while (serve_one()) busy_ = false;
  }

  void limit(std::uint64_t bytes) override { body_limit_ = bytes; }

  std::size_t read(std::span<std::uint8_t> buffer) override {
    if (broken_) throw HttpError(400, "bad_request", "the request's body is malformed");
    if (!expectation_met_) {
      expectation_met_ = true;
      channel_.write("HTTP/1.1 100 Continue\r\n\r\n", Clock::now() + limits_.transfer);
    }
    bool starved = held() == 0;
    while (!parser_->is_done()) {
      http::buffer_body::value_type& body = parser_->get().body();
      body.data = buffer.data();
      body.size = buffer.size();
      if (starved) fill(transfer_deadline(body_start_, body_bytes_));
      starved = !parse() || held() == 0;
      const std::size_t got = buffer.size() - body.size;
      body_bytes_ += got;
      if (body_bytes_ > body_limit_) {
        broken_ = true;
        throw HttpError(413, "too_large", "expected at most " + std::to_string(body_limit_) + " bytes");
      }
      if (got > 0) return got;
    }
    return 0;
  }

 private:
  std::size_t held() const { return end_ - at_; }

  Deadline transfer_deadline(Deadline start, std::uint64_t bytes) const {
    return start + limits_.transfer + std::chrono::milliseconds(bytes * 1000 / limits_.bytes_per_second);
  }

  // Waits for bytes. The client being gone in the middle of something is a ChannelError, its being slow an
  // answer.
  void fill(Deadline deadline) {
    std::size_t got = 0;
    if (at_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(at_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
                buffer_.begin());
      end_ -= at_;
      at_ = 0;
    }
    if (end_ == buffer_.size()) throw HttpError(431, "header_too_large", "the request's header is too large");
    try {
      got = channel_.read(std::span(buffer_).subspan(end_), deadline);
    } catch (const ChannelError& error) {
      broken_ = true;
      if (error.end == ChannelEnd::TimedOut) throw HttpError(408, "timeout", "the request came too slowly");
      throw;
    }
    if (got == 0) {
      broken_ = true;
      throw ChannelError{ChannelEnd::Closed};
    }
    end_ += got;
  }

  // Feeds what is held. returns  false: more is needed
  bool parse() {
    boost::system::error_code failure;
    at_ += parser_->put(boost::asio::const_buffer(buffer_.data() + at_, held()), failure);
    if (failure == http::error::need_more) return false;
    if (failure && failure != http::error::need_buffer) {
      broken_ = true;
      throw parse_error(failure);
    }
    return true;
  }

  bool serve_one() {
    const auto begun = Clock::now();
    if (held() == 0) {
      try {
        const std::size_t got = channel_.read(buffer_, begun + limits_.idle);
        at_ = 0;
        end_ = got;
        if (got == 0) return false;
      } catch (const ChannelError&) {
        return false;  // nobody was in the middle of anything
      }
    }
    busy_ = true;
    HttpRequest request;
    bool keep = true;
    HttpResponse response;
    try {
      keep = read_header(request, Clock::now() + limits_.header);
      response = context_.handler(request);
    } catch (const HttpError& error) {
      response = error_response(error);
    }
    keep = keep && !response.close && !broken_ && !context_.stopping && drained(request);
    bool sent = false;
    std::uint64_t bytes = 0;
    try {
      bytes = send(request, response, keep);
      sent = true;
    } catch (const ChannelError&) {
      keep = false;
    }
    if (context_.observer) context_.observer(request, response.status, bytes, sent);
    if (sent && !keep) channel_.finish();
    return keep;
  }

  // returns  whether the client wants the connection to go on
  bool read_header(HttpRequest& request, Deadline deadline) {
    parser_.emplace();
    parser_->eager(false);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser_->body_limit(UINT64_MAX);  // read() counts; boost::none means 0 in Boost 1.74
    broken_ = false;
    expectation_met_ = true;
    body_limit_ = 0;
    body_bytes_ = 0;
    while (!parser_->is_header_done())
      if (!parse() && !parser_->is_header_done()) fill(deadline);
    body_start_ = Clock::now();

    const auto& message = parser_->get();
    request.method = std::string(message.method_string());
    if (message.target().size() > limits_.target_bytes)
      throw refused(414, "target_too_long", "the request's target is too long");
    int hosts = 0;
    for (const auto& field : message) {
      request.headers.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                                   std::string(field.value()));
      hosts += field.name() == http::field::host ? 1 : 0;
    }
    if (message.version() != 10 && message.version() != 11)
      throw refused(505, "bad_request", "expected HTTP/1.1");
    if (message.version() == 11 && hosts != 1) throw refused(400, "bad_request", "expected one Host header");
    split_or_refuse({message.target().data(), message.target().size()}, request);
    request.peer = peer_of(request);
    if (const auto length = parser_->content_length()) request.content_length = *length;
    request.has_body = parser_->chunked() || request.content_length.value_or(0) > 0;
    request.body = this;
    if (const auto expected = request.header("expect")) {
      if (lower_case(*expected) != "100-continue")
        throw refused(417, "bad_request", "expected no such expectation");
      expectation_met_ = !request.has_body || message.version() == 10;
    }
    return parser_->keep_alive();
  }

  HttpError refused(int status, const char* code, const char* message) {
    broken_ = true;
    return {status, code, message};
  }

  void split_or_refuse(std::string_view target, HttpRequest& request) {
    try {
      split_target(target, request);
    } catch (const HttpError&) {
      broken_ = true;
      throw;
    }
  }

  std::string peer_of(const HttpRequest& request) const {
    if (!context_.options.trust_proxy) return peer_;
    const std::string forwarded = request.header("x-forwarded-for").value_or(peer_);
    std::size_t from = forwarded.rfind(',');
    from = from == std::string::npos ? 0 : from + 1;
    return forwarded.substr(std::min(forwarded.find_first_not_of(' ', from), forwarded.size()));
  }

  // Reads what the handler left of the body, if that is little.
  bool drained(const HttpRequest& request) {
    if (!parser_ || !parser_->is_header_done()) return false;
    if (parser_->is_done() || !request.has_body) return true;
    if (!expectation_met_ || request.content_length.value_or(kDrain + 1) - body_bytes_ > kDrain) return false;
    body_limit_ = UINT64_MAX;
    std::array<std::uint8_t, 4096> scratch;
    try {
      while (read(scratch) > 0) continue;
    } catch (const HttpError&) {
      return false;
    } catch (const ChannelError&) {
      return false;
    }
    return true;
  }

  std::uint64_t send(const HttpRequest& request, HttpResponse& response, bool keep) {
    const bool head = request.method == "HEAD";
    const bool answered = response.status == 200 && (head || request.method == "GET");
    std::uint64_t size = response.source ? response.source->size : response.body.size();
    std::uint64_t first = 0;
    if (!response.etag.empty()) response.header("ETag", response.etag);
    if (answered && !response.etag.empty() &&
        etag_matches(request.header("if-none-match").value_or(""), response.etag)) {
      response.status = 304;
    } else if (response.ranged) {
      response.header("Accept-Ranges", "bytes");
      const std::uint64_t whole = size;
      try {
        const std::optional<ByteRange> range =
            answered ? wanted_range(request, response, whole) : std::nullopt;
        if (range) {
          first = range->first;
          size = range->last - range->first + 1;
          response.status = 206;
          response.header("Content-Range",
                          "bytes " + std::to_string(range->first) + "-" + std::to_string(range->last) + "/" +
                              std::to_string(whole));
        }
      } catch (const HttpError& error) {
        HttpResponse other = error_response(error);
        other.header("Content-Range", "bytes */" + std::to_string(whole));
        response = std::move(other);
        size = response.body.size();
      }
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    const Deadline start = Clock::now();
    std::string out = head_of(response, size, keep, bodiless);
    const bool whole = !head && !bodiless && !response.stream && !response.source;
    if (whole && size <= kTogether) out += std::string_view(response.body).substr(first, size);
    channel_.write(out, transfer_deadline(start, 0));
    if (head || bodiless) return 0;
    if (response.stream) return send_stream(response);
    if (whole) {
      if (size > kTogether) send_pieces(std::string_view(response.body).substr(first, size), start);
      return size;
    }
    const auto next = response.source->open(first);
    std::vector<std::uint8_t> piece(64 * 1024);
    std::uint64_t sent = 0;
    while (sent < size) {
      const std::size_t got =
          next(std::span(piece).first(std::min<std::uint64_t>(piece.size(), size - sent)));
      if (got == 0)
        throw ChannelError{ChannelEnd::Closed};  // the length was promised: all that is left is to break off
      channel_.write({reinterpret_cast<const char*>(piece.data()), got}, transfer_deadline(start, sent));
      sent += got;
    }
    return sent;
  }

  void send_pieces(std::string_view bytes, Deadline start) {
    std::uint64_t sent = 0;
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, 64 * 1024);
      channel_.write(piece, transfer_deadline(start, sent));
      sent += piece.size();
      bytes.remove_prefix(piece.size());
    }
  }

  static std::optional<ByteRange> wanted_range(const HttpRequest& request,
                                               const HttpResponse& response,
                                               std::uint64_t size) {
    const std::optional<std::string> range = request.header("range");
    const std::optional<std::string> only_if = request.header("if-range");
    if (!range || (only_if && *only_if != response.etag)) return std::nullopt;
    return range_of(*range, size);
  }

  static std::string head_of(const HttpResponse& response, std::uint64_t size, bool keep, bool bodiless) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " +
                      std::string(reason_phrase(response.status)) + "\r\n";
    out += "Date: " + date_text() + "\r\n";
    for (const auto& [name, value] : response.headers) {
      const auto plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7F; };
      assert(std::all_of(name.begin(), name.end(), plain) && std::all_of(value.begin(), value.end(), plain));
      if (std::all_of(name.begin(), name.end(), plain) && std::all_of(value.begin(), value.end(), plain))
        out += name + ": " + value + "\r\n";
    }
    if (response.stream)
      out += "Transfer-Encoding: chunked\r\n";
    else if (!bodiless)
      out += "Content-Length: " + std::to_string(size) + "\r\n";
    out += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return out;
  }

  std::uint64_t send_stream(HttpResponse& response) {
    std::uint64_t sent = 0;
    bool gone = false;
    response.stream([&](std::string_view piece) {
      if (gone || context_.stopping) return false;
      if (piece.empty()) return true;
      char length[24];
      std::snprintf(length, sizeof(length), "%zx\r\n", piece.size());
      try {
        channel_.write(length + std::string(piece) + "\r\n", Clock::now() + limits_.transfer);
      } catch (const ChannelError&) {
        gone = true;
      }
      sent += piece.size();
      return !gone;
    });
    if (gone) throw ChannelError{ChannelEnd::Closed};
    channel_.write("0\r\n\r\n", Clock::now() + limits_.transfer);
    return sent;
  }

  Channel& channel_;
  const std::string& peer_;
  const ConnectionContext& context_;
  const HttpLimits& limits_;
  std::atomic<bool>& busy_;
  std::optional<Parser> parser_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(64 * 1024);
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool broken_ = false;  // what follows on this connection can not be told from the body any more
  bool expectation_met_ = true;
  Deadline body_start_;
  std::uint64_t body_limit_ = 0;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace

void serve_connection(Channel& channel,
                      const std::string& peer,
                      const ConnectionContext& context,
                      std::atomic<bool>& busy) {
  try {
    HttpConnection(channel, peer, context, busy).serve();
  } catch (const ChannelError&) {
    return;  // the client is gone
  }
}

}  // namespace kyc
