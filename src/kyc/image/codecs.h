// The formats, one .cpp each. Inside image/ only: everyone else uses codec.h.
// All decoders take the whole file, check the size against max_pixels before they allocate, throw as
// decode_image says and return the picture as it is stored, with its orientation beside it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kyc/image/image.h"

namespace kyc {

struct StoredImage {
  Image image;
  int orientation = 1;  // EXIF, 1..8: how the picture is to be turned
};

StoredImage decode_jpeg(std::span<const std::uint8_t> bytes,
                        const std::string& name,
                        std::uint64_t max_pixels);
StoredImage decode_png(std::span<const std::uint8_t> bytes,
                       const std::string& name,
                       std::uint64_t max_pixels);
StoredImage decode_webp(std::span<const std::uint8_t> bytes,
                        const std::string& name,
                        std::uint64_t max_pixels);
StoredImage decode_bmp(std::span<const std::uint8_t> bytes,
                       const std::string& name,
                       std::uint64_t max_pixels);

// throws  Error{InvalidArgument} if width x height is more than max_pixels
void check_pixels(const std::string& name,
                  std::uint64_t width,
                  std::uint64_t height,
                  std::uint64_t max_pixels);

// The orientation in EXIF data (a TIFF header and its directories, no "Exif" signature before it); 1 where it
// has none, or none that makes sense: damaged metadata is no reason to refuse a photo.
int exif_orientation(std::span<const std::uint8_t> tiff);

// value over white, alpha 0..255.
inline std::uint8_t over_white(int value, int alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace kyc
