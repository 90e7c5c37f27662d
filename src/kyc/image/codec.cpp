#include "kyc/image/codec.h"

#include <algorithm>
#include <cctype>
#include <new>
#include <string_view>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codecs.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

using Decode = StoredImage (*)(std::span<const std::uint8_t>, const std::string&, std::uint64_t);

bool has(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view signature) {
  return bytes.size() >= at + signature.size() &&
         std::equal(
             signature.begin(),
             signature.end(),
             bytes.begin() + static_cast<std::ptrdiff_t>(at),
             [](char expected, std::uint8_t got) { return static_cast<std::uint8_t>(expected) == got; });
}

// Null if the first bytes are of no format read here.
Decode decoder_for(std::span<const std::uint8_t> bytes) {
  if (has(bytes, 0, "\xFF\xD8\xFF")) return decode_jpeg;
  // By the name of the first chunk: a damaged signature (line ends converted, eighth bit lost) still is a
  // damaged PNG.
  if (has(bytes, 11, "IHDR") || has(bytes, 12, "IHDR") || has(bytes, 13, "IHDR")) return decode_png;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return decode_webp;
  if (has(bytes, 0, "BM") && has(bytes, 15, {"\0\0\0", 3})) return decode_bmp;
  return nullptr;
}

// EXIF 2.3, tag 0x0112: the value says where the stored picture's first row and first column belong.
Image upright(Image image, int orientation) {
  switch (orientation) {
    case 2:
      return mirror(image);
    case 3:
      return turn(image, Turn::Half);
    case 4:
      return mirror(turn(image, Turn::Half));
    case 5:
      return mirror(turn(image, Turn::Clockwise90));
    case 6:
      return turn(image, Turn::Clockwise90);
    case 7:
      return mirror(turn(image, Turn::Counterclockwise90));
    case 8:
      return turn(image, Turn::Counterclockwise90);
    default:
      return image;
  }
}

}  // namespace

void check_pixels(const std::string& name,
                  std::uint64_t width,
                  std::uint64_t height,
                  std::uint64_t max_pixels) {
  if (width * height > max_pixels)
    throw Error(ErrorCode::InvalidArgument,
                name + ": expected at most " + std::to_string(max_pixels) + " pixels, got " +
                    std::to_string(width) + " x " + std::to_string(height));
}

Image decode_image(std::span<const std::uint8_t> bytes,
                   const std::string& name,
                   const DecodeOptions& options) {
  const Decode decode = decoder_for(bytes);
  if (decode == nullptr)
    throw Error(ErrorCode::Unsupported,
                name + (bytes.empty() ? ": is empty" : ": is no picture in a known format") +
                    std::string(" (expected JPEG, PNG, BMP or WebP)"));
  try {
    StoredImage stored = decode(bytes, name, options.max_pixels);
    return options.apply_orientation ? upright(std::move(stored.image), stored.orientation)
                                     : std::move(stored.image);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::Unavailable, name + ": not enough memory to decode it");
  }
}

Image read_image(const std::filesystem::path& path, const DecodeOptions& options) {
  return decode_image(read_file(path), path.string(), options);
}

bool is_image(std::span<const std::uint8_t> bytes) {
  return decoder_for(bytes) != nullptr;
}

void write_image(const std::filesystem::path& path, const Image& image) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  if (extension == ".png")
    write_file(path, encode_png(image));
  else if (extension == ".jpg" || extension == ".jpeg")
    write_file(path, encode_jpeg(image));
  else
    throw Error(ErrorCode::Unsupported, path.string() + ": expected a name that ends in .jpg, .jpeg or .png");
}

}  // namespace kyc
