// The morph: one picture that two persons pass with. Both faces are warped to points between theirs and
// mixed. Without cleaning everything is mixed, and hair and collars show twice; with it only the face is, and
// what is around is the first portrait's, with the colours of both brought together.

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/attack/attack.h"
#include "kyc/attack/colour.h"
#include "kyc/attack/head.h"
#include "kyc/attack/raster.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/face/delaunay.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr const char* kMorphLandmarkName = "morph/landmark";
constexpr int kMostSide = 1024;  // pixels of the result

// One contributor in its own pixels: the picture, the dense points, and points of the picture's edge that are
// the same places for both.
struct Contributor {
  Image image;
  std::vector<Point> points;
};

// Corners, and points between them on each side of a picture.
std::vector<Point> frame_points(int width, int height) {
  constexpr int kParts = 4;
  std::vector<Point> out;
  const auto w = static_cast<float>(width);
  const auto h = static_cast<float>(height);
  for (int i = 0; i < kParts; ++i) {
    const float t = static_cast<float>(i) / kParts;
    out.push_back({t * w, 0});
    out.push_back({w, t * h});
    out.push_back({w - t * w, h});
    out.push_back({0, h - t * h});
  }
  return out;
}

// 255 where the pixels of `image` come from inside of it.
Layer drawn(const Contributor& from,
            std::span<const Point> to,
            std::span<const Triangle> triangles,
            const PixelBox& box) {
  Layer layer = make_layer(box);
  draw_triangles(from.image, from.points, to, triangles, layer);
  return layer;
}

class MorphForger final : public Forger {
 public:
  MorphForger(const AttackSource& first, const AttackSource& second, float alpha, bool clean)
      : alpha_(alpha), clean_(clean) {
    const int longer = std::max(first.image.width, first.image.height);
    const float shrink = std::min(1.0F, static_cast<float>(kMostSide) / static_cast<float>(longer));
    width_ = std::max(2, static_cast<int>(std::lround(static_cast<float>(first.image.width) * shrink)));
    height_ = std::max(2, static_cast<int>(std::lround(static_cast<float>(first.image.height) * shrink)));
    first_.image = shrink < 1 ? resize(first.image, width_, height_, Interpolation::Area) : first.image;
    const float sx = static_cast<float>(width_) / static_cast<float>(first.image.width);
    const float sy = static_cast<float>(height_) / static_cast<float>(first.image.height);
    for (const Point3& p : *first.mesh) first_.points.push_back({p.x * sx, p.y * sy});

    // The second portrait turned, scaled and moved onto the first.
    const Similarity onto = fit_similarity(flat(*second.mesh), first_.points);
    second_.image = second.image;
    const float scale = std::hypot(onto.a, onto.b);
    if (scale < 0.8F)
      second_.image =
          resize(second.image,
                 std::max(1, static_cast<int>(std::lround(static_cast<float>(second.image.width) * scale))),
                 std::max(1, static_cast<int>(std::lround(static_cast<float>(second.image.height) * scale))),
                 Interpolation::Area);
    const float tx = static_cast<float>(second_.image.width) / static_cast<float>(second.image.width);
    const float ty = static_cast<float>(second_.image.height) / static_cast<float>(second.image.height);
    const auto in_second = [&](Point p) { return Point{p.x * tx, p.y * ty}; };
    for (const Point3& p : *second.mesh) second_.points.push_back(in_second({p.x, p.y}));

    for (std::size_t i = 0; i < kDensePoints; ++i) {
      const Point a = first_.points[i];
      const Point b = onto(Point{(*second.mesh)[i].x, (*second.mesh)[i].y});
      middle_.push_back({a.x + alpha_ * (b.x - a.x), a.y + alpha_ * (b.y - a.y)});
    }
    const Similarity back = inverse(onto);
    for (const Point& p : frame_points(width_, height_)) {
      first_.points.push_back(p);
      middle_.push_back(p);
      second_.points.push_back(in_second(back(p)));
      outside_ = outside_ || second_.points.back().x < 0 || second_.points.back().y < 0 ||
                 second_.points.back().x > static_cast<float>(second_.image.width) ||
                 second_.points.back().y > static_cast<float>(second_.image.height);
    }
    // Skin as the mesh has it; around it whatever joins it to the edge.
    triangles_ = delaunay(middle_);
  }

  ForgedFrame forge(const TargetFrame& /*target*/) override {
    const PixelBox whole{0, 0, width_, height_};
    const Layer first = drawn(first_, middle_, triangles_, whole);
    const Layer second = drawn(second_, middle_, triangles_, whole);
    return clean_ ? cleaned(first, second, whole) : mixed(first, second);
  }

