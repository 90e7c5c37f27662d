// HTTP/1.1 as values: what comes in, what goes out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kyc {

// Ends a request with this status. `code` is a stable word for machines; the message is shown to the caller.
struct HttpError : std::runtime_error {
  HttpError(int with_status, std::string with_code, const std::string& message, std::string with_field = {})
      : std::runtime_error(message),
        status(with_status),
        code(std::move(with_code)),
        field(std::move(with_field)) {}

  int status;
  std::string code;
  std::string field;      // of the body or the query, that is wrong; may be empty
  int retry_after_s = 0;  // for 429 and 503
};

// A request's body, read by whoever wants it: until then it stays with the sender.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Everything longer is refused. Before reading.
  virtual void limit(std::uint64_t bytes) = 0;
  // returns  0 at the end
  // throws   HttpError 400 (malformed), 408 (too slow), 413 (too long)
  virtual std::size_t read(std::span<std::uint8_t> buffer) = 0;
};

struct HttpRequest {
  std::string method;                                        // "GET"
  std::vector<std::string> path;                             // decoded parts: {"v1", "cases"}
  std::vector<std::pair<std::string, std::string>> query;    // decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::optional<std::uint64_t> content_length;               // nothing: chunked, or no body
  bool has_body = false;
  std::string peer;  // the client's address
  BodyReader* body = nullptr;

  // The first of that name, or nothing.
  std::optional<std::string> header(std::string_view name) const;
  std::optional<std::string> query_value(std::string_view name) const;
  std::optional<std::string> cookie(std::string_view name) const;
};

// Bytes that are made while they are sent, from any offset on.
struct ByteSource {
  std::uint64_t size = 0;
  // Called once; the function that it returns gives the next bytes, 0 at the end.
  std::function<std::function<std::size_t(std::span<std::uint8_t>)>(std::uint64_t offset)> open;
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<ByteSource> source;  // instead of `body`
  // Instead of both: sends pieces (chunked) until `send` says false: the client is gone, or the server stops.
  std::function<void(const std::function<bool(std::string_view)>& send)> stream;
  std::string etag;     // with quotes; conditional requests are answered by it
  bool ranged = false;  // byte ranges are served
  bool close = false;   // the connection, afterwards

  HttpResponse& header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

std::string_view reason_phrase(int status);

// Decodes %41 and, in queries, '+'. Nothing if it is malformed or holds a zero byte.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

// Turns "/v1/a%20b?x=1" into path and query.
// throws  HttpError 400: malformed, or a part of the path is "." or ".."
void split_target(std::string_view target, HttpRequest& request);

// The part of `size` bytes that a Range header asks for: [first, last]. Nothing: the header is to be ignored.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
// throws  HttpError 416
std::optional<ByteRange> range_of(std::string_view header, std::uint64_t size);

// Does If-None-Match name this tag?
bool etag_matches(std::string_view header, std::string_view etag);

}  // namespace kyc
