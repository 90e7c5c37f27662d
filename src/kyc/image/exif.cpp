#include <cstddef>

#include "kyc/image/codecs.h"

namespace kyc {
namespace {

// Numbers out of TIFF data in either byte order. The caller checks the range.
struct TiffReader {
  std::span<const std::uint8_t> bytes;
  bool big_endian;

  std::uint32_t u16(std::size_t at) const {
    return big_endian ? static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1])
                      : static_cast<std::uint32_t>(bytes[at + 1] << 8 | bytes[at]);
  }
  std::uint32_t u32(std::size_t at) const {
    return big_endian ? u16(at) << 16 | u16(at + 2) : u16(at + 2) << 16 | u16(at);
  }
};

}  // namespace

// Only the first directory is read, once: hostile data can not make this slow, and no maker notes are parsed.
int exif_orientation(std::span<const std::uint8_t> tiff) {
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kEntry = 12;
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (tiff.size() < kHeader || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
  const TiffReader reader{tiff, tiff[0] == 'M'};
  if (reader.u16(2) != 42) return 1;
  const std::size_t directory = reader.u32(4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t count = reader.u16(directory);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > tiff.size()) return 1;
    if (reader.u16(at) != kOrientation) continue;
    const std::uint32_t value = reader.u16(at + 8);
    const bool sound = reader.u16(at + 2) == kShort && reader.u32(at + 4) == 1 && value >= 1 && value <= 8;
    return sound ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace kyc
