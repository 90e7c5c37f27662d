#include "kyc/image/transform.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Weights and rounding as OpenCV's INTER_LINEAR for 8 bit, to get its results.
constexpr int kWeightBits = 11;
constexpr float kWeightOne = 1 << kWeightBits;
constexpr int kRowShift = 4;  // makes a weighted sum of two pixels fit 16 bits
constexpr int kPixelShift = 2 * kWeightBits - kRowShift;

// Where one output pixel of an axis takes its value from: a source pixel and the next one.
struct Tap {
  int first;
  int weight_first;  // both in units of 1 / kWeightOne
  int weight_next;
};

void check_size(const char* what, const Image& image, int width, int height) {
  assert(image.width > 0 && image.height > 0);
  if (width <= 0 || height <= 0)
    throw Error(ErrorCode::InvalidArgument,
                std::string(what) + ": expected an output size of at least 1 x 1, got " +
                    std::to_string(width) + " x " + std::to_string(height));
}

// start, length  the part of the axis that is scaled to `count` output pixels
// limit          pixels of the axis: where `first` is below -1 or not below `limit`, both pixels are outside
// Samples stay half a pixel inside the part, as if it had been cut out first.
std::vector<Tap> linear_taps(double start, double length, int count, int limit) {
  const double scale = length / count;
  const double last = std::max(length - 1, 0.0);
  std::vector<Tap> taps;
  taps.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const auto center = static_cast<float>((i + 0.5) * scale - 0.5);
    const double local = length < 1 ? length / 2 - 0.5 : std::clamp<double>(center, 0, last);
    const double position = std::clamp(start + local, -2.0, static_cast<double>(limit));
    const double whole = std::floor(position);
    const auto part = static_cast<float>(position - whole);
    taps.push_back({static_cast<int>(whole),
                    static_cast<int>(std::lrintf((1 - part) * kWeightOne)),
                    static_cast<int>(std::lrintf(part * kWeightOne))});
  }
  return taps;
}

// The two pixels at p, weighted, in units of 16 / kWeightOne. Reads 8 bytes and writes 4 values: the last is
// of no use.
#if defined(__SSE2__)
inline void weigh_pair(const std::uint8_t* p, int weight_first, int weight_next, std::int16_t* out) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  const __m128i words = _mm_unpacklo_epi8(bytes, _mm_setzero_si128());        // R G B r g b
  const __m128i pairs = _mm_unpacklo_epi16(words, _mm_srli_si128(words, 6));  // R r G g B b
  const __m128i weights = _mm_set1_epi32(weight_next << 16 | weight_first);
  const __m128i sums = _mm_srai_epi32(_mm_madd_epi16(pairs, weights), kRowShift);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packs_epi32(sums, sums));
}

// Two such results, weighted and rounded to a pixel.
inline void blend_pairs(const std::int16_t* upper,
                        const std::int16_t* lower,
                        int weight_upper,
                        int weight_lower,
                        std::uint8_t* out) {
  const __m128i pairs = _mm_unpacklo_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(upper)),
                                           _mm_loadl_epi64(reinterpret_cast<const __m128i*>(lower)));
  const __m128i weights = _mm_set1_epi32(weight_lower << 16 | weight_upper);
  const __m128i sums = _mm_add_epi32(_mm_madd_epi16(pairs, weights), _mm_set1_epi32(1 << (kPixelShift - 1)));
  const __m128i words = _mm_packs_epi32(_mm_srai_epi32(sums, kPixelShift), _mm_setzero_si128());
  const int rgb = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
  std::memcpy(out, &rgb, 3);
}
#else
inline void weigh_pair(const std::uint8_t* p, int weight_first, int weight_next, std::int16_t* out) {
  for (int c = 0; c < 3; ++c)
    out[c] = static_cast<std::int16_t>((p[c] * weight_first + p[c + 3] * weight_next) >> kRowShift);
}

inline void blend_pairs(const std::int16_t* upper,
                        const std::int16_t* lower,
                        int weight_upper,
                        int weight_lower,
                        std::uint8_t* out) {
  for (int c = 0; c < 3; ++c)
    out[c] = static_cast<std::uint8_t>(
        (upper[c] * weight_upper + lower[c] * weight_lower + (1 << (kPixelShift - 1))) >> kPixelShift);
}
#endif

// As weigh_pair for the pixels x and x + 1 of a row, either of which may be outside and is black then.
void weigh_edge_pair(const std::uint8_t* row, int limit, const Tap& tap, std::int16_t* out) {
  std::uint8_t pair[8] = {};
  if (tap.first >= 0 && tap.first < limit)
    std::copy_n(row + static_cast<std::ptrdiff_t>(tap.first) * 3, 3, pair);
  if (tap.first >= -1 && tap.first + 1 < limit)
    std::copy_n(row + (tap.first + 1) * std::ptrdiff_t{3}, 3, pair + 3);
  weigh_pair(pair, tap.weight_first, tap.weight_next, out);
}

