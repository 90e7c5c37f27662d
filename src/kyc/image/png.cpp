// PNG with libpng. Its errors come back by longjmp: whatever has a destructor lives outside of the guarded
// calls.
#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include <png.h>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/codecs.h"

namespace kyc {
namespace {

constexpr png_alloc_size_t kMaxChunkBytes = 8'000'000;
constexpr png_uint_32 kMaxChunks = 128;
constexpr png_uint_32 kNoLimit = 0x7FFFFFFF;  // on width and height: check_pixels decides
constexpr int kCompressionLevel = 3;          // fast; level 9 saves little on photos

struct PngErrorState {
  std::jmp_buf jump{};
  char message[256] = {};
};

[[noreturn]] void fail_in_png(png_structp png, png_const_charp message) {
  auto* state = static_cast<PngErrorState*>(png_get_error_ptr(png));
  std::strncpy(state->message, message, sizeof(state->message) - 1);
  std::longjmp(state->jump, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

struct Source {
  std::span<const std::uint8_t> rest;
};

void read_some(png_structp png, png_bytep out, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (source->rest.size() < count) png_error(png, "the file ends too early");
  std::copy_n(source->rest.begin(), count, out);
  source->rest = source->rest.subspan(count);
}

class PngDecoder {
 public:
  PngDecoder(std::span<const std::uint8_t> bytes, const std::string& name)
      : name_(name),
        source_{bytes},
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors_, fail_in_png, ignore_warning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw Error(ErrorCode::Unavailable, name_ + ": PNG: out of memory");
    }
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  StoredImage decode(std::uint64_t max_pixels) {
    guarded([&] { read_header(); });
    const png_uint_32 width = png_get_image_width(png_, info_);
    const png_uint_32 height = png_get_image_height(png_, info_);
    check_pixels(name_, width, height, max_pixels);
    StoredImage out{make_image(static_cast<int>(width), static_cast<int>(height)), 1};
    if (png_get_channels(png_, info_) == 4)
      read_rgba(out.image);
    else
      read_rgb(out.image);
    out.orientation = orientation();
    return out;
  }

 private:
  template <typename Calls>
  void guarded(const Calls& calls) {
    if (setjmp(errors_.jump) == 0)
      calls();
    else
      throw Error(ErrorCode::Corrupt, name_ + ": PNG: " + errors_.message);
  }

  // After this, rows come as 8-bit RGB, or RGBA where anything is transparent.
  void read_header() {
    png_set_read_fn(png_, &source_, read_some);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png_, kNoLimit, kNoLimit);
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_chunk_cache_max(png_, kMaxChunks);
    static constexpr png_byte kNotNeeded[] = "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0hIST";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kNotNeeded, sizeof(kNotNeeded) / 5);
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }

  void read_rgb(Image& image) {
    guarded([&] {
      for (int pass = 0; pass < passes_; ++pass)
        for (int y = 0; y < image.height; ++y) png_read_row(png_, image.row(y), nullptr);
      png_read_end(png_, info_);
    });
  }

  // An interlaced picture is completed pass by pass and can only be blended at the end.
  void read_rgba(Image& image) {
    const std::size_t row_bytes = static_cast<std::size_t>(image.width) * 4;
    const bool interlaced = passes_ > 1;
    std::vector<std::uint8_t> rgba(row_bytes * (interlaced ? static_cast<std::size_t>(image.height) : 1));
    guarded([&] {
      for (int pass = 0; pass < passes_; ++pass) {
        for (int y = 0; y < image.height; ++y) {
          std::uint8_t* row = rgba.data() + (interlaced ? static_cast<std::size_t>(y) * row_bytes : 0);
          png_read_row(png_, row, nullptr);
          if (pass + 1 == passes_) blend(row, image.width, image.row(y));
        }
      }
      png_read_end(png_, info_);
    });
  }

  static void blend(const std::uint8_t* rgba, int width, std::uint8_t* rgb) {
    for (int x = 0; x < width; ++x, rgba += 4, rgb += 3)
      for (int c = 0; c < 3; ++c) rgb[c] = over_white(rgba[c], rgba[3]);
  }

  int orientation() const {
    png_uint_32 size = 0;
    png_bytep data = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &data) == 0) return 1;
    return exif_orientation({data, size});
  }

  const std::string& name_;
  PngErrorState errors_;
  Source source_;
  png_structp png_;
  png_infop info_;
  int passes_ = 1;
};

class PngEncoder {
 public:
  PngEncoder()
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors_, fail_in_png, ignore_warning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
    if (info_ == nullptr) {
      png_destroy_write_struct(&png_, nullptr);
      throw Error(ErrorCode::Unavailable, "encode_png: out of memory");
    }
  }
  ~PngEncoder() { png_destroy_write_struct(&png_, &info_); }
  PngEncoder(const PngEncoder&) = delete;
  PngEncoder& operator=(const PngEncoder&) = delete;

  std::vector<std::uint8_t> encode(const Image& image) {
    if (setjmp(errors_.jump) == 0)
      compress(image);
    else
      throw Error(ErrorCode::Unavailable, std::string("encode_png: ") + errors_.message);
    return std::move(out_);
  }

 private:
  void compress(const Image& image) {
    png_set_write_fn(png_, &out_, append, [](png_structp) {});
    png_set_user_limits(png_, kNoLimit, kNoLimit);
    png_set_IHDR(png_,
                 info_,
                 static_cast<png_uint_32>(image.width),
                 static_cast<png_uint_32>(image.height),
                 8,
                 PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png_, kCompressionLevel);
    png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_write_info(png_, info_);
    for (int y = 0; y < image.height; ++y) png_write_row(png_, image.row(y));
    png_write_end(png_, info_);
  }

  static void append(png_structp png, png_bytep data, std::size_t count) {
    auto* out = static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png));
    bool done = false;
    try {
      out->insert(out->end(), data, data + count);
      done = true;
    } catch (const std::bad_alloc&) {  // must not fly through libpng
    }
    if (!done) png_error(png, "out of memory");
  }

  PngErrorState errors_;
  std::vector<std::uint8_t> out_;
  png_structp png_;
  png_infop info_;
};

}  // namespace

StoredImage decode_png(std::span<const std::uint8_t> bytes,
                       const std::string& name,
                       std::uint64_t max_pixels) {
  return PngDecoder(bytes, name).decode(max_pixels);
}

std::vector<std::uint8_t> encode_png(const Image& image) {
  return PngEncoder().encode(image);
}

}  // namespace kyc
