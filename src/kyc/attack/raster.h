// Internal to attack/: textured triangles, polygons and soft edges on a part of a picture.
#pragma once

#include <span>
#include <vector>

#include "kyc/face/dense_mesh.h"
#include "kyc/image/geometry.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"

namespace kyc {

// A part of a picture: pixels, and how much of each is there.
struct Layer {
  int x = 0;  // of the upper left pixel, in the picture
  int y = 0;
  Image image;
  Mask mask;
};

// Whole pixels around the points, with a border, cut at the picture's edges. Empty (width 0) if nothing is
// left.
struct PixelBox {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};
PixelBox pixels_around(std::span<const Point> points, float border, int picture_width, int picture_height);

// Black, nothing of it there.
Layer make_layer(const PixelBox& box);
Mask make_mask(int width, int height);

// Draws triangles of `texture` (bilinear) into the layer; where one is drawn, the mask becomes 255. Pixels
// belong to the triangle that holds their centre; shared edges leave no gap. All coordinates as in
// geometry.h; `points` in the picture's. Triangles that turn over between the two are drawn too unless
// `front_only`, which draws those that are clockwise in the picture.
void draw_triangles(const Image& texture,
                    std::span<const Point> texture_points,
                    std::span<const Point> points,
                    std::span<const Triangle> triangles,
                    Layer& layer,
                    bool front_only = false,
                    std::span<const float> shares = {});

// blend = the smaller of both, pixel by pixel; of the same size.
void limit(Mask& mask, const Mask& other);

// mask loses `other` times `share` (0..1).
void subtract(Mask& mask, const Mask& other, float share);

// Writes the layer's mask into the mask of the whole picture, where it is larger.
void merge(Mask& picture_mask, const Mask& mask, const PixelBox& box);

// The share of each pixel that the polygon covers (even-odd, 4 x vertically, exact horizontally); points in
// the picture's coordinates.
Mask polygon_mask(std::span<const Point> polygon, const PixelBox& box);

// Three box filters, about a Gaussian of sigma = radius; pixels outside of the mask count as 0 (`edge` 0) or
// like the nearest one (`edge` 1).
Mask blurred(const Mask& mask, float radius);

// From 0 at the mask's edge to 255 at `width` pixels inside of it, smoothly; nothing outside.
Mask feathered(const Mask& mask, float width);

// The convex hull, clockwise in the image.
std::vector<Point> convex_hull(std::span<const Point> points);

}  // namespace kyc
