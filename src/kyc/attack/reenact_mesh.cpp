// A still portrait is driven by a clip: head movement and expression go over, relative to how the clip
// begins. The face is drawn from the unrolled portrait; hair, neck and background are a sheet around it that
// gives way without tearing; the inside of an opening mouth is the driver's.

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

#include "kyc/attack/attack.h"
#include "kyc/attack/face_atlas.h"
#include "kyc/attack/head.h"
#include "kyc/attack/pixel_values.h"
#include "kyc/attack/raster.h"
#include "kyc/attack/texture.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/image/statistics.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr const char* kReenactMeshName = "reenact/mesh";

// The sheet around the face: rings of these sizes move with the head by these shares, below the chin (where
// the shoulders stay) by the second ones.
struct Ring {
  float size;
  float head;
  float neck;
};
constexpr std::array<Ring, 6> kRingsAround{{{1.1F, 1, 0.9F},
                                            {1.25F, 1, 0.7F},
                                            {1.5F, 0.85F, 0.45F},
                                            {1.9F, 0.5F, 0.2F},
                                            {2.4F, 0.2F, 0.05F},
                                            {3.0F, 0, 0}}};

// Pairs of the inner lips and of the lids, upper and lower, that must not cross.
constexpr std::array<std::array<std::uint16_t, 2>, 9> kLips{
    {{191, 95}, {80, 88}, {81, 178}, {82, 87}, {13, 14}, {312, 317}, {311, 402}, {310, 318}, {415, 324}}};
constexpr std::array<std::array<std::uint16_t, 2>, 14> kLids{{{246, 7},
                                                              {161, 163},
                                                              {160, 144},
                                                              {159, 145},
                                                              {158, 153},
                                                              {157, 154},
                                                              {173, 155},
                                                              {466, 249},
                                                              {388, 390},
                                                              {387, 373},
                                                              {386, 374},
                                                              {385, 380},
                                                              {384, 381},
                                                              {398, 382}}};

constexpr float kSoftRim = 0.3F;  // eye distances

struct MeshSettings {
  float motion = 1;
  float expression = 1;
  int side = 640;
};

// Angles of the head beyond which the portrait has nothing to show grow no further.
double limited(double degrees, double limit) {
  return limit * std::tanh(degrees / limit);
}

class MeshForger final : public Forger {
 public:
  MeshForger(const AttackSource& source, const MeshSettings& settings) : settings_(settings) {
    const int longer = std::max(source.image.width, source.image.height);
    const float shrink = std::min(1.0F, static_cast<float>(settings.side) / static_cast<float>(longer));
    const auto even = [&](int length) {
      return std::max(2, 2 * static_cast<int>(std::lround(static_cast<float>(length) * shrink / 2)));
    };
    const int width = even(source.image.width);
    const int height = even(source.image.height);
    const bool same = width == source.image.width && height == source.image.height;
    portrait_ = same ? source.image : resize(source.image, width, height, Interpolation::Area);
    const float sx = static_cast<float>(width) / static_cast<float>(source.image.width);
    const float sy = static_cast<float>(height) / static_cast<float>(source.image.height);
    for (std::size_t i = 0; i < kDensePoints; ++i) {
      const Point3& p = (*source.mesh)[i];
      mesh_[i] = {p.x * sx, p.y * sy, p.z * sx};
    }
    placement_ = fit_placement(dense_topology().average, mesh_, rigidity());
    own_ = in_axes(mesh_, placement_);
    // The atlas is made of the portrait as it came: nothing is lost to the smaller one.
    const FaceAtlas atlas = make_atlas(source.image, *source.mesh);
    FaceTexture texture(atlas.image, atlas.points, atlas.eye_distance);
    face_ = texture.level_for(size_of(mesh_));
    make_sheet();
  }

  ForgedFrame forge(const TargetFrame& target) override {
    if (target.mesh) {
      if (!started_) brightness_ = skin(portrait_, mesh_) / skin(target.frame->image, *target.mesh);
      follow(*target.mesh);
    }
    ForgedFrame out{portrait_, make_mask(portrait_.width, portrait_.height)};
    std::fill(out.mask.values.begin(), out.mask.values.end(), std::uint8_t{255});
    if (!started_) return out;
    draw(target, out.image);
    return out;
  }

