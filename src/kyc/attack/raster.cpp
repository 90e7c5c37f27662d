#include "kyc/attack/raster.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kyc/attack/pixel_values.h"

namespace kyc {
namespace {

// Bilinear, the nearest pixel outside of the texture.
struct Sampler {
  const Image& image;

  void operator()(float x, float y, std::uint8_t* out) const {
    x = std::clamp(x - 0.5F, 0.0F, static_cast<float>(image.width - 1));
    y = std::clamp(y - 0.5F, 0.0F, static_cast<float>(image.height - 1));
    const int x0 = static_cast<int>(x);
    const int y0 = static_cast<int>(y);
    const int wx = static_cast<int>((x - static_cast<float>(x0)) * 256.0F);
    const int wy = static_cast<int>((y - static_cast<float>(y0)) * 256.0F);
    const int right = x0 + 1 < image.width ? 3 : 0;
    const std::uint8_t* upper = image.row(y0) + 3 * x0;
    const std::uint8_t* lower = y0 + 1 < image.height ? upper + 3 * image.width : upper;
    for (int c = 0; c < 3; ++c) {
      const int above = upper[c] * (256 - wx) + upper[right + c] * wx;
      const int below = lower[c] * (256 - wx) + lower[right + c] * wx;
      out[c] = static_cast<std::uint8_t>((above * (256 - wy) + below * wy + (1 << 15)) >> 16);
    }
  }
};

// A point's weights for the three corners are linear in x and y.
struct Edge {
  double at_origin = 0;
  double per_x = 0;
  double per_y = 0;
  double operator()(double x, double y) const { return at_origin + per_x * x + per_y * y; }
};

void box_pass(std::vector<float>& line, std::vector<float>& out, int radius) {
  const int count = static_cast<int>(line.size());
  double sum = 0;
  const auto value = [&](int i) { return i < 0 || i >= count ? 0.0F : line[static_cast<std::size_t>(i)]; };
  for (int i = -radius; i < radius; ++i) sum += value(i);
  for (int i = 0; i < count; ++i) {
    sum += value(i + radius);
    out[static_cast<std::size_t>(i)] = static_cast<float>(sum / (2 * radius + 1));
    sum -= value(i - radius);
  }
  line.swap(out);
}

// Rows of sums: every column at once, so that the compiler vectorises.
void box_columns(std::vector<float>& plane, std::vector<float>& out, int width, int height, int radius) {
  std::vector<float> sum(static_cast<std::size_t>(width), 0.0F);
  const auto row = [&](std::vector<float>& p, int y) {
    return p.data() + static_cast<std::size_t>(y) * width;
  };
  const auto add = [&](int y, float sign) {
    if (y < 0 || y >= height) return;
    const float* in = row(plane, y);
    for (int x = 0; x < width; ++x) sum[static_cast<std::size_t>(x)] += sign * in[x];
  };
  for (int y = -radius; y < radius; ++y) add(y, 1);
  const float scale = 1.0F / static_cast<float>(2 * radius + 1);
  for (int y = 0; y < height; ++y) {
    add(y + radius, 1);
    float* to = row(out, y);
    for (int x = 0; x < width; ++x) to[x] = sum[static_cast<std::size_t>(x)] * scale;
    add(y - radius, -1);
  }
  plane.swap(out);
}

}  // namespace

PixelBox pixels_around(std::span<const Point> points, float border, int picture_width, int picture_height) {
  float left = 1e9F;
  float top = 1e9F;
  float right = -1e9F;
  float bottom = -1e9F;
  for (const Point& p : points) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const auto clamped = [](float value, int limit) {
    return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(limit)));
  };
  const int x = clamped(std::floor(left - border), picture_width);
  const int y = clamped(std::floor(top - border), picture_height);
  return {x,
          y,
          std::max(0, clamped(std::ceil(right + border), picture_width) - x),
          std::max(0, clamped(std::ceil(bottom + border), picture_height) - y)};
}

Mask make_mask(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height)};
}

Layer make_layer(const PixelBox& box) {
  return {box.x, box.y, make_image(box.width, box.height), make_mask(box.width, box.height)};
}

