// Images out of files and into files. Files are hostile: sizes are checked before anything is allocated.
// Every function may be called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kyc/image/image.h"

namespace kyc {

struct DecodeOptions {
  std::uint64_t max_pixels = 64'000'000;  // width x height; more is refused before allocation
  bool apply_orientation = true;          // turn the picture as its EXIF orientation says
};

// JPEG, PNG, BMP or WebP, told by content, not by name. Grey becomes R = G = B; alpha is blended over white;
// 16 bit becomes 8; CMYK JPEG becomes RGB; colour profiles and gamma are ignored.
// name    what error messages call the data: the file's path
// throws  Error{Corrupt} damaged or cut data, Error{Unsupported} another format or an animated WebP,
//         Error{InvalidArgument} more than max_pixels, Error{Unavailable} not enough memory; every message
//         starts with `name`
// A JPEG whose data only warns of damage (cut, codes that do not exist, left-over data between scans) is
// Corrupt; bytes after its end are ignored, damaged EXIF data means upright. In a PNG every checksum counts.
Image decode_image(std::span<const std::uint8_t> bytes,
                   const std::string& name,
                   const DecodeOptions& options = {});

// As decode_image. throws also Error{NotFound}
Image read_image(const std::filesystem::path& path, const DecodeOptions& options = {});

// True if the first bytes are those of a format that decode_image reads.
bool is_image(std::span<const std::uint8_t> bytes);

// At full resolution (4:4:4), or halved both ways (4:2:0) as cameras and social networks store them.
enum class JpegColours { Full, Halved };

// Huffman-coded baseline. quality: 1..100
// throws  Error{InvalidArgument} quality out of range, or a side longer than 65,500 pixels
std::vector<std::uint8_t> encode_jpeg(const Image& image,
                                      int quality = 92,
                                      JpegColours colours = JpegColours::Full);

// Lossy. quality: 1..100
// throws  Error{InvalidArgument} quality out of range, or a side longer than 16,383 pixels
std::vector<std::uint8_t> encode_webp(const Image& image, int quality = 80);

// Without loss; compressed for speed rather than size.
std::vector<std::uint8_t> encode_png(const Image& image);

// Format by extension (.jpg, .jpeg, .png). The file appears whole or not at all.
// throws  Error{Unsupported} another extension, Error{Unavailable} not writable
void write_image(const std::filesystem::path& path, const Image& image);

}  // namespace kyc
