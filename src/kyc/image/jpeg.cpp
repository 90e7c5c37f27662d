// JPEG with libjpeg-turbo. Its errors come back by longjmp: whatever has a destructor lives outside of the
// guarded calls.
#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it
#include <cstdlib>
#include <iterator>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/codecs.h"

namespace kyc {
namespace {

// A progressive file says in a few bytes that every block of the picture is to be visited again; honest files
// have about ten such scans.
constexpr int kMaxScans = 64;
constexpr int kStartOfScan = 0xDA;

struct JpegErrorState {
  jpeg_error_mgr manager{};  // first: libjpeg hands out a pointer to it
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void fail_in_jpeg(j_common_ptr info) {
  auto* state = reinterpret_cast<JpegErrorState*>(info->err);
  info->err->format_message(info, state->message);
  std::longjmp(state->jump, 1);
}

// Cameras pad the end of a scan; anything else between the scan and the next marker is picture data that was
// not used.
bool skipped_padding_only(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number == 0) return true;  // still in the headers
  const auto count = static_cast<std::size_t>(info->err->msg_parm.i[0]);
  const JOCTET* end =
      decoder->src->next_input_byte;  // libjpeg moves it past the marker only after the warning
  return std::all_of(end - count, end, [](JOCTET byte) { return byte == 0 || byte == 0xFF; });
}

// Level -1 is a warning: libjpeg goes on with made-up data. For most of them the picture is damaged.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_JFIF_MAJOR:
      return;
    case JWRN_EXTRANEOUS_DATA:
      if (skipped_padding_only(info)) return;
      break;
    default:
      break;
  }
  fail_in_jpeg(info);
}

void on_output(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  info->err->msg_code = JERR_BAD_PROGRESSION;
  fail_in_jpeg(info);
}

void init(JpegErrorState& state) {
  jpeg_std_error(&state.manager);
  state.manager.error_exit = fail_in_jpeg;
  state.manager.emit_message = on_message;
  state.manager.output_message = on_output;
}

ErrorCode code_of(int message) {
  switch (message) {
    case JERR_OUT_OF_MEMORY:
      return ErrorCode::Unavailable;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return ErrorCode::Unsupported;
    default:
      return ErrorCode::Corrupt;
  }
}

// Looked for here and not with jpeg_save_markers, which takes time quadratic in the number of segments.
int orientation_of_jpeg(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kSignature[] = {'E', 'x', 'i', 'f', 0, 0};
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xFF) {
    const int marker = bytes[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == kStartOfScan) return 1;
    const std::size_t size = static_cast<std::size_t>(bytes[at + 2]) << 8 | bytes[at + 3];  // counts itself
    if (size < 2 || size > bytes.size() - at - 2) return 1;
    const std::span<const std::uint8_t> data = bytes.subspan(at + 4, size - 2);
    if (marker == JPEG_APP0 + 1 && data.size() > sizeof(kSignature) &&
        std::equal(std::begin(kSignature), std::end(kSignature), data.begin()))
      return exif_orientation(data.subspan(sizeof(kSignature)));
    at += 2 + size;
  }
  return 1;
}

