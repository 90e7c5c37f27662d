// WebP with libwebp: still pictures, lossy and lossless.
#include <algorithm>
#include <string_view>
#include <vector>

#include <webp/decode.h>
#include <webp/encode.h>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/codecs.h"

namespace kyc {
namespace {

void check(VP8StatusCode status, const std::string& name) {
  switch (status) {
    case VP8_STATUS_OK:
      return;
    case VP8_STATUS_OUT_OF_MEMORY:
      throw Error(ErrorCode::Unavailable, name + ": WebP: out of memory");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      throw Error(ErrorCode::Unsupported, name + ": WebP: uses a feature that is not supported");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      throw Error(ErrorCode::Corrupt, name + ": WebP: the file ends too early");
    case VP8_STATUS_BITSTREAM_ERROR:
    case VP8_STATUS_INVALID_PARAM:
    case VP8_STATUS_USER_ABORT:
      break;
  }
  throw Error(ErrorCode::Corrupt, name + ": WebP: the data is damaged");
}

std::size_t little_endian_32(std::span<const std::uint8_t> bytes) {
  return bytes[0] | static_cast<std::size_t>(bytes[1]) << 8 | static_cast<std::size_t>(bytes[2]) << 16 |
         static_cast<std::size_t>(bytes[3]) << 24;
}

// The container is a list of chunks: a name of four letters, a size, that many bytes, and a padding byte if
// it is odd.
int orientation_of_webp(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kFileHeader = 12;
  constexpr std::size_t kChunkHeader = 8;
  std::span<const std::uint8_t> rest = bytes.subspan(kFileHeader);
  while (rest.size() > kChunkHeader) {
    const std::string_view chunk(reinterpret_cast<const char*>(rest.data()), 4);
    const std::size_t size = little_endian_32(rest.subspan(4));
    rest = rest.subspan(kChunkHeader);
    if (size > rest.size()) return 1;
    if (chunk == "EXIF") {
      std::span<const std::uint8_t> exif = rest.first(size);
      constexpr std::string_view kSignature("Exif\0\0",
                                            6);  // some writers put it, the format does not ask for it
      if (exif.size() > kSignature.size() &&
          std::string_view(reinterpret_cast<const char*>(exif.data()), kSignature.size()) == kSignature)
        exif = exif.subspan(kSignature.size());
      return exif_orientation(exif);
    }
    rest = rest.subspan(std::min(size + size % 2, rest.size()));
  }
  return 1;
}

void decode_into(std::span<const std::uint8_t> bytes,
                 const std::string& name,
                 WEBP_CSP_MODE mode,
                 int width_bytes,
                 std::span<std::uint8_t> out) {
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  config.output.colorspace = mode;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {out.data(), width_bytes, out.size()};
  const VP8StatusCode status = WebPDecode(bytes.data(), bytes.size(), &config);
  WebPFreeDecBuffer(&config.output);
  check(status, name);
}

}  // namespace

StoredImage decode_webp(std::span<const std::uint8_t> bytes,
                        const std::string& name,
                        std::uint64_t max_pixels) {
  WebPBitstreamFeatures features;
  check(WebPGetFeatures(bytes.data(), bytes.size(), &features), name);
  if (features.has_animation != 0)
    throw Error(ErrorCode::Unsupported, name + ": WebP: is an animation, expected a still picture");
  if (features.width <= 0 || features.height <= 0)
    throw Error(ErrorCode::Corrupt, name + ": WebP: has no pixels");
  check_pixels(name,
               static_cast<std::uint64_t>(features.width),
               static_cast<std::uint64_t>(features.height),
               max_pixels);
  StoredImage out{make_image(features.width, features.height), orientation_of_webp(bytes)};
  if (features.has_alpha == 0) {
    decode_into(bytes, name, MODE_RGB, features.width * 3, out.image.pixels);
    return out;
  }
  std::vector<std::uint8_t> rgba(out.image.pixels.size() / 3 * 4);
  decode_into(bytes, name, MODE_RGBA, features.width * 4, rgba);
  std::uint8_t* rgb = out.image.pixels.data();
  for (auto p = rgba.begin(); p != rgba.end(); p += 4)
    for (int c = 0; c < 3; ++c) *rgb++ = over_white(p[c], p[3]);
  return out;
}

std::vector<std::uint8_t> encode_webp(const Image& image, int quality) {
  if (quality < 1 || quality > 100)
    throw Error(ErrorCode::InvalidArgument,
                "encode_webp: expected a quality of 1..100, got " + std::to_string(quality));
  if (std::max(image.width, image.height) > WEBP_MAX_DIMENSION)
    throw Error(ErrorCode::InvalidArgument,
                "encode_webp: expected sides of at most " + std::to_string(WEBP_MAX_DIMENSION) +
                    " pixels, got " + std::to_string(image.width) + " x " + std::to_string(image.height));
  std::uint8_t* data = nullptr;
  const std::size_t size = WebPEncodeRGB(
      image.pixels.data(), image.width, image.height, image.width * 3, static_cast<float>(quality), &data);
  if (size == 0) throw Error(ErrorCode::Unavailable, "encode_webp: out of memory");
  std::vector<std::uint8_t> out;
  try {
    out.assign(data, data + size);
  } catch (...) {
    WebPFree(data);
    throw;
  }
  WebPFree(data);
  return out;
}

}  // namespace kyc