// Weights a row by the taps. out has room for one value more than 3 for every tap.
void scale_row(const std::uint8_t* row, int limit, const std::vector<Tap>& taps, std::int16_t* out) {
  for (const Tap& tap : taps) {
    if (tap.first >= 0 && tap.first + 2 < limit)
      weigh_pair(row + static_cast<std::ptrdiff_t>(tap.first) * 3, tap.weight_first, tap.weight_next, out);
    else
      weigh_edge_pair(row, limit, tap, out);
    out += 3;
  }
}

// The two weighted source rows an output row lies between; rows used by the next output row again are kept.
class RowCache {
 public:
  RowCache(const Image& image, const std::vector<Tap>& taps) : image_(image), taps_(taps) {
    for (auto& row : rows_) row.resize(taps.size() * 3 + 1);
  }

  const std::int16_t* get(int y) {
    const std::size_t slot = static_cast<std::size_t>(y & 1);
    if (held_[slot] != y) {
      if (y < 0 || y >= image_.height)
        std::fill(rows_[slot].begin(), rows_[slot].end(), std::int16_t{0});
      else
        scale_row(image_.row(y), image_.width, taps_, rows_[slot].data());
      held_[slot] = y;
    }
    return rows_[slot].data();
  }

 private:
  static constexpr int kNone = -1000;
  const Image& image_;
  const std::vector<Tap>& taps_;
  std::vector<std::int16_t> rows_[2];
  int held_[2] = {kNone, kNone};
};

void blend_rows(
    const std::int16_t* upper, const std::int16_t* lower, const Tap& tap, int count, std::uint8_t* out) {
  const auto weight_upper = static_cast<std::int16_t>(tap.weight_first);
  const auto weight_lower = static_cast<std::int16_t>(tap.weight_next);
  for (int i = 0; i < count; ++i) {
    const auto a = static_cast<std::int16_t>((upper[i] * weight_upper) >> 16);
    const auto b = static_cast<std::int16_t>((lower[i] * weight_lower) >> 16);
    out[i] = static_cast<std::uint8_t>(static_cast<std::int16_t>(a + b + 2) >> 2);
  }
}

Image scale_linear(const Image& image, const Box& box, int width, int height) {
  const std::vector<Tap> columns = linear_taps(box.x, box.width, width, image.width);
  const std::vector<Tap> rows = linear_taps(box.y, box.height, height, image.height);
  RowCache cache(image, columns);
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    const Tap& tap = rows[static_cast<std::size_t>(y)];
    const std::int16_t* upper = cache.get(tap.first);
    const std::int16_t* lower = cache.get(tap.first + 1);
    blend_rows(upper, lower, tap, width * 3, out.row(y));
  }
  return out;
}

// How much of every source pixel of an axis falls into one output pixel; the shares add up to 1.
struct Cover {
  int first = 0;
  std::vector<float> shares;
};

std::vector<Cover> area_cover(int length, int count) {
  const double scale = static_cast<double>(length) / count;
  std::vector<Cover> covers(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double begin = i * scale;
    const double end = std::min((i + 1) * scale, static_cast<double>(length));
    Cover& cover = covers[static_cast<std::size_t>(i)];
    cover.first = static_cast<int>(begin);
    for (int p = cover.first; p < end; ++p)
      cover.shares.push_back(
          static_cast<float>((std::min(end, p + 1.0) - std::max<double>(begin, p)) / (end - begin)));
  }
  return covers;
}

Image scale_area(const Image& image, int width, int height) {
  const std::vector<Cover> columns = area_cover(image.width, width);
  const std::vector<Cover> rows = area_cover(image.height, height);
  const std::size_t row_values = static_cast<std::size_t>(image.width) * 3;
  std::vector<float> sums(row_values);
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    const Cover& cover = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t k = 0; k < cover.shares.size(); ++k) {
      const std::uint8_t* row = image.row(cover.first + static_cast<int>(k));
      const float share = cover.shares[k];
      for (std::size_t i = 0; i < row_values; ++i) sums[i] += share * row[i];
    }
    std::uint8_t* target = out.row(y);
    for (const Cover& column : columns) {
      const float* p = sums.data() + static_cast<std::ptrdiff_t>(column.first) * 3;
      float rgb[3] = {};
      for (const float share : column.shares)
        for (float& value : rgb) value += share * *p++;
      for (const float value : rgb) *target++ = static_cast<std::uint8_t>(std::min(value + 0.5F, 255.0F));
    }
  }
  return out;
}