 private:
  // Everything; where the second portrait ends, the first alone.
  ForgedFrame mixed(const Layer& first, const Layer& second) const {
    ForgedFrame out{first.image, make_mask(width_, height_)};
    std::fill(out.mask.values.begin(), out.mask.values.end(), std::uint8_t{255});
    const Mask there = second_there();
    for (std::size_t i = 0; i < there.values.size(); ++i) {
      const float share = alpha_ * static_cast<float>(there.values[i]) / 255.0F;
      for (std::size_t c = 0; c < 3; ++c)
        mix(out.image.pixels[3 * i + c], second.image.pixels[3 * i + c], share);
    }
    return out;
  }

  // Where the second portrait has pixels, with a soft edge.
  Mask second_there() const {
    Contributor white{make_image(second_.image.width, second_.image.height), second_.points};
    Mask out = make_mask(width_, height_);
    std::fill(white.image.pixels.begin(), white.image.pixels.end(), std::uint8_t{255});
    // Texture coordinates outside of the picture repeat its edge: a black rim makes them black.
    if (outside_)
      for (int y = 0; y < white.image.height; ++y)
        for (int x = 0; x < white.image.width; ++x)
          if (x == 0 || y == 0 || x == white.image.width - 1 || y == white.image.height - 1)
            std::fill_n(white.image.row(y) + 3 * x, 3, std::uint8_t{0});
    const Layer layer = drawn(white, middle_, triangles_, {0, 0, width_, height_});
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = layer.image.pixels[3 * i];
    return outside_ ? feathered(out, 4) : out;
  }

  ForgedFrame cleaned(const Layer& first, const Layer& second, const PixelBox& whole) const {
    // The second face in the colours of the first, then both mixed, inside of the outline of the face.
    const std::vector<Point> face(middle_.begin(), middle_.begin() + kDensePoints);
    const std::vector<Point> outline = convex_hull(face);
    const float eyes = std::hypot(face[33].x - face[263].x, face[33].y - face[263].y) / 1.42F;
    const Mask inside = feathered(polygon_mask(outline, whole), 0.35F * eyes);
    ForgedFrame out{first.image, make_mask(width_, height_)};
    ColourOptions colours;
    colours.light = 0.6F;
    colours.membrane = 0.8F;
    Image recoloured = first.image;
    ColourBlender(colours).paste(second, inside, 0, recoloured);
    for (std::size_t i = 0; i < out.image.pixels.size(); ++i)
      mix(out.image.pixels[i], recoloured.pixels[i], alpha_);
    // The first portrait's geometry outside of the face is warped too: all that differs from it was changed.
    out.mask = inside;
    for (std::size_t i = 0; i < out.mask.values.size(); ++i) {
      int difference = 0;
      for (std::size_t c = 0; c < 3; ++c)
        difference += std::abs(out.image.pixels[3 * i + c] - first_.image.pixels[3 * i + c]);
      if (difference > 0)
        out.mask.values[i] =
            static_cast<std::uint8_t>(std::max<int>(out.mask.values[i], std::min(255, 4 * difference)));
    }
    return out;
  }

  static void mix(std::uint8_t& value, std::uint8_t other, float share) {
    value = static_cast<std::uint8_t>(static_cast<float>(value) * (1 - share) +
                                      static_cast<float>(other) * share + 0.5F);
  }

  float alpha_;
  bool clean_;
  int width_ = 0;
  int height_ = 0;
  bool outside_ = false;  // the second portrait does not cover the first
  Contributor first_;
  Contributor second_;
  std::vector<Point> middle_;
  std::vector<Triangle> triangles_;
};

class MorphLandmark final : public Attack {
 public:
  explicit MorphLandmark(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.sources = 2;
    traits.needs_target = false;
    traits.needs_target_face = false;
    traits.needs_mesh = true;
    traits.in_place = false;
    traits.makes_clip = false;
    traits.imitates = "Morphed portrait handed in for a document: two persons can use it";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    return {{"alpha", "0.5", "share of the second portrait, 0 to 1"},
            {"clean",
             "on",
             "on: hair and background of the first portrait alone; off: of both, they show twice"}};
  }

  TargetInfo plan(std::span<const AttackSource> sources, const AttackOptions& /*options*/) const override {
    return {sources[0].image.width, sources[0].image.height, 0, 1};
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    const OptionValues values(kMorphLandmarkName, this->options(), options.values);
    const auto alpha = static_cast<float>(values.number("alpha", 0, 1));
    const bool clean = values.flag("clean");
    for (const AttackSource& source : sources)
      if (!source.mesh)
        throw Error(ErrorCode::InvalidArgument,
                    source.name + ": shows no face that " + kMorphLandmarkName + " could use");
    return std::make_unique<MorphForger>(sources[0], sources[1], alpha, clean);
  }
};

const Registration<Attack, MorphLandmark> kMorphLandmark{kMorphLandmarkName,
                                                         "two portraits in one, warped and mixed"};

}  // namespace
}  // namespace kyc
