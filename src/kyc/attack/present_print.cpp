// A printed portrait, held up to the camera: the sheet moves and bends in the hands, its dots meet the
// camera's photosites, paper shades and shines, the picture is captured a second time.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "kyc/attack/attack.h"
#include "kyc/attack/backdrop.h"
#include "kyc/attack/camera.h"
#include "kyc/attack/hand.h"
#include "kyc/attack/paper.h"
#include "kyc/attack/sheet.h"
#include "kyc/attack/still_clip.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

constexpr int kLongestPicture = 2400;  // pixels that reach the printer
constexpr float kAmbient = 0.35F;      // light from everywhere, beside the lamp's

// Where within a photosite its light is collected: a turned grid, with the lens' blur.
constexpr std::array<Point, 5> kTaps{
    {{0, 0}, {0.36F, 0.14F}, {-0.14F, 0.36F}, {-0.36F, -0.14F}, {0.14F, -0.36F}}};

// What a shiny sheet mirrors: a lamp at the ceiling and a window, both soft.
double room_light(const Vector3& direction, double glare) {
  if (direction.z > -0.05) return 0;
  const double x = direction.x / -direction.z;
  const double y = direction.y / -direction.z;
  const auto spot = [](double dx, double dy) { return std::exp(-dx * dx - dy * dy); };
  return glare *
         (1.6 * spot((x + 0.42) / 0.16, (y + 0.55) / 0.16) + 0.5 * spot((x - 0.75) / 0.3, (y + 0.1) / 0.5));
}

struct PaperSize {
  double width_mm;
  double height_mm;
  double margin_mm;
};

PaperSize paper_size(const std::string& name, bool upright) {
  PaperSize size = name == "a4" ? PaperSize{210, 297, 14} : PaperSize{105, 148, 4.5};
  if (!upright) std::swap(size.width_mm, size.height_mm);
  return size;
}

PrintedSheet printed(const AttackSource& source, const OptionValues& values, std::uint64_t seed) {
  const Image picture = cut_out(source, head_and_shoulders(source), kLongestPicture);
  const PaperSize size = paper_size(values.choice("paper", {"a4", "a6"}), picture.height >= picture.width);
  return {
      picture,
      {size.width_mm, size.height_mm, size.margin_mm, values.choice("printer", {"inkjet", "laser", "photo"})},
      seed};
}

Backdrop backdrop_of(const AttackSource& source,
                     const OptionValues& values,
                     const TargetInfo& info,
                     std::uint64_t seed) {
  return values.choice("background", {"room", "source", "target"}) == "source"
             ? Backdrop::blurred(source.image, info.width, info.height)
             : Backdrop::room(info.width, info.height, seed);
}

SheetPose mean_pose(const PrintedSheet& sheet,
                    const OptionValues& values,
                    const TargetInfo& info,
                    double focal_length,
                    Random random) {
  SheetPose pose;
  const double fill = values.number("fill", 0.3, 2);
  pose.center.z =
      focal_length / fill * std::max(sheet.width_mm() / info.width, sheet.height_mm() / info.height);
  pose.center.x = random.uniform(-0.02, 0.02) * sheet.width_mm();
  pose.center.y = random.uniform(-0.02, 0.02) * sheet.height_mm();
  pose.yaw = random.uniform(-9, 9);
  pose.pitch = random.uniform(-8, 4);
  pose.roll = random.uniform(-3.5, 3.5);
  // The angle between the sheet's middle and its edge, in radians, as a curvature.
  const double bend = values.number("bend", 0, 1);
  pose.bend = bend * random.uniform(0.6, 1) * (random.uniform(0, 1) < 0.7 ? 1 : -1) * 2 / sheet.width_mm();
  return pose;
}

std::vector<Hand> hands_of(const PrintedSheet& sheet, bool wanted, Random random) {
  if (!wanted) return {};
  const Light skin = random_skin(random);
  const Light cloth = random_cloth(random);
  const auto half = static_cast<float>(sheet.width_mm() / 2);
  const auto height = static_cast<float>(sheet.height_mm());
  const auto place = [&](float side) {
    const float y = height * static_cast<float>(random.uniform(0.10, 0.30));
    const float in = std::min(0.12F * half, 10.0F) + static_cast<float>(random.uniform(2, 7));
    return Hand(side * (half - in), y, side, half, skin, cloth);
  };
  return {place(-1), place(1)};
}

class PrintForger final : public Forger {
 public:
  PrintForger(const AttackSource& source,
              const TargetInfo& info,
              const OptionValues& values,
              std::uint64_t seed)
      : info_(info),
        camera_({info.width, info.height, values.number("noise", 0, 20), 0.3, 0.4}, seed),
        sheet_(printed(source, values, seed)),
        backdrop_(backdrop_of(source, values, info, seed)),
        before_target_(values.text("background") == "target"),
        held_([&] {
          Random random(seed, 51);
          const SheetPose mean = mean_pose(sheet_, values, info, camera_.focal_length(), Random(seed, 52));
          return HeldPose(mean, values.number("shake", 0, 5), random);
        }()),
        hands_(hands_of(sheet_, values.flag("hands"), Random(seed, 53))),
        half_width_(static_cast<float>(sheet_.width_mm() / 2)),
        half_height_(static_cast<float>(sheet_.height_mm() / 2)) {
    Random random(seed, 54);
    const double sway = values.number("shake", 0, 5) * info.width / 400;
    sway_x_.emplace(random, sway, 0.15, 1.2);
    sway_y_.emplace(random, sway, 0.15, 1.2);
    light_.lamp = {random.uniform(-700, 700), random.uniform(-900, -500), random.uniform(-500, -150)};
    light_.environment = room_light;
    light_.glare = values.text("printer") == "photo" ? 0.35 : 0.02;
    mosaic_ = {
        info.width,
        info.height,
        std::vector<float>(static_cast<std::size_t>(info.width) * static_cast<std::size_t>(info.height))};
  }