 private:
  static DensePoints in_axes(const DensePoints& mesh, const Placement& placement) {
    DensePoints out;
    for (std::size_t i = 0; i < kDensePoints; ++i) out[i] = placement.back(mesh[i]);
    return out;
  }

  // Mean luma between the eyes and the mouth.
  static float skin(const Image& image, const DensePoints& mesh) {
    const Point middle{mesh[4].x, mesh[4].y};
    const float side = 0.8F * size_of(mesh);
    const Box box{std::clamp(middle.x - side / 2, 0.0F, static_cast<float>(image.width - 2)),
                  std::clamp(middle.y - side / 2, 0.0F, static_cast<float>(image.height - 2)),
                  std::max(2.0F, side),
                  std::max(2.0F, side)};
    return std::clamp(static_cast<float>(mean_luma(image, box)), 8.0F, 250.0F);
  }

  void make_sheet() {
    const DenseTopology& topology = dense_topology();
    sheet_ = flat(mesh_);
    Point3 middle{};
    for (const std::uint16_t i : topology.oval) {
      const auto count = static_cast<float>(topology.oval.size());
      middle = {middle.x + own_[i].x / count, middle.y + own_[i].y / count, middle.z + own_[i].z / count};
    }
    std::vector<std::uint16_t> inner = topology.oval;
    for (const Ring& ring : kRingsAround) {
      std::vector<std::uint16_t> outer;
      for (const std::uint16_t i : topology.oval) {
        outer.push_back(static_cast<std::uint16_t>(sheet_.size()));
        const Point3& edge = own_[i];
        // In the head's axes, in the plane of the edge of the face.
        const Point3 place{
            middle.x + ring.size * (edge.x - middle.x), middle.y + ring.size * (edge.y - middle.y), edge.z};
        around_.push_back(place);
        const float below = std::clamp((edge.y - middle.y) / 0.5F, 0.0F, 1.0F);
        shares_.push_back(ring.head + (ring.neck - ring.head) * below);
        const Point3 seen = placement_(place);
        sheet_.push_back({seen.x, seen.y});
      }
      for (std::size_t k = 0; k < inner.size(); ++k) {
        const std::size_t next = (k + 1) % inner.size();
        strips_.push_back({outer[k], outer[next], inner[k]});
        strips_.push_back({inner[k], outer[next], inner[next]});
      }
      inner = outer;
    }
    // Outer rings first: where the sheet folds, what is nearer to the face lies on top.
    std::reverse(strips_.begin(), strips_.end());
  }

  // The driver's head now, relative to its first, onto the portrait's.
  void follow(const DensePoints& driver) {
    const Placement now = fit_placement(dense_topology().average, driver, rigidity());
    const DensePoints shape = in_axes(driver, now);
    if (!started_) {
      started_ = true;
      first_ = now;
      first_shape_ = shape;
    }
    watch_openings(shape);

    // Rotation: first^-1 now, with its angles limited, before the portrait's own.
    Rotation relative = product(transposed(first_.rotation), now.rotation);
    const HeadPose turn = pose_of(relative);
    relative = rotation_of({settings_.motion * static_cast<float>(limited(turn.yaw, 32)),
                            settings_.motion * static_cast<float>(limited(turn.pitch, 24)),
                            settings_.motion * static_cast<float>(limited(turn.roll, 40))});
    head_ = placement_;
    head_.rotation = product(placement_.rotation, relative);
    const double ratio = placement_.scale / first_.scale;
    const double motion = settings_.motion;
    head_.scale = placement_.scale * std::pow(now.scale / first_.scale, motion);
    for (std::size_t k = 0; k < 2; ++k)
      head_.shift[k] = placement_.shift[k] + motion * ratio * (now.shift[k] - first_.shift[k]);

    DensePoints moved;
    for (std::size_t i = 0; i < kDensePoints; ++i) {
      const Point3& a = shape[i];
      const Point3& b = first_shape_[i];
      const float e = settings_.expression;
      moved[i] = {own_[i].x + e * (a.x - b.x), own_[i].y + e * (a.y - b.y), own_[i].z + e * (a.z - b.z)};
    }
    set_openings(shape, moved);
    for (std::size_t i = 0; i < kDensePoints; ++i) drawn_[i] = head_(moved[i]);
    driver_ = driver;
  }

