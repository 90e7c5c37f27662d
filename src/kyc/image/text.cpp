// Text with stb_truetype. The font is part of the program: pictures look the same on every machine.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>

#include "kyc/core/error.h"
#include "kyc/image/draw.h"

// KYC_FONT_FILE is set by CMake: DejaVuSans.ttf of Debian's fonts-dejavu-core.
__asm__(
    ".pushsection .rodata\n"
    ".global kKycFontData\n"
    ".hidden kKycFontData\n"
    "kKycFontData: .incbin \"" KYC_FONT_FILE
    "\"\n"
    ".byte 0\n"
    ".popsection\n");
extern "C" const unsigned char kKycFontData[];

namespace kyc {
namespace {

constexpr float kMinSize = 4;
constexpr float kMaxSize = 1000;
constexpr float kHaloStrength = 0.75F;

struct Font {
  stbtt_fontinfo info{};
  float ascent = 0;  // all three in font units
  float line = 0;    // ascent - descent + gap

  Font() {
    if (stbtt_InitFont(&info, kKycFontData, 0) == 0)
      throw Error(ErrorCode::Internal, "the built-in font can not be read");
    int up = 0;
    int down = 0;
    int gap = 0;
    stbtt_GetFontVMetrics(&info, &up, &down, &gap);
    ascent = static_cast<float>(up);
    line = static_cast<float>(up - down + gap);
  }
};

const Font& font() {
  static const Font kFont;
  return kFont;
}

// The next code point of UTF-8; a byte that starts none stands for U+FFFD.
int next_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80       ? 1
                             : first >> 5 == 6  ? 2
                             : first >> 4 == 14 ? 3
                             : first >> 3 == 30 ? 4
                                                : 0;
  int code = length == 1 ? first : first & ((0x80 >> length) - 1);
  bool sound = length > 0 && length <= text.size();
  for (std::size_t i = 1; sound && i < length; ++i) {
    sound = byte(i) >> 6 == 2;
    code = code << 6 | (byte(i) & 0x3F);
  }
  text.remove_prefix(sound ? length : 1);
  return sound ? code : 0xFFFD;
}

struct PlacedGlyph {
  int index;
  float x;  // of its origin, pixels from the line's start
};

struct Line {
  std::vector<PlacedGlyph> glyphs;
  float width = 0;
};

Line set_line(std::string_view text, float scale) {
  const stbtt_fontinfo& info = font().info;
  Line line;
  while (!text.empty()) {
    const int glyph = stbtt_FindGlyphIndex(&info, next_code_point(text));
    if (!line.glyphs.empty())
      line.width +=
          scale * static_cast<float>(stbtt_GetGlyphKernAdvance(&info, line.glyphs.back().index, glyph));
    line.glyphs.push_back({glyph, line.width});
    int advance = 0;
    int bearing = 0;
    stbtt_GetGlyphHMetrics(&info, glyph, &advance, &bearing);
    line.width += scale * static_cast<float>(advance);
  }
  return line;
}

std::vector<Line> set_lines(std::string_view text, float scale) {
  std::vector<Line> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(set_line(text.substr(0, end), scale));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

float scale_for(float size) {
  if (!(size >= kMinSize) || size > kMaxSize)
    throw Error(ErrorCode::InvalidArgument,
                "text: expected a size of 4..1000 pixels, got " + std::to_string(size));
  return size / font().line;
}

// How much of every pixel of a part of the picture is covered, 0..255.
struct Mask {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> cover;

  Mask(int x, int y, int w, int h)
      : left(x),
        top(y),
        width(w),
        height(h),
        cover(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  std::uint8_t& at(int x, int y) {
    return cover[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
  std::uint8_t at(int x, int y) const { return const_cast<Mask&>(*this).at(x, y); }
};

void add_glyph(Mask& mask, int glyph, float scale, float x, float y) {
  const float whole_x = std::floor(x);
  const float whole_y = std::floor(y);
  int width = 0;
  int height = 0;
  int left = 0;
  int top = 0;
  std::uint8_t* bitmap = stbtt_GetGlyphBitmapSubpixel(
      &font().info, scale, scale, x - whole_x, y - whole_y, glyph, &width, &height, &left, &top);
  if (bitmap == nullptr) return;  // a space
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const int px = static_cast<int>(whole_x) + left + column - mask.left;
      const int py = static_cast<int>(whole_y) + top + row - mask.top;
      if (px < 0 || py < 0 || px >= mask.width || py >= mask.height) continue;
      std::uint8_t& cover = mask.at(px, py);
      cover = std::max(cover, bitmap[row * width + column]);
    }
  }
  stbtt_FreeBitmap(bitmap, nullptr);
}

// Every pixel takes the strongest cover within the radius, weaker towards its edge.
Mask halo_of(const Mask& text, float radius) {
  const int reach = static_cast<int>(std::ceil(radius));
  Mask halo(text.left, text.top, text.width, text.height);
  for (int dy = -reach; dy <= reach; ++dy) {
    for (int dx = -reach; dx <= reach; ++dx) {
      const float weight =
          std::clamp(radius + 0.5F - std::hypot(static_cast<float>(dx), static_cast<float>(dy)), 0.0F, 1.0F);
      if (weight == 0) continue;
      for (int y = std::max(0, -dy); y < text.height - std::max(0, dy); ++y)
        for (int x = std::max(0, -dx); x < text.width - std::max(0, dx); ++x) {
          std::uint8_t& value = halo.at(x, y);
          value = std::max(value, static_cast<std::uint8_t>(weight * text.at(x + dx, y + dy)));
        }
    }
  }
  return halo;
}

void blend(Image& image, const Mask& mask, Color color, float strength) {
  const int rgb[3] = {color.red, color.green, color.blue};
  for (int y = 0; y < mask.height; ++y) {
    std::uint8_t* row = image.row(mask.top + y) + static_cast<std::ptrdiff_t>(mask.left) * 3;
    for (int x = 0; x < mask.width; ++x, row += 3) {
      const int share = static_cast<int>(strength * mask.at(x, y) + 0.5F);
      for (int c = 0; c < 3; ++c)
        row[c] = static_cast<std::uint8_t>((row[c] * (255 - share) + rgb[c] * share + 127) / 255);
    }
  }
}

}  // namespace

TextSize text_size(const std::string& text, float size) {
  const std::vector<Line> lines = set_lines(text, scale_for(size));
  TextSize out{0, size * static_cast<float>(lines.size())};
  for (const Line& line : lines) out.width = std::max(out.width, line.width);
  return out;
}

Image draw_text(Image image, Point upper_left, const std::string& text, Color color, float size) {
  const float scale = scale_for(size);
  const std::vector<Line> lines = set_lines(text, scale);
  const float radius = std::max(1.0F, size / 14);
  const float margin = radius + 2;
  float width = 0;
  for (const Line& line : lines) width = std::max(width, line.width);
  const auto edge = [](float value, int most) {
    return static_cast<int>(std::clamp(std::floor(value), 0.0F, static_cast<float>(most)));
  };
  if (!std::isfinite(upper_left.x) || !std::isfinite(upper_left.y))
    throw Error(ErrorCode::InvalidArgument, "text: expected finite coordinates");
  const int left = edge(upper_left.x - margin, image.width);
  const int top = edge(upper_left.y - margin, image.height);
  const int right = edge(upper_left.x + width + margin + 1, image.width);
  const int bottom = edge(upper_left.y + size * static_cast<float>(lines.size()) + margin + 1, image.height);
  if (left >= right || top >= bottom) return image;

  Mask mask(left, top, right - left, bottom - top);
  float baseline = upper_left.y + scale * font().ascent;
  for (const Line& line : lines) {
    for (const PlacedGlyph& glyph : line.glyphs)
      add_glyph(mask, glyph.index, scale, upper_left.x + glyph.x, baseline);
    baseline += size;
  }
  blend(image, halo_of(mask, radius), {}, kHaloStrength);
  blend(image, mask, color, 1);
  return image;
}

}  // namespace kyc
