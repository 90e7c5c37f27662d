// Windows and OS/2 bitmaps: 1, 4, 8 bits with a palette, 16, 24, 32 bits, with masks; not run-length coded
// ones.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/image/codecs.h"

namespace kyc {
namespace {

constexpr std::uint32_t kFileHeader = 14;
constexpr std::uint32_t kCoreHeader = 12;  // OS/2 1.x: 16-bit sizes, palette entries of 3 bytes
constexpr std::uint32_t kInfoHeader = 40;
// Values of the field "compression".
constexpr std::uint32_t kRgb = 0;
constexpr std::uint32_t kRle8 = 1;
constexpr std::uint32_t kRle4 = 2;
constexpr std::uint32_t kBitFields = 3;
constexpr std::uint32_t kAlphaBitFields = 6;

// One colour of a pixel with masks: `bits` bits from bit `shift` on.
struct Channel {
  int shift = 0;
  int bits = 0;

  int of(std::uint32_t pixel) const {
    if (bits == 0) return 0;
    const std::uint32_t most = (1U << bits) - 1;
    return static_cast<int>(((pixel >> shift & most) * 255 + most / 2) / most);
  }
};

struct Layout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;                            // per pixel
  std::size_t pixels = 0;                            // offset in the file
  std::array<Channel, 4> channels;                   // R, G, B, A of 16 and 32 bits
  std::vector<std::array<std::uint8_t, 3>> palette;  // R, G, B of 1, 4 and 8 bits
};

class Parser {
 public:
  Parser(std::span<const std::uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Layout layout() const {
    Layout out;
    const std::uint32_t header = u32(kFileHeader);
    out.pixels = u32(10);
    std::uint32_t compression = kRgb;
    if (header == kCoreHeader) {
      out.width = u16(18);
      out.height = u16(20);
      out.bits = u16(24);
    } else if (header >= kInfoHeader && header <= 1024) {
      read_info_header(out);
      compression = u32(30);
    } else {
      corrupt("has a header of " + std::to_string(header) + " bytes");
    }
    if (compression == kRle8 || compression == kRle4)
      throw Error(ErrorCode::Unsupported, name_ + ": BMP: is run-length coded, which is not supported");
    if (compression != kRgb && compression != kBitFields && compression != kAlphaBitFields)
      throw Error(ErrorCode::Unsupported, name_ + ": BMP: uses compression " + std::to_string(compression));
    switch (out.bits) {
      case 1:
      case 4:
      case 8:
        read_palette(out, header);
        break;
      case 16:
      case 32:
        read_masks(out, header, compression);
        break;
      case 24:
        break;
      default:
        corrupt("has " + std::to_string(out.bits) + " bits a pixel");
    }
    if (out.width == 0 || out.height == 0) corrupt("has no pixels");
    return out;
  }

  std::uint32_t u16(std::size_t at) const {
    need(at, 2);
    return static_cast<std::uint32_t>(bytes_[at] | bytes_[at + 1] << 8);
  }
  std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16; }

  void need(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) corrupt("the file ends too early");
  }

 private:
  [[noreturn]] void corrupt(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, name_ + ": BMP: " + what);
  }

  // A negative height means that rows run from top to bottom.
  void read_info_header(Layout& out) const {
    const auto width = static_cast<std::int32_t>(u32(18));
    const auto height = static_cast<std::int32_t>(u32(22));
    if (width <= 0 || height == INT32_MIN) corrupt("has a size that makes no sense");
    out.width = static_cast<std::uint32_t>(width);
    out.height = static_cast<std::uint32_t>(std::abs(height));
    out.top_down = height < 0;
    out.bits = u16(28);
  }

  void read_palette(Layout& out, std::uint32_t header) const {
    const std::size_t entry = header == kCoreHeader ? 3 : 4;
    const std::uint32_t most = 1U << out.bits;
    std::uint32_t used = header == kCoreHeader ? 0 : u32(46);
    if (used == 0 || used > most) used = most;
    const std::size_t start = kFileHeader + header;
    // Old writers count a full palette and store a short one: the pixels begin where they say.
    if (out.pixels > start)
      used = std::min<std::uint32_t>(used, static_cast<std::uint32_t>((out.pixels - start) / entry));
    need(start, used * entry);
    out.palette.resize(most);  // an index beyond the entries is black
    for (std::uint32_t i = 0; i < used; ++i) {
      const std::size_t at = start + i * entry;
      out.palette[i] = {bytes_[at + 2], bytes_[at + 1], bytes_[at]};
    }
  }

  void read_masks(Layout& out, std::uint32_t header, std::uint32_t compression) const {
    std::array<std::uint32_t, 4> masks{};
    if (compression == kRgb) {
      masks = out.bits == 16 ? std::array<std::uint32_t, 4>{0x7C00, 0x3E0, 0x1F, 0}
                             : std::array<std::uint32_t, 4>{0xFF0000, 0xFF00, 0xFF, 0};
    } else {
      // They follow the 40 bytes in every version of the header; alpha has one from version 3 on.
      for (std::size_t i = 0; i < 3; ++i) masks[i] = u32(kFileHeader + kInfoHeader + i * 4);
      if (header >= 56 || compression == kAlphaBitFields) masks[3] = u32(kFileHeader + kInfoHeader + 12);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const int shift = masks[i] == 0 ? 0 : std::countr_zero(masks[i]);
      const int bits = std::countr_one(masks[i] >> shift);
      if (bits > 16 || (bits < 32 && masks[i] >> shift >> bits != 0))
        corrupt("has colour masks that make no sense");
      out.channels[i] = {shift, bits};
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
};

void convert_row(const Layout& layout, const std::uint8_t* row, std::uint8_t* out) {
  for (std::uint32_t x = 0; x < layout.width; ++x, out += 3) {
    if (layout.bits <= 8) {
      const std::uint32_t bit = x * layout.bits;
      const std::uint32_t index = row[bit / 8] >> (8 - layout.bits - bit % 8) & ((1U << layout.bits) - 1);
      std::copy_n(layout.palette[index].begin(), 3, out);
    } else if (layout.bits == 24) {
      std::reverse_copy(row + x * 3, row + x * 3 + 3, out);
    } else {
      const std::uint8_t* p = row + x * (layout.bits / 8);
      std::uint32_t pixel = p[0] | static_cast<std::uint32_t>(p[1]) << 8;
      if (layout.bits == 32)
        pixel |= static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
      const auto& [red, green, blue, alpha] = layout.channels;
      const int opacity = alpha.bits == 0 ? 255 : alpha.of(pixel);
      out[0] = over_white(red.of(pixel), opacity);
      out[1] = over_white(green.of(pixel), opacity);
      out[2] = over_white(blue.of(pixel), opacity);
    }
  }
}

}  // namespace

StoredImage decode_bmp(std::span<const std::uint8_t> bytes,
                       const std::string& name,
                       std::uint64_t max_pixels) {
  const Parser parser(bytes, name);
  const Layout layout = parser.layout();
  check_pixels(name, layout.width, layout.height, max_pixels);
  const std::size_t stride = (static_cast<std::size_t>(layout.width) * layout.bits + 31) / 32 * 4;
  parser.need(layout.pixels, stride * layout.height);
  StoredImage out{make_image(static_cast<int>(layout.width), static_cast<int>(layout.height)), 1};
  for (int y = 0; y < out.image.height; ++y) {
    const auto stored = static_cast<std::size_t>(layout.top_down ? y : out.image.height - 1 - y);
    convert_row(layout, bytes.data() + layout.pixels + stored * stride, out.image.row(y));
  }
  return out;
}

}  // namespace kyc