  static float opening(const DensePoints& shape, const std::array<std::uint16_t, 2>& pair) {
    return shape[pair[1]].y - shape[pair[0]].y;
  }

  // How closed the driver's lips and how open the lids were so far: that is what "closed" and "open" mean.
  void watch_openings(const DensePoints& shape) {
    const auto watch = [&](auto& pairs, auto& seen, bool largest) {
      for (std::size_t k = 0; k < pairs.size(); ++k) {
        const float now = std::max(0.0F, opening(shape, pairs[k]));
        seen[k] = watched_ ? (largest ? std::max(seen[k], now) : std::min(seen[k], now)) : now;
      }
    };
    watch(kLips, closed_lips_, false);
    watch(kLids, open_lids_, true);
    watched_ = true;
  }

  // Lips open by as much as the driver's, lids close by the share that the driver's do.
  void set_openings(const DensePoints& shape, DensePoints& moved) const {
    const auto set = [&](const std::array<std::uint16_t, 2>& pair, float wanted) {
      const float middle = (moved[pair[0]].y + moved[pair[1]].y) / 2;
      moved[pair[0]].y = middle - wanted / 2;
      moved[pair[1]].y = middle + wanted / 2;
    };
    const float e = settings_.expression;
    for (std::size_t k = 0; k < kLips.size(); ++k) {
      const float own = std::max(0.0F, opening(own_, kLips[k]));
      const float more = opening(shape, kLips[k]) - closed_lips_[k];
      set(kLips[k], std::max(0.0F, own + e * more));
    }
    for (std::size_t k = 0; k < kLids.size(); ++k) {
      const float own = std::max(0.0F, opening(own_, kLids[k]));
      const float share =
          open_lids_[k] > 0 ? std::clamp(opening(shape, kLids[k]) / open_lids_[k], 0.0F, 1.0F) : 1.0F;
      set(kLids[k], own * (1 - e * (1 - share)));
    }
  }

  void draw(const TargetFrame& target, Image& picture) const {
    std::vector<Point> to = flat(drawn_);
    for (std::size_t i = 0; i < around_.size(); ++i) {
      const Point still = sheet_[kDensePoints + i];
      const Point3 moved = head_(around_[i]);
      to.push_back({still.x + shares_[i] * (moved.x - still.x), still.y + shares_[i] * (moved.y - still.y)});
    }
    Layer layer{0, 0, std::move(picture), make_mask(portrait_.width, portrait_.height)};
    draw_triangles(portrait_, sheet_, to, strips_, layer);
    const std::vector<Triangle> order = far_to_near(drawn_, all_triangles());
    draw_triangles(portrait_, sheet_, to, order, layer, true);
    picture = std::move(layer.image);
    draw_face(to, order, picture);
    if (target.mesh) draw_mouth(target.frame->image, to, picture);
  }

  // The front of the head from the unrolled portrait, which also has what the portrait hides. Towards the rim
  // the portrait itself shows through: the two differ in sharpness, and a hard edge would be seen.
  void draw_face(const std::vector<Point>& to, const std::vector<Triangle>& order, Image& picture) const {
    const std::span<const Point> face(to.data(), kDensePoints);
    const PixelBox box = pixels_around(face, 2, picture.width, picture.height);
    if (box.width < 3 || box.height < 3) return;
    Layer front = make_layer(box);
    draw_triangles(face_.image, face_.points, to, order, front, true);
    const Mask blend = feathered(front.mask, kSoftRim * size_of(drawn_));
    mix(front.image, blend, 1, 1, box, picture);
  }

