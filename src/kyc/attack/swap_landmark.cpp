// The classical face swap: the 68 points of both faces with a forehead, Delaunay triangles between them, each
// taken over by an affine map, colours brought to the target's, the edge closed by Poisson blending.

#include <algorithm>
#include <string>

#include "kyc/attack/attack.h"
#include "kyc/attack/colour.h"
#include "kyc/attack/face_shape.h"
#include "kyc/attack/raster.h"
#include "kyc/attack/texture.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/face/delaunay.h"

namespace kyc {
namespace {

constexpr const char* kSwapLandmarkName = "swap/landmark";

// From this opening on (widths of the mouth) the inside of the mouth is the target's; fully at the second.
constexpr float kHoleOpens = 0.04F;
constexpr float kHoleOpen = 0.12F;

class LandmarkForger final : public Forger {
 public:
  LandmarkForger(const AttackSource& source, float feather, const ColourOptions& colours)
      : texture_(
            source.image, with_forehead(source.face->landmarks), inter_eye_distance(source.face->points)),
        feather_(feather),
        colours_(colours) {
    // Between the source's points, so that the triangles are the same in every frame.
    triangles_ = delaunay(with_forehead(source.face->landmarks));
  }

  ForgedFrame forge(const TargetFrame& target) override {
    const Image& picture = target.frame->image;
    ForgedFrame out{picture, make_mask(picture.width, picture.height)};
    const float eye_distance = inter_eye_distance(target.face->points);
    const std::vector<Point> shape = with_forehead(target.face->landmarks);
    const PixelBox box = pixels_around(shape, 2, picture.width, picture.height);
    if (box.width < 8 || box.height < 8) return out;

    const FaceTexture::Level& texture = texture_.level_for(eye_distance);
    Layer layer = make_layer(box);
    draw_triangles(texture.image, texture.points, shape, triangles_, layer);

    Mask blend = feathered(polygon_mask(face_outline(shape), box), feather_ * eye_distance);
    const float open =
        std::clamp((mouth_openness(shape) - kHoleOpens) / (kHoleOpen - kHoleOpens), 0.0F, 1.0F);
    if (open > 0)
      subtract(blend, blurred(polygon_mask(mouth_opening(shape), box), 0.02F * eye_distance), open);
    limit(blend, layer.mask);
    colours_.paste(layer, blend, target.frame->time_s, out.image);
    merge(out.mask, blend, box);
    return out;
  }

 private:
  FaceTexture texture_;
  std::vector<Triangle> triangles_;
  float feather_;
  ColourBlender colours_;
};

class SwapLandmark final : public Attack {
 public:
  explicit SwapLandmark(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.imitates =
        "Face swap by hand-made tools and phone apps: landmarks, affine triangles, Poisson blending";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    return {{"feather", "0.25", "width of the soft edge, eye distances, 0.02 to 1"},
            {"colour", "1", "how far colours go to the target's, 0 to 1"},
            {"poisson", "1", "how far the edge is closed by Poisson blending, 0 to 1"}};
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    const OptionValues values(kSwapLandmarkName, this->options(), options.values);
    ColourOptions colours;
    colours.statistics = static_cast<float>(values.number("colour", 0, 1));
    colours.membrane = static_cast<float>(values.number("poisson", 0, 1));
    const auto feather = static_cast<float>(values.number("feather", 0.02, 1));
    if (!sources[0].face)
      throw Error(ErrorCode::InvalidArgument,
                  sources[0].name + ": shows no face that " + kSwapLandmarkName + " could use");
    return std::make_unique<LandmarkForger>(sources[0], feather, colours);
  }
};

const Registration<Attack, SwapLandmark> kSwapLandmark{kSwapLandmarkName,
                                                       "2D swap: affine triangles, Poisson blending"};

}  // namespace
}  // namespace kyc
