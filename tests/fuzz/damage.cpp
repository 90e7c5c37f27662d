#include "damage.h"

#include <algorithm>

namespace kyc {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kMethods[] = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "G"};
constexpr std::string_view kTargets[] = {"/",
                                         "/v1/cases",
                                         "/v1/cases/abc/selfie?limit=10&cursor=x%20y",
                                         "/big",
                                         "/stream",
                                         "/ranged",
                                         "/%41%2e%2e/%00",
                                         "/a/../b",
                                         "/v1//x/?a&b=&=c&&%",
                                         "*",
                                         "http://other/",
                                         "/\xC3\xA4"};
constexpr std::string_view kHeaders[] = {
    "Host: a",
    "Host: a\r\nHost: b",
    "Cookie: kyclops_session=abc; a=\"b\"; =; ;;",
    "Content-Type: application/json",
    "Range: bytes=0-9",
    "Range: bytes=5-,0-1",
    "Range: bytes=-99999999999999999999",
    "Range: bytes=18446744073709551615-18446744073709551615",
    "If-None-Match: \"tag\", W/\"tag\", *",
    "If-Range: \"tag\"",
    "Expect: 100-continue",
    "Connection: close",
    "Connection: keep-alive, upgrade",
    "X-Forwarded-For: 1.2.3.4, ::1,",
    "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    " Folded: no",
    "Bare"};
constexpr std::string_view kLengths[] = {"Content-Length: 18446744073709551616",
                                         "Content-Length: -1",
                                         "Content-Length: 5, 5",
                                         "Content-Length: 5\r\nContent-Length: 6",
                                         "Content-Length: 0x10",
                                         "Transfer-Encoding: chunked, gzip",
                                         "Transfer-Encoding: chunked\r\nContent-Length: 3",
                                         "Transfer-Encoding: identity"};
constexpr std::string_view kFields[] = {
    "text", "note", "count", "flag", "names", "options", "other", "", "\\u0000"};
constexpr std::string_view kValues[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-1",
                                        "9223372036854775807",
                                        "18446744073709551615",
                                        "1e400",
                                        "-0.0",
                                        "\"\"",
                                        "\"a\"",
                                        "\"\\ud800\"",
                                        "\"\\u0000\"",
                                        "\"\xFF\"",
                                        "\"\\n\"",
                                        "[]",
                                        "{}",
                                        "[\"a\",\"b\"]",
                                        "{\"a\":\"b\"}",
                                        "{\"a\":{}}"};
constexpr std::string_view kPieces[] = {
    "\r\n",     "\n",       "\r",      ":",        " ", "\t",        "\0",
    "%",        "%00",      "..",      "/",        "{", "}",         "[",
    "]",        "\"",       "\\",      "\\u",      ",", "0\r\n\r\n", "ffffffffffffffff\r\n",
    "HTTP/1.1", "HTTP/9.9", "chunked", "\xFF\xFE", ";"};
constexpr std::string_view kVersions[] = {
    "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.", ""};

std::string random_value(Dice& dice, int depth) {
  if (depth > 0 && dice.one_in(4)) {
    std::string out = "[";
    for (std::size_t i = dice.below(4); i > 0; --i) out += random_value(dice, depth - 1) + (i > 1 ? "," : "");
    return out + "]";
  }
  return std::string(dice.of(Words(kValues)));
}

std::string chunked(Dice& dice, std::string_view body) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!body.empty()) {
    const std::size_t piece = std::min(body.size(), 1 + dice.below(15));
    out += std::string(1, kHex[piece]) + (dice.one_in(6) ? ";name=\"value\"" : "") + "\r\n" +
           std::string(body.substr(0, piece)) + "\r\n";
    body.remove_prefix(piece);
  }
  return out + "0\r\n" + (dice.one_in(6) ? "Trailer: x\r\n" : "") + "\r\n";
}

std::string random_request(Dice& dice) {
  std::string out = std::string(dice.of(Words(kMethods))) + " " + std::string(dice.of(Words(kTargets))) +
                    " " + std::string(dice.of(Words(kVersions))) + "\r\n";
  if (!dice.one_in(20)) out += "Host: here\r\n";
  for (std::size_t i = dice.below(5); i > 0; --i) out += std::string(dice.of(Words(kHeaders))) + "\r\n";
  if (dice.one_in(300))
    for (int i = 0; i < 400; ++i) out += "X-Many: so many lines that they are too many for a header\r\n";
  if (dice.one_in(3)) return out + "\r\n";
  const std::string body = random_json(dice);
  if (dice.one_in(12)) return out + std::string(dice.of(Words(kLengths))) + "\r\n\r\n" + body;
  if (dice.one_in(3)) return out + "Transfer-Encoding: chunked\r\n\r\n" + chunked(dice, body);
  return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

std::uint64_t Dice::next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::size_t Dice::below(std::size_t count) {
  return static_cast<std::size_t>(next() % count);
}

std::string random_json(Dice& dice) {
  if (dice.one_in(200)) return std::string(1 + dice.below(5000), '[');
  if (dice.one_in(200)) return "{\"text\":\"" + std::string(dice.below(70'000), 'a') + "\"}";
  std::string out = "{";
  for (std::size_t i = dice.below(7); i > 0; --i)
    out += "\"" + std::string(dice.of(Words(kFields))) + "\":" + random_value(dice, 3) + (i > 1 ? "," : "");
  return out + "}";
}

std::string random_requests(Dice& dice) {
  std::string out;
  for (std::size_t i = 1 + dice.below(3); i > 0; --i) out += random_request(dice);
  return out;
}

void damage(Dice& dice, std::string& bytes) {
  for (std::size_t i = dice.below(6); i > 0 && !bytes.empty(); --i) {
    const std::size_t at = dice.below(bytes.size());
    const std::size_t length = std::min(bytes.size() - at, 1 + dice.below(12));
    switch (dice.below(7)) {
      case 0:
        bytes[at] = static_cast<char>(dice.below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << dice.below(8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 4:
        bytes.insert(at, dice.of(Words(kPieces)));
        break;
      case 5:
        bytes.replace(at, length, dice.of(Words(kPieces)));
        break;
      default:
        bytes.resize(dice.one_in(4) ? at : bytes.size());
    }
  }
}

}  // namespace kyc