  // The inside of the driver's mouth, as bright as the portrait's skin is to the driver's.
  void draw_mouth(const Image& driver, const std::vector<Point>& to, Image& picture) const {
    const DenseTopology& topology = dense_topology();
    const float eyes = size_of(drawn_);
    const float gap = std::hypot(to[13].x - to[14].x, to[13].y - to[14].y) / eyes;
    const float own_gap = std::max(0.0F, opening(own_, {13, 14})) * 1.42F;
    const float share = std::clamp((gap - own_gap - 0.02F) / 0.06F, 0.0F, 1.0F);
    if (share <= 0) return;
    std::vector<Point> ring;
    for (const std::uint16_t i : topology.inner_lips) ring.push_back(to[i]);
    const PixelBox box = pixels_around(ring, 2, picture.width, picture.height);
    if (box.width < 3 || box.height < 3) return;
    Layer mouth = make_layer(box);
    draw_triangles(driver, flat(driver_), to, topology.mouth_opening, mouth);
    Mask blend = blurred(polygon_mask(ring, box), 0.02F * eyes);
    limit(blend, mouth.mask);
    mix(mouth.image, blend, share, brightness_, box, picture);
  }

  // picture becomes `brightness` x `over` where `share` x `blend` says so; both lie at the box.
  static void mix(const Image& over,
                  const Mask& blend,
                  float share,
                  float brightness,
                  const PixelBox& box,
                  Image& picture) {
    for (int y = 0; y < box.height; ++y) {
      std::uint8_t* under = picture.row(box.y + y) + 3 * box.x;
      for (int x = 0; x < box.width; ++x)
        for (int c = 0; c < 3; ++c) {
          const float alpha = share * static_cast<float>(blend.row(y)[x]) / 255.0F;
          const float above = brightness * static_cast<float>(over.row(y)[3 * x + c]);
          const auto below = static_cast<float>(under[3 * x + c]);
          under[3 * x + c] = pixel_value(below + alpha * (above - below));
        }
    }
  }

  static Rotation transposed(const Rotation& r) {
    return {r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]};
  }
  static Rotation product(const Rotation& a, const Rotation& b) {
    Rotation out{};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) out[3 * i + j] += a[3 * i + k] * b[3 * k + j];
    return out;
  }

  MeshSettings settings_;
  Image portrait_;
  DensePoints mesh_{};   // of the portrait
  DensePoints own_{};    // in the head's axes
  Placement placement_;  // of the portrait's head
  FaceTexture::Level face_;
  std::vector<Point> sheet_;    // mesh and rings in the portrait
  std::vector<Point3> around_;  // rings, in the head's axes
  std::vector<float> shares_;   // of the head's motion, of the rings
  std::vector<Triangle> strips_;

  bool started_ = false;
  bool watched_ = false;
  Placement first_;  // of the driver's head
  DensePoints first_shape_{};
  std::array<float, kLips.size()> closed_lips_{};
  std::array<float, kLids.size()> open_lids_{};
  float brightness_ = 1;

  Placement head_;        // of the portrait's head now
  DensePoints drawn_{};   // its mesh now
  DensePoints driver_{};  // the driver's mesh now
};

class ReenactMesh final : public Attack {
 public:
  explicit ReenactMesh(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.needs_mesh = true;
    traits.in_place = false;
    traits.imitates =
        "Photo brought to life by an app (head turns, blinks, speech) and injected as a selfie clip";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    return {{"motion", "1", "how much of the driver's head movement goes over, 0 to 1"},
            {"expression", "1", "how much of the driver's expression goes over, 0 to 1.5"},
            {"size", "640", "longer side of the result, pixels at most, 64 to 1920"}};
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    const OptionValues values(kReenactMeshName, this->options(), options.values);
    MeshSettings settings;
    settings.motion = static_cast<float>(values.number("motion", 0, 1));
    settings.expression = static_cast<float>(values.number("expression", 0, 1.5));
    settings.side = values.whole_number("size", 64, 1920);
    if (!sources[0].mesh)
      throw Error(ErrorCode::InvalidArgument,
                  sources[0].name + ": shows no face that " + kReenactMeshName + " could use");
    return std::make_unique<MeshForger>(sources[0], settings);
  }
};

const Registration<Attack, ReenactMesh> kReenactMesh{kReenactMeshName,
                                                     "a portrait driven by a clip: mesh warp"};

}  // namespace
}  // namespace kyc