class JpegDecoder {
 public:
  JpegDecoder(std::span<const std::uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {
    init(errors_);
    info_.err = &errors_.manager;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  StoredImage decode(std::uint64_t max_pixels) {
    guarded([&] {
      jpeg_create_decompress(&info_);
      progress_.progress_monitor = on_progress;
      info_.progress = &progress_;
      jpeg_mem_src(&info_, bytes_.data(), static_cast<unsigned long>(bytes_.size()));
      jpeg_read_header(&info_, TRUE);
    });
    const int components = info_.num_components;
    if (components != 1 && components != 3 && components != 4)
      throw Error(
          ErrorCode::Unsupported,
          name_ + ": expected a JPEG with 1, 3 or 4 colour components, got " + std::to_string(components));
    check_pixels(name_, info_.image_width, info_.image_height, max_pixels);
    StoredImage out{make_image(static_cast<int>(info_.image_width), static_cast<int>(info_.image_height)),
                    orientation_of_jpeg(bytes_)};
    if (components == 4)
      read_cmyk(out.image);
    else
      read_rgb(out.image);
    return out;
  }

 private:
  template <typename Calls>
  void guarded(const Calls& calls) {
    if (setjmp(errors_.jump) == 0)
      calls();
    else
      throw Error(code_of(errors_.manager.msg_code), name_ + ": JPEG: " + errors_.message);
  }

  void read_rgb(Image& image) {
    guarded([&] {
      info_.out_color_space = JCS_RGB;
      info_.do_block_smoothing = FALSE;
      jpeg_start_decompress(&info_);
      while (info_.output_scanline < info_.output_height) {
        JSAMPROW row = image.row(static_cast<int>(info_.output_scanline));
        jpeg_read_scanlines(&info_, &row, 1);
      }
      jpeg_finish_decompress(&info_);
    });
  }

  // Adobe's programs store ink inverted (255 = none); others as the standard says.
  void read_cmyk(Image& image) {
    std::vector<std::uint8_t> inks(static_cast<std::size_t>(image.width) * 4);
    guarded([&] {
      info_.out_color_space = JCS_CMYK;
      info_.do_block_smoothing = FALSE;
      jpeg_start_decompress(&info_);
      const int flip = info_.saw_Adobe_marker ? 0 : 255;
      while (info_.output_scanline < info_.output_height) {
        std::uint8_t* target = image.row(static_cast<int>(info_.output_scanline));
        JSAMPROW row = inks.data();
        jpeg_read_scanlines(&info_, &row, 1);
        for (const std::uint8_t* ink = row; ink != row + inks.size(); ink += 4) {
          const int light = ink[3] ^ flip;
          for (int c = 0; c < 3; ++c)
            *target++ = static_cast<std::uint8_t>(((ink[c] ^ flip) * light + 127) / 255);
        }
      }
      jpeg_finish_decompress(&info_);
    });
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
  JpegErrorState errors_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
};

class JpegEncoder {
 public:
  JpegEncoder() {
    init(errors_);
    info_.err = &errors_.manager;
  }
  ~JpegEncoder() {
    jpeg_destroy_compress(&info_);
    std::free(data_);
  }
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  std::vector<std::uint8_t> encode(const Image& image, int quality, JpegColours colours) {
    if (setjmp(errors_.jump) == 0)
      compress(image, quality, colours);
    else
      throw Error(errors_.manager.msg_code == JERR_OUT_OF_MEMORY ? ErrorCode::Unavailable
                                                                 : ErrorCode::InvalidArgument,
                  std::string("encode_jpeg: ") + errors_.message);
    return {data_, data_ + size_};
  }

 private:
  void compress(const Image& image, int quality, JpegColours colours) {
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &data_, &size_);
    info_.image_width = static_cast<JDIMENSION>(image.width);
    info_.image_height = static_cast<JDIMENSION>(image.height);
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    const int halved = colours == JpegColours::Halved ? 2 : 1;
    info_.comp_info[0].h_samp_factor = halved;
    info_.comp_info[0].v_samp_factor = halved;
    jpeg_start_compress(&info_, TRUE);
    while (info_.next_scanline < info_.image_height) {
      JSAMPROW row = const_cast<std::uint8_t*>(image.row(static_cast<int>(info_.next_scanline)));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
  }

  JpegErrorState errors_;
  jpeg_compress_struct info_{};
  unsigned char* data_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

StoredImage decode_jpeg(std::span<const std::uint8_t> bytes,
                        const std::string& name,
                        std::uint64_t max_pixels) {
  return JpegDecoder(bytes, name).decode(max_pixels);
}

std::vector<std::uint8_t> encode_jpeg(const Image& image, int quality, JpegColours colours) {
  if (quality < 1 || quality > 100)
    throw Error(ErrorCode::InvalidArgument,
                "encode_jpeg: expected a quality of 1..100, got " + std::to_string(quality));
  return JpegEncoder().encode(image, quality, colours);
}

}  // namespace kyc
