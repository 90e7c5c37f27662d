// The swap of computer graphics: the dense mesh is fitted to both faces; the source's skin is unrolled once
// and drawn onto the target's head as it turns, hidden parts hidden; the target's head takes on the source's
// proportions; colours and light are the target's; the edge is feathered inside the outline of the face. What
// FaceSwap of FaceForensics++ does with a coarse model (Kowalski 2016), with a dense one.

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/attack/attack.h"
#include "kyc/attack/colour.h"
#include "kyc/attack/face_atlas.h"
#include "kyc/attack/head.h"
#include "kyc/attack/pixel_values.h"
#include "kyc/attack/raster.h"
#include "kyc/attack/reshape.h"
#include "kyc/attack/texture.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

constexpr const char* kSwapGraphicsName = "swap/graphics";

// Skin that is seen under a flatter angle than this (cosine) fades into the target's.
constexpr float kGrazing = 0.02F;
constexpr float kSeenWell = 0.3F;
// From this opening on (eye distances) the inside of the mouth is the target's; wholly from the second.
constexpr float kMouthOpens = 0.03F;
constexpr float kMouthOpen = 0.09F;

struct GraphicsSettings {
  float shape = 0;
  float feather = 0;
  bool target_eyes = false;
  ColourOptions colours;
};

// The outline without its rim, where portraits show hair and ears.
std::vector<Point> inset(std::vector<Point> outline) {
  constexpr float kKept = 0.955F;
  Point middle;
  for (const Point& p : outline) {
    middle.x += p.x / static_cast<float>(outline.size());
    middle.y += p.y / static_cast<float>(outline.size());
  }
  for (Point& p : outline) p = {middle.x + kKept * (p.x - middle.x), middle.y + kKept * (p.y - middle.y)};
  return outline;
}

std::vector<Point> ring(const std::vector<Point>& points, const std::vector<std::uint16_t>& indices) {
  std::vector<Point> out;
  for (const std::uint16_t i : indices) out.push_back(points[i]);
  return out;
}

class GraphicsForger final : public Forger {
 public:
  GraphicsForger(const AttackSource& source, const GraphicsSettings& settings)
      : settings_(settings),
        atlas_(make_atlas(source.image, *source.mesh)),
        texture_(atlas_.image, atlas_.points, atlas_.eye_distance),
        reshaper_(*source.mesh, settings.shape),
        colours_(settings.colours) {}

  ForgedFrame forge(const TargetFrame& target) override {
    const Image& picture = target.frame->image;
    ForgedFrame out{picture, make_mask(picture.width, picture.height)};
    const float eyes = size_of(*target.mesh);
    const DensePoints mesh = reshaper_.reshape(*target.mesh, target.frame->time_s, out.image, out.mask);
    const std::vector<Point> points = flat(mesh);
    const PixelBox box = pixels_around(points, 2, picture.width, picture.height);
    if (box.width < 8 || box.height < 8) return out;

    const DensePoints normals = normals_of(mesh);
    std::vector<float> seen(kDensePoints);
    for (std::size_t i = 0; i < kDensePoints; ++i) seen[i] = smooth_step(kGrazing, kSeenWell, -normals[i].z);
    const FaceTexture::Level& texture = texture_.level_for(eyes);
    Layer layer = make_layer(box);
    draw_triangles(
        texture.image, texture.points, points, far_to_near(mesh, all_triangles()), layer, true, seen);

    Mask blend = feathered(polygon_mask(inset(convex_hull(points)), box), settings_.feather * eyes);
    limit(blend, layer.mask);
    const DenseTopology& topology = dense_topology();
    const float opening = std::hypot(points[13].x - points[14].x, points[13].y - points[14].y) / eyes;
    const float open = smooth_step(kMouthOpens, kMouthOpen, opening);
    if (open > 0)
      subtract(blend, blurred(polygon_mask(ring(points, topology.inner_lips), box), 0.025F * eyes), open);
    if (settings_.target_eyes)
      for (const auto* eye : {&topology.image_left_eye, &topology.image_right_eye})
        subtract(blend, blurred(polygon_mask(ring(points, *eye), box), 0.025F * eyes), 1);

    colours_.paste(layer, blend, target.frame->time_s, out.image);
    merge(out.mask, blend, box);
    return out;
  }

 private:
  GraphicsSettings settings_;
  FaceAtlas atlas_;
  FaceTexture texture_;
  Reshaper reshaper_;
  ColourBlender colours_;
};

class SwapGraphics final : public Attack {
 public:
  explicit SwapGraphics(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.needs_mesh = true;
    traits.imitates = "Face swap by 3D face models (FaceSwap of FaceForensics++), live or in a prepared clip";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    return {{"shape", "0.7", "how far the head takes on the source's proportions, 0 to 1"},
            {"feather", "0.25", "width of the soft edge, eye distances, 0.02 to 1"},
            {"colour", "1", "how far colours and contrast go to the target's, 0 to 1"},
            {"light", "0.5", "how far light from one side goes to the target's, 0 to 1"},
            {"poisson", "0.8", "how far the edge is closed by Poisson blending, 0 to 1"},
            {"eyes", "source", "whose eyes between the lids: source (identity) or target (gaze)"}};
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    const OptionValues values(kSwapGraphicsName, this->options(), options.values);
    GraphicsSettings settings;
    settings.shape = static_cast<float>(values.number("shape", 0, 1));
    settings.feather = static_cast<float>(values.number("feather", 0.02, 1));
    settings.target_eyes = values.choice("eyes", {"source", "target"}) == "target";
    settings.colours.statistics = static_cast<float>(values.number("colour", 0, 1));
    settings.colours.light = static_cast<float>(values.number("light", 0, 1));
    settings.colours.membrane = static_cast<float>(values.number("poisson", 0, 1));
    if (!sources[0].mesh)
      throw Error(ErrorCode::InvalidArgument,
                  sources[0].name + ": shows no face that " + kSwapGraphicsName + " could use");
    return std::make_unique<GraphicsForger>(sources[0], settings);
  }
};

const Registration<Attack, SwapGraphics> kSwapGraphics{kSwapGraphicsName,
                                                       "3D swap: dense mesh, unrolled skin, light"};

}  // namespace
}  // namespace kyc
