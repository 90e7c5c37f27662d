#include "kyc/image/png_text.h"

#include <cassert>

namespace kyc {
namespace {

constexpr std::size_t kHeaderEnd = 8 + 4 + 4 + 13 + 4;  // signature; length, type, data and check of IHDR

void append(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// PNG specification, annex D.
std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

}  // namespace

std::vector<std::uint8_t> with_png_text(const std::vector<std::uint8_t>& png,
                                        const std::string& keyword,
                                        const std::string& text) {
  assert(png.size() > kHeaderEnd && !keyword.empty() && keyword.size() < 80);
  const std::string chunk = "tEXt" + keyword + '\0' + text;
  std::vector<std::uint8_t> out(png.begin(), png.begin() + kHeaderEnd);
  append(out, static_cast<std::uint32_t>(chunk.size() - 4));
  out.insert(out.end(), chunk.begin(), chunk.end());
  append(out, crc32(chunk));
  out.insert(out.end(), png.begin() + kHeaderEnd, png.end());
  return out;
}

}  // namespace kyc