void draw_triangles(const Image& texture,
                    std::span<const Point> texture_points,
                    std::span<const Point> points,
                    std::span<const Triangle> triangles,
                    Layer& layer,
                    bool front_only,
                    std::span<const float> shares) {
  const Sampler sample{texture};
  for (const Triangle& triangle : triangles) {
    const auto ia = static_cast<std::size_t>(triangle[0]);
    const auto ib = static_cast<std::size_t>(triangle[1]);
    const auto ic = static_cast<std::size_t>(triangle[2]);
    // In the layer's own coordinates, at pixel centres.
    const auto local = [&](std::size_t i) {
      return Point{points[i].x - static_cast<float>(layer.x) - 0.5F,
                   points[i].y - static_cast<float>(layer.y) - 0.5F};
    };
    const Point a = local(ia);
    const Point b = local(ib);
    const Point c = local(ic);
    const double area = (static_cast<double>(b.x) - a.x) * (static_cast<double>(c.y) - a.y) -
                        (static_cast<double>(b.y) - a.y) * (static_cast<double>(c.x) - a.x);
    if (std::abs(area) < 1e-6 || (front_only && area < 0)) continue;
    const auto weight_of = [&](const Point& p, const Point& q) {  // 1 at the corner beyond edge p q
      return Edge{(static_cast<double>(p.x) * q.y - static_cast<double>(p.y) * q.x) / area,
                  (static_cast<double>(p.y) - q.y) / area,
                  (static_cast<double>(q.x) - p.x) / area};
    };
    const Edge wa = weight_of(b, c);
    const Edge wb = weight_of(c, a);
    const Edge wc = weight_of(a, b);
    const Point ta = texture_points[ia];
    const Point tb = texture_points[ib];
    const Point tc = texture_points[ic];
    const int top = std::max(0, static_cast<int>(std::ceil(std::min({a.y, b.y, c.y}) - 1e-3F)));
    const int bottom =
        std::min(layer.image.height - 1, static_cast<int>(std::floor(std::max({a.y, b.y, c.y}) + 1e-3F)));
    for (int y = top; y <= bottom; ++y) {
      // The span in which all three weights are at least 0 (a hair less, so that shared edges are drawn twice
      // rather than not at all).
      double from = 0;
      double to = layer.image.width - 1;
      for (const Edge* w : {&wa, &wb, &wc}) {
        const double here = (*w)(0, y) + 1e-5;
        if (w->per_x > 0)
          from = std::max(from, -here / w->per_x);
        else if (w->per_x < 0)
          to = std::min(to, -here / w->per_x);
        else if (here < 0)
          to = -1;
      }
      const int first = static_cast<int>(std::ceil(from));
      const int last = static_cast<int>(std::floor(to));
      if (first > last) continue;
      const double a0 = wa(first, y);
      const double b0 = wb(first, y);
      const double c0 = wc(first, y);
      auto u = static_cast<float>(a0 * ta.x + b0 * tb.x + c0 * tc.x);
      auto v = static_cast<float>(a0 * ta.y + b0 * tb.y + c0 * tc.y);
      const auto du = static_cast<float>(wa.per_x * ta.x + wb.per_x * tb.x + wc.per_x * tc.x);
      const auto dv = static_cast<float>(wa.per_x * ta.y + wb.per_x * tb.y + wc.per_x * tc.y);
      std::uint8_t* pixel = layer.image.row(y) + 3 * first;
      std::uint8_t* there = layer.mask.row(y) + first;
      for (int x = first; x <= last; ++x, pixel += 3, u += du, v += dv) sample(u, v, pixel);
      if (shares.empty()) {
        std::fill(there, there + (last - first + 1), std::uint8_t{255});
        continue;
      }
      const float sa = 255 * shares[ia];
      const float sb = 255 * shares[ib];
      const float sc = 255 * shares[ic];
      auto share = static_cast<float>(a0 * sa + b0 * sb + c0 * sc);
      const auto change = static_cast<float>(wa.per_x * sa + wb.per_x * sb + wc.per_x * sc);
      for (int x = first; x <= last; ++x, share += change) *there++ = pixel_value(share);
    }
  }
}

