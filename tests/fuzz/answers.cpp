#include "answers.h"

#include <algorithm>
#include <charconv>

namespace kyc {
namespace {

std::optional<std::string_view> header_value(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return line.substr(name.size() + 2);
  }
  return std::nullopt;
}

std::optional<std::size_t> number_in(std::string_view text, int base) {
  std::size_t out = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Removes a chunked body from the front. returns  false: it is none
bool take_chunks(std::string_view& rest) {
  for (;;) {
    const std::size_t line = rest.find("\r\n");
    if (line == std::string_view::npos) return false;
    const std::optional<std::size_t> length = number_in(rest.substr(0, line), 16);
    if (!length || rest.size() < line + 2 + *length + 2) return false;
    if (rest.substr(line + 2 + *length, 2) != "\r\n") return false;
    rest.remove_prefix(line + 2 + *length + 2);
    if (*length == 0) return true;
  }
}

}  // namespace

std::optional<std::string> fault_in_answers(std::string_view bytes, const std::vector<bool>& to_head) {
  std::size_t answers = 0;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return "an answer's header does not end";
    const std::string_view head = bytes.substr(0, end);
    bytes.remove_prefix(end + 4);
    const std::size_t status = head.size() < 13 ? 0 : number_in(head.substr(9, 3), 10).value_or(0);
    if (!head.starts_with("HTTP/1.1 ") || status < 100 || status > 599)
      return "an answer begins with: " + std::string(head.substr(0, 40));
    const bool plain = std::all_of(
        head.begin(), head.end(), [](char c) { return (c >= ' ' && c < 0x7F) || c == '\r' || c == '\n'; });
    if (!plain) return "an answer's header holds control characters, or bytes that are no ASCII";
    if (status == 100) continue;
    if (++answers > to_head.size()) return "more answers than requests";
    if (status == 500) return "an answer is 500";
    if (!header_value(head, "Date") || !header_value(head, "Connection"))
      return "an answer has no Date or no Connection";
    const bool last = header_value(head, "Connection") == "close";
    const bool without_body = status == 204 || status == 304 || to_head[answers - 1];
    if (without_body) {
      if (last && !bytes.empty()) return "an answer to a connection that was closed";
      continue;
    }
    if (header_value(head, "Transfer-Encoding") == "chunked") {
      if (!take_chunks(bytes)) return "an answer's chunks are no chunks";
    } else {
      const std::optional<std::size_t> length =
          number_in(header_value(head, "Content-Length").value_or("none"), 10);
      if (!length || *length > bytes.size()) return "an answer is not as long as it says";
      bytes.remove_prefix(*length);
    }
    if (last && !bytes.empty()) return "an answer to a connection that was closed";
  }
  if (answers < to_head.size()) return "fewer answers than requests";
  return std::nullopt;
}

}  // namespace kyc