  ForgedFrame forge(const TargetFrame& target) override {
    const double time_s = target.frame->time_s;
    if (before_target_) {
      if (target.frame->image.width == 0)
        throw Error(ErrorCode::InvalidArgument, "present/print: background=target: expected a target clip");
      backdrop_ = Backdrop::out_of_focus(target.frame->image, info_.width, info_.height);
    }
    view_.look(held_.at(time_s), light_, camera_.focal_length(), info_.width, info_.height);
    const auto shift_x = static_cast<float>(sway_x_->at(time_s));
    const auto shift_y = static_cast<float>(sway_y_->at(time_s));
    ForgedFrame out;
    out.mask = {info_.width, info_.height, std::vector<std::uint8_t>(mosaic_.values.size())};
    for (int y = 0; y < info_.height; ++y) {
      view_.row(y, points_);
      float* values = mosaic_.row(y);
      std::uint8_t* mask = out.mask.row(y);
      for (int x = 0; x < info_.width; ++x) {
        const int channel = Camera::filter_of(x, y);
        const Seen seen = look_at(points_[static_cast<std::size_t>(x)], channel);
        values[x] = seen.light;
        if (seen.paper < 1) {
          const float behind = backdrop_.light(
              static_cast<float>(x) + 0.5F + shift_x, static_cast<float>(y) + 0.5F + shift_y, channel);
          values[x] += (1 - seen.paper - seen.hand) * behind;
        }
        mask[x] = static_cast<std::uint8_t>(std::lround(255 * seen.paper));
      }
    }
    out.image = camera_.develop(mosaic_, time_s);
    return out;
  }

 private:
  struct Seen {
    float light = 0;  // of paper and hand, times what they cover
    float paper = 0;  // 0..1
    float hand = 0;   // 0..1
  };

  Seen look_at(const SheetPoint& point, int channel) const {
    const auto pixel = static_cast<float>(view_.pixel_size());
    const float light = kAmbient + (1 - kAmbient) * point.diffuse;
    Seen seen;
    const float inside = std::min(half_width_ - std::abs(point.u), half_height_ - std::abs(point.v));
    seen.paper = std::clamp(inside / pixel + 0.5F, 0.0F, 1.0F);
    float paper_light = 0;
    if (seen.paper > 0) {
      for (const Point& tap : kTaps)
        paper_light += sheet_.reflectance(point.u + tap.x * pixel, point.v + tap.y * pixel, channel);
      paper_light = paper_light / kTaps.size() * light + point.mirror;
    }
    for (const Hand& hand : hands_) {
      const Hand::Touch touch = hand.at(point.u, point.v, seen.paper > 0.5F, pixel);
      paper_light *= touch.shadow;
      if (touch.cover <= 0) continue;
      const float skin = touch.light[static_cast<std::size_t>(channel)] * light;
      seen.light = seen.light * (1 - touch.cover) + skin * touch.cover;
      seen.hand = seen.hand * (1 - touch.cover) + touch.cover;
    }
    seen.paper *= 1 - seen.hand;
    seen.light += paper_light * seen.paper;
    return seen;
  }

  TargetInfo info_;
  Camera camera_;
  PrintedSheet sheet_;
  Backdrop backdrop_;
  bool before_target_;  // the clip is what is behind the sheet
  HeldPose held_;
  std::vector<Hand> hands_;
  float half_width_;                  // of the sheet, mm
  float half_height_;                 // mm
  std::optional<SmoothPath> sway_x_;  // of the camera, pixels at the distance of the wall
  std::optional<SmoothPath> sway_y_;
  SheetLight light_;
  SheetView view_;
  Mosaic mosaic_;
  std::vector<SheetPoint> points_;
};

class PresentPrint final : public Attack {
 public:
  explicit PresentPrint(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.needs_target = traits.needs_target_face = traits.in_place = false;
    traits.takes_target = true;
    traits.imitates = "a photo of the victim, printed and held up to the camera";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    std::vector<AttackOption> options = still_clip_options(640, 480);
    options.push_back({"printer", "inkjet", "inkjet, laser (dots on a grid) or photo (continuous, glossy)"});
    options.push_back({"paper", "a4", "a4 or a6"});
    options.push_back(
        {"fill", "0.95", "share of the frame's height or width that the sheet takes, 0.3 to 2"});
    options.push_back({"bend", "0.22", "how far the sheet is bent, radians from middle to edge, 0 to 1"});
    options.push_back({"shake", "1", "of the hands: 0 a stand, 1 hands that try to hold still, up to 5"});
    options.push_back({"hands", "on", "on or off: thumbs on the sheet"});
    options.push_back(
        {"background",
         "room",
         "room (made up), source (the source picture, blurred) or target (the target clip, out of "
         "focus)"});
    options.push_back({"noise", "1", "of the camera: 0 none, 1 a lit room, up to 20"});
    return options;
  }

  TargetInfo plan(std::span<const AttackSource> sources, const AttackOptions& options) const override {
    return still_clip_info(values_of(options), sources[0].image);
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& target,
                                const AttackOptions& options) const override {
    return std::make_unique<PrintForger>(sources[0], target, values_of(options), options.seed);
  }

 private:
  OptionValues values_of(const AttackOptions& options) const {
    return {"present/print", this->options(), options.values};
  }
};

const Registration<Attack, PresentPrint> kPresentPrint{"present/print",
                                                       "a printed portrait, held up to the camera"};

}  // namespace
}  // namespace kyc