// The image at (x, y), where (0, 0) is the centre of the upper left pixel; both at least -2.
void sample(const Image& image, double x, double y, std::uint8_t* out) {
  const int ix = static_cast<int>(x + 2) - 2;  // rounds down
  const int iy = static_cast<int>(y + 2) - 2;
  const int weight_next = static_cast<int>((x - ix) * kWeightOne + 0.5);
  const int weight_lower = static_cast<int>((y - iy) * kWeightOne + 0.5);
  const Tap tap{ix, static_cast<int>(kWeightOne) - weight_next, weight_next};
  std::int16_t rows[2][4] = {};
  if (ix >= 0 && iy >= 0 && ix + 2 < image.width && iy + 1 < image.height) {
    const std::uint8_t* p = image.row(iy) + static_cast<std::ptrdiff_t>(ix) * 3;
    weigh_pair(p, tap.weight_first, tap.weight_next, rows[0]);
    weigh_pair(p + static_cast<std::ptrdiff_t>(image.width) * 3, tap.weight_first, tap.weight_next, rows[1]);
  } else {
    if (iy >= 0 && iy < image.height) weigh_edge_pair(image.row(iy), image.width, tap, rows[0]);
    if (iy >= -1 && iy + 1 < image.height) weigh_edge_pair(image.row(iy + 1), image.width, tap, rows[1]);
  }
  blend_pairs(rows[0], rows[1], static_cast<int>(kWeightOne) - weight_lower, weight_lower, out);
}

}  // namespace

Image resize(const Image& image, int width, int height, Interpolation interpolation) {
  check_size("resize", image, width, height);
  if (width == image.width && height == image.height) return image;
  if (interpolation == Interpolation::Area && width <= image.width && height <= image.height)
    return scale_area(image, width, height);
  return scale_linear(
      image, {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)}, width, height);
}

Image crop(const Image& image, const Box& box, int width, int height) {
  check_size("crop", image, width, height);
  if (!(box.width > 0) || !(box.height > 0) || !std::isfinite(box.right()) || !std::isfinite(box.bottom()))
    throw Error(ErrorCode::InvalidArgument,
                "crop: expected a finite box with an area, got " + std::to_string(box.width) + " x " +
                    std::to_string(box.height) + " at (" + std::to_string(box.x) + ", " +
                    std::to_string(box.y) + ")");
  return scale_linear(image, box, width, height);
}

Image warp(const Image& image, const Similarity& to_output, int width, int height) {
  check_size("warp", image, width, height);
  const Similarity to_image = inverse(to_output);
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* target = out.row(y);
    const double x0 = -to_image.b * (y + 0.5) + to_image.tx - 0.5;
    const double y0 = to_image.a * (y + 0.5) + to_image.ty - 0.5;
    for (int x = 0; x < width; ++x, target += 3) {
      const double px = std::clamp<double>(to_image.a * (x + 0.5) + x0, -2, image.width);
      const double py = std::clamp<double>(to_image.b * (x + 0.5) + y0, -2, image.height);
      sample(image, px, py, target);
    }
  }
  return out;
}

Image turn(const Image& image, Turn turn) {
  if (turn == Turn::None) return image;
  const bool upright = turn == Turn::Half;
  Image out = make_image(upright ? image.width : image.height, upright ? image.height : image.width);
  // In output order, the source walks with these steps from its first pixel.
  const std::ptrdiff_t pixel = 3;
  const std::ptrdiff_t line = static_cast<std::ptrdiff_t>(image.width) * 3;
  const std::uint8_t* const last_row = image.row(image.height - 1);
  const std::uint8_t* source = nullptr;
  std::ptrdiff_t step_x = 0;
  std::ptrdiff_t step_y = 0;
  switch (turn) {
    case Turn::None:
      break;
    case Turn::Clockwise90:
      source = last_row, step_x = -line, step_y = pixel;
      break;
    case Turn::Half:
      source = last_row + line - pixel, step_x = -pixel, step_y = -line;
      break;
    case Turn::Counterclockwise90:
      source = image.row(0) + line - pixel, step_x = line, step_y = -pixel;
      break;
  }
  constexpr int kTile = 32;  // one side reads columns: a tile stays in the cache
  for (int tile_y = 0; tile_y < out.height; tile_y += kTile) {
    for (int tile_x = 0; tile_x < out.width; tile_x += kTile) {
      for (int y = tile_y; y < std::min(tile_y + kTile, out.height); ++y) {
        std::uint8_t* target = out.row(y) + tile_x * pixel;
        const std::uint8_t* p = source + step_y * y + step_x * tile_x;
        for (int x = tile_x; x < std::min(tile_x + kTile, out.width); ++x, target += 3) {
          for (int c = 0; c < 3; ++c) target[c] = p[c];
          if (x + 1 < out.width) p += step_x;
        }
      }
    }
  }
  return out;
}

Image mirror(const Image& image) {
  Image out = make_image(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(image.width) * 3;
    std::uint8_t* target = out.row(y);
    for (int x = 0; x < image.width; ++x, target += 3) {
      p -= 3;
      std::copy(p, p + 3, target);
    }
  }
  return out;
}

}  // namespace kyc