Mask polygon_mask(std::span<const Point> polygon, const PixelBox& box) {
  constexpr int kSubrows = 4;
  Mask out = make_mask(box.width, box.height);
  std::vector<float> crossings;
  std::vector<float> coverage(static_cast<std::size_t>(box.width));
  for (int y = 0; y < box.height; ++y) {
    std::fill(coverage.begin(), coverage.end(), 0.0F);
    bool any = false;
    for (int sub = 0; sub < kSubrows; ++sub) {
      const float line = static_cast<float>(box.y + y) + (static_cast<float>(sub) + 0.5F) / kSubrows;
      crossings.clear();
      for (std::size_t i = 0; i < polygon.size(); ++i) {
        const Point& p = polygon[i];
        const Point& q = polygon[(i + 1) % polygon.size()];
        if ((p.y <= line) == (q.y <= line)) continue;
        crossings.push_back(p.x + (line - p.y) / (q.y - p.y) * (q.x - p.x) - static_cast<float>(box.x));
      }
      std::sort(crossings.begin(), crossings.end());
      for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
        const float from = std::clamp(crossings[i], 0.0F, static_cast<float>(box.width));
        const float to = std::clamp(crossings[i + 1], 0.0F, static_cast<float>(box.width));
        if (!(from < to)) continue;
        any = true;
        const int first = static_cast<int>(from);
        const int last = std::min(static_cast<int>(to), box.width - 1);
        for (int x = first; x <= last; ++x)
          coverage[static_cast<std::size_t>(x)] +=
              std::min(to, static_cast<float>(x + 1)) - std::max(from, static_cast<float>(x));
      }
    }
    if (!any) continue;
    std::uint8_t* row = out.row(y);
    for (int x = 0; x < box.width; ++x)
      row[x] = pixel_value(coverage[static_cast<std::size_t>(x)] * (255.0F / kSubrows));
  }
  return out;
}

Mask blurred(const Mask& mask, float radius) {
  // Three boxes of width w have the variance (w^2 - 1) / 4.
  const int half = static_cast<int>(std::lround((std::sqrt(4.0F * radius * radius + 1.0F) - 1.0F) / 2.0F));
  if (half < 1 || mask.values.empty()) return mask;
  std::vector<float> plane(mask.values.begin(), mask.values.end());
  std::vector<float> other(plane.size());
  for (int pass = 0; pass < 3; ++pass) box_columns(plane, other, mask.width, mask.height, half);
  std::vector<float> line(static_cast<std::size_t>(mask.width));
  std::vector<float> scratch(line.size());
  Mask out = make_mask(mask.width, mask.height);
  for (int y = 0; y < mask.height; ++y) {
    const float* in = plane.data() + static_cast<std::size_t>(y) * mask.width;
    line.assign(in, in + mask.width);
    for (int pass = 0; pass < 3; ++pass) box_pass(line, scratch, half);
    for (int x = 0; x < mask.width; ++x) out.row(y)[x] = pixel_value(line[static_cast<std::size_t>(x)]);
  }
  return out;
}

// A blurred edge runs from 0 to 255 over twice `width`, with 128 on the edge itself.
Mask feathered(const Mask& mask, float width) {
  Mask out = blurred(mask, width / 2);
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const float t = std::clamp((static_cast<float>(out.values[i]) - 128.0F) / 120.0F, 0.0F, 1.0F);
    out.values[i] = std::min(mask.values[i], pixel_value(255.0F * t * t * (3 - 2 * t)));
  }
  return out;
}

void limit(Mask& mask, const Mask& other) {
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    mask.values[i] = std::min(mask.values[i], other.values[i]);
}

void subtract(Mask& mask, const Mask& other, float share) {
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    const float kept = 1 - share * static_cast<float>(other.values[i]) / 255.0F;
    mask.values[i] = pixel_value(static_cast<float>(mask.values[i]) * kept);
  }
}

void merge(Mask& picture_mask, const Mask& mask, const PixelBox& box) {
  for (int y = 0; y < box.height; ++y) {
    std::uint8_t* to = picture_mask.row(box.y + y) + box.x;
    const std::uint8_t* from = mask.row(y);
    for (int x = 0; x < box.width; ++x) to[x] = std::max(to[x], from[x]);
  }
}

std::vector<Point> convex_hull(std::span<const Point> points) {
  std::vector<Point> sorted(points.begin(), points.end());
  std::sort(sorted.begin(), sorted.end(), [](const Point& a, const Point& b) {
    return a.x < b.x || (a.x == b.x && a.y < b.y);
  });
  const auto turn = [](const Point& a, const Point& b, const Point& c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  };
  std::vector<Point> hull;
  const auto chain = [&](auto begin, auto end) {
    const std::size_t start = hull.size();
    for (auto p = begin; p != end; ++p) {
      while (hull.size() >= start + 2 && turn(hull[hull.size() - 2], hull.back(), *p) <= 0) hull.pop_back();
      hull.push_back(*p);
    }
    hull.pop_back();
  };
  if (sorted.size() < 3) return sorted;
  chain(sorted.begin(), sorted.end());
  chain(sorted.rbegin(), sorted.rend());
  return hull;
}

}  // namespace kyc
