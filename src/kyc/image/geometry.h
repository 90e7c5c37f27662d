// Coordinates. x runs right, y runs down, in pixels of the image; the image covers [0, width] x [0, height],
// so the centre of the upper left pixel is (0.5, 0.5). "Left eye" and the like are the subject's own left:
// seen on the right.
#pragma once

#include <array>
#include <span>

namespace kyc {

struct Point {
  float x = 0;
  float y = 0;

  bool operator==(const Point&) const = default;
};

struct Box {
  float x = 0;  // left edge
  float y = 0;  // upper edge
  float width = 0;
  float height = 0;

  bool operator==(const Box&) const = default;
  float right() const { return x + width; }
  float bottom() const { return y + height; }
  float area() const { return width * height; }
  Point center() const { return {x + width / 2, y + height / 2}; }
};

// Intersection over union, in [0, 1].
float iou(const Box& a, const Box& b);

// x' = a x - b y + tx,  y' = b x + a y + ty: rotation, uniform scale, translation.
struct Similarity {
  float a = 1;
  float b = 0;
  float tx = 0;
  float ty = 0;

  bool operator==(const Similarity&) const = default;
  Point operator()(Point p) const { return {a * p.x - b * p.y + tx, b * p.x + a * p.y + ty}; }
};

// The similarity that takes `from` to `to` with the least sum of squared distances (Umeyama 1991, without
// reflection). Both of the same size, at least two different points.
// throws  Error{InvalidArgument} otherwise
Similarity fit_similarity(std::span<const Point> from, std::span<const Point> to);
Similarity inverse(const Similarity& s);

}  // namespace kyc
