// A clip (or a photo) of the victim, shown on a screen that is held before the camera: the screen's stripes
// meet the camera's photosites (moire), its light pulses against the rolling shutter (bands), its lines are
// redrawn while the shutter is open (tearing), its glass mirrors the room.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "kyc/attack/attack.h"
#include "kyc/attack/backdrop.h"
#include "kyc/attack/camera.h"
#include "kyc/attack/hand.h"
#include "kyc/attack/screen.h"
#include "kyc/attack/sheet.h"
#include "kyc/attack/still_clip.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr int kLongestStill = 2400;        // pixels of a photo that the screen is given
constexpr double kReadout = 0.016;         // seconds from the first row's exposure to the last row's
constexpr float kWindow = 0.85F;           // of a photosite: the share of a pixel's width that collects light
constexpr float kRoom = 0.30F;             // light of the room, where the screen's white is 1
constexpr float kBlack = 0.004F;           // what a black pixel lets through
constexpr Light kTint{0.94F, 1.0F, 1.1F};  // of the screen's white, seen by a camera set to the room

// The share of light that glass mirrors, seen nearly from the front, and what there is to mirror: a window, a
// lamp, and the dim room.
double mirrored_room(const Vector3& direction, double glare) {
  if (direction.z > -0.05) return 0;
  const double x = direction.x / -direction.z;
  const double y = direction.y / -direction.z;
  const auto edge = [](double distance, double softness) { return 1 / (1 + std::exp(distance / softness)); };
  const double pane = edge(std::abs(x - 0.30) - 0.16, 0.02) * edge(std::abs(y + 0.18) - 0.22, 0.02);
  const double bars =
      1 - 0.8 * (edge(std::abs(x - 0.30) - 0.008, 0.006) + edge(std::abs(y + 0.16) - 0.008, 0.006));
  const double lamp = std::exp(-((x + 0.35) * (x + 0.35) + (y + 0.42) * (y + 0.42)) / 0.004);
  return 0.012 + glare * (0.11 * pane * std::max(bars, 0.0) + 0.5 * lamp);
}

class ReplayForger final : public Forger {
 public:
  // still  shown instead of the target
  ReplayForger(const TargetInfo& info,
               std::optional<Image> still,
               const OptionValues& values,
               std::uint64_t seed)
      : info_(frame_of(info, values)),
        still_(std::move(still)),
        kind_(screen_kind(values.choice("screen", {"phone", "tablet", "laptop", "monitor"}),
                          info.height > info.width)),
        camera_({info_.width, info_.height, values.number("noise", 0, 20), 0.25, 0.4}, seed),
        backdrop_(Backdrop::room(info_.width, info_.height, seed)),
        gamma_(static_cast<float>(values.number("gamma", 0.5, 2))),
        brightness_(static_cast<float>(values.number("brightness", 0.1, 4))),
        moire_(static_cast<float>(values.number("moire", 0, 1))),
        exposure_s_(values.number("exposure", 0.0005, 0.1)),
        duty_(1 - values.number("flicker", 0, 0.95)) {
    if (still_)
      place_clip(still_->width, still_->height);
    else
      place_clip(info.width, info.height);
    Random random(seed, 61);
    const double shake = values.number("shake", 0, 5);
    // What stands on a table moves only with the hand that holds the camera.
    const bool in_hand = kind_.name == "phone" || kind_.name == "tablet";
    held_.emplace(mean_pose(values, random), shake * (in_hand ? 1 : 0.5), random);
    sway_x_.emplace(random, shake * info_.width / 400, 0.15, 1.2);
    sway_y_.emplace(random, shake * info_.width / 400, 0.15, 1.2);
    light_.environment = mirrored_room;
    light_.glare = values.number("glare", 0, 5);
    // The screen's clock and the camera's never agree.
    refresh_hz_ = kind_.refresh_hz * (1 + random.uniform(-1, 1) * 4e-4);
    pulse_hz_ = kind_.pulse_hz * (1 + random.uniform(-1, 1) * 2e-3);
    phase_s_ = random.uniform(0, 1) / refresh_hz_;
    if (in_hand && values.flag("hands")) {
      const Light skin = random_skin(random);
      const Light cloth = random_cloth(random);
      const float edge = half_case_x();
      const auto tip = [&](double most) { return edge - static_cast<float>(random.uniform(1.5, most)); };
      for (const float side : {-1.0F, 1.0F})
        hands_.emplace_back(side * tip(std::max(kind_.bezel_x_mm * 1.2, 4.0)),
                            half_case_y() * static_cast<float>(random.uniform(0.2, 0.6)),
                            side,
                            edge,
                            skin,
                            cloth);
    }
    mosaic_ = {
        info_.width,
        info_.height,
        std::vector<float>(static_cast<std::size_t>(info_.width) * static_cast<std::size_t>(info_.height))};
  }

  ForgedFrame forge(const TargetFrame& target) override {
    const double time_s = target.frame->time_s;
    // A still is shown once.
    if (!still_ || shown_.width == 0) show(still_ ? *still_ : target.frame->image);
    view_.look(held_->at(time_s), light_, camera_.focal_length(), info_.width, info_.height);
    const auto shift_x = static_cast<float>(sway_x_->at(time_s));
    const auto shift_y = static_cast<float>(sway_y_->at(time_s));
    ForgedFrame out;
    out.mask = {info_.width, info_.height, std::vector<std::uint8_t>(mosaic_.values.size())};
    for (int y = 0; y < info_.height; ++y) {
      view_.row(y, points_);
      start_row(time_s + kReadout * y / info_.height);
      float* values = mosaic_.row(y);
      std::uint8_t* mask = out.mask.row(y);
      for (int x = 0; x < info_.width; ++x) {
        const int channel = Camera::filter_of(x, y);
        const Seen seen = look_at(points_[static_cast<std::size_t>(x)], channel);
        values[x] = seen.light;
        if (seen.device < 1 && seen.device + seen.hand < 1)
          values[x] +=
              (1 - seen.device - seen.hand) * kRoom * 1.6F *
              backdrop_.light(
                  static_cast<float>(x) + 0.5F + shift_x, static_cast<float>(y) + 0.5F + shift_y, channel);
        mask[x] = static_cast<std::uint8_t>(255 * seen.device + 0.5F);
      }
    }
    out.image = camera_.develop(mosaic_, time_s);
    if (!still_) std::swap(shown_, shown_before_);
    return out;
  }

 private:
  struct Seen {
    float light = 0;   // of device and hand, times what they cover
    float device = 0;  // 0..1
    float hand = 0;    // 0..1
  };

  static TargetInfo frame_of(TargetInfo info, const OptionValues& values) {
    const int width = values.whole_number("width", 0, 4096) / 2 * 2;
    const int height = values.whole_number("height", 0, 4096) / 2 * 2;
    if ((width == 0) != (height == 0) || (width > 0 && std::min(width, height) < 64))
      throw Error(ErrorCode::InvalidArgument,
                  "present/replay: width and height: expected both from 64 on, or both 0 (the target's)");
    if (width > 0) info.width = width, info.height = height;
    return info;
  }

  float half_case_x() const { return static_cast<float>(kind_.width_mm / 2 + kind_.bezel_x_mm); }
  float half_case_y() const { return static_cast<float>(kind_.height_mm / 2 + kind_.bezel_y_mm); }

  SheetPose mean_pose(const OptionValues& values, Random& random) const {
    SheetPose pose;
    pose.center.z = camera_.focal_length() / values.number("fill", 0.3, 3) *
                    std::max(2.0 * clip_half_x_ / info_.width, 2.0 * clip_half_y_ / info_.height);
    pose.yaw = random.uniform(-7, 7);
    pose.pitch = random.uniform(-6, 6);
    pose.roll = random.uniform(-2.5, 2.5);
    return pose;
  }

  // The clip fills the screen as players do it: proportions kept, black beside it.
  void place_clip(int width, int height) {
    const double factor = std::min(kind_.width_mm / width, kind_.height_mm / height);
    clip_half_x_ = static_cast<float>(width * factor / 2);
    clip_half_y_ = static_cast<float>(height * factor / 2);
  }

  // The frame as light, shrunk if the camera sees it much smaller than it is.
  void show(const Image& frame) {
    const double seen = 2 * clip_half_x_ / (held_->at(0).center.z / camera_.focal_length());
    const double shrink = seen / frame.width;
    const Image* image = &frame;
    Image smaller;
    if (shrink < 0.75) {
      smaller = resize(frame,
                       std::max(2, static_cast<int>(frame.width * shrink * 1.3)),
                       std::max(2, static_cast<int>(frame.height * shrink * 1.3)),
                       Interpolation::Area);
      image = &smaller;
    }
    shown_.width = image->width;
    shown_.height = image->height;
    shown_.values.resize(image->pixels.size());
    std::array<float, 256> light{};
    for (std::size_t i = 0; i < light.size(); ++i)
      light[i] = kBlack + (1 - kBlack) * std::pow(light_of_code()[i], gamma_);
    std::transform(image->pixels.begin(), image->pixels.end(), shown_.values.begin(), [&](std::uint8_t code) {
      return light[code];
    });
    if (shown_before_.values.size() != shown_.values.size()) shown_before_ = shown_;
  }

  // What a row of photosites sees while it is exposed from `begin_s` on.
  void start_row(double begin_s) {
    pulse_ = static_cast<float>(pulse_light(begin_s, exposure_s_, pulse_hz_, duty_));
    // How far down the screen the new frame is drawn in the middle of the exposure, and how far it gets
    // during it.
    const double middle = (begin_s + exposure_s_ / 2 + phase_s_) * refresh_hz_;
    drawn_ = static_cast<float>(middle - std::floor(middle));
    draws_ = static_cast<float>(std::max(exposure_s_ * refresh_hz_, 0.01));
  }

  static float bilinear(const LightImage& image, float x, float y, int channel) {
    const float px = std::clamp(x - 0.5F, 0.0F, static_cast<float>(image.width) - 1.001F);
    const float py = std::clamp(y - 0.5F, 0.0F, static_cast<float>(image.height) - 1.001F);
    const int ix = static_cast<int>(px);
    const int iy = static_cast<int>(py);
    const float fx = px - static_cast<float>(ix);
    const float fy = py - static_cast<float>(iy);
    const float* p = image.row(iy) + static_cast<std::ptrdiff_t>(ix) * 3 + channel;
    const float* q = p + static_cast<std::ptrdiff_t>(image.width) * 3;
    const float above = p[0] + fx * (p[3] - p[0]);
    return above + fy * (q[0] + fx * (q[3] - q[0]) - above);
  }

  // Light of the screen's pixels of one colour at (u, v) mm from its middle.
  float screen_light(float u, float v, int channel, float pixel) const {
    const float inside = std::min(clip_half_x_ - std::abs(u), clip_half_y_ - std::abs(v));
    if (inside < -pixel) return kBlack;
    const float x = (u / clip_half_x_ + 1) / 2 * static_cast<float>(shown_.width);
    const float y = (v / clip_half_y_ + 1) / 2 * static_cast<float>(shown_.height);
    // Lines are drawn from the top; with the device turned, from one side.
    const float line = kind_.sideways ? u / static_cast<float>(kind_.width_mm) + 0.5F
                                      : v / static_cast<float>(kind_.height_mm) + 0.5F;
    const float fresh = std::clamp((drawn_ - line) / draws_ + 0.5F, 0.0F, 1.0F);
    float light = fresh > 0 ? fresh * bilinear(shown_, x, y, channel) : 0;
    if (fresh < 1) light += (1 - fresh) * bilinear(shown_before_, x, y, channel);
    return std::clamp(inside / pixel + 0.5F, 0.0F, 1.0F) * light * grid_light(u, v, channel, pixel);
  }

  // The stripes stand across the lines.
  float grid_light(float u, float v, int channel, float pixel) const {
    const double column = (u / kind_.width_mm + 0.5) * kind_.columns;
    const double row = (v / kind_.height_mm + 0.5) * kind_.rows;
    const double across = kWindow * pixel / kind_.width_mm * kind_.columns;
    const double down = kWindow * pixel / kind_.height_mm * kind_.rows;
    const float grid = kind_.sideways ? stripe_light(row, down, channel) * row_light(column, across)
                                      : stripe_light(column, across, channel) * row_light(row, down);
    return 1 + moire_ * (grid - 1);
  }

  // Distance to the outline of the case, mm; < 0 inside.
  float case_distance(float u, float v) const {
    const auto corner = static_cast<float>(kind_.corner_mm);
    const float x = std::max(std::abs(u) - half_case_x() + corner, 0.0F);
    const float y = std::max(std::abs(v) - half_case_y() + corner, 0.0F);
    return std::sqrt(x * x + y * y) - corner;
  }

  Seen look_at(const SheetPoint& point, int channel) const {
    const auto pixel = static_cast<float>(view_.pixel_size());
    Seen seen;
    const float distance = case_distance(point.u, point.v);
    seen.device = std::clamp(0.5F - distance / pixel, 0.0F, 1.0F);
    float light = 0;
    if (seen.device > 0) {
      const float inside = std::min(static_cast<float>(kind_.width_mm / 2) - std::abs(point.u),
                                    static_cast<float>(kind_.height_mm / 2) - std::abs(point.v));
      const float lit = std::clamp(inside / pixel + 0.5F, 0.0F, 1.0F);
      // The rim of the case catches light; the bezel is black glass.
      const float rim = std::clamp(1 - std::abs(distance + 0.8F) / 0.8F, 0.0F, 1.0F);
      light = kRoom * (0.03F + 0.35F * rim) + point.mirror;
      if (lit > 0)
        light += lit * brightness_ * pulse_ * kTint[static_cast<std::size_t>(channel)] *
                 screen_light(point.u, point.v, channel, pixel);
    }
    for (const Hand& hand : hands_) {
      const Hand::Touch touch = hand.at(point.u, point.v, seen.device > 0.5F, pixel);
      light *= touch.shadow;
      if (touch.cover <= 0) continue;
      seen.light = seen.light * (1 - touch.cover) +
                   touch.cover * kRoom * touch.light[static_cast<std::size_t>(channel)];
      seen.hand = seen.hand * (1 - touch.cover) + touch.cover;
    }
    seen.device *= 1 - seen.hand;
    seen.light += light * seen.device;
    return seen;
  }

  TargetInfo info_;
  std::optional<Image> still_;
  ScreenKind kind_;
  Camera camera_;
  Backdrop backdrop_;
  float gamma_;
  float brightness_;
  float moire_;
  double exposure_s_;
  double duty_;
  float clip_half_x_ = 0;  // of the clip on the screen, mm
  float clip_half_y_ = 0;
  std::optional<HeldPose> held_;
  std::optional<SmoothPath> sway_x_;  // of the camera, pixels at the distance of the wall
  std::optional<SmoothPath> sway_y_;
  std::vector<Hand> hands_;
  SheetLight light_;
  SheetView view_;
  double refresh_hz_ = 60;
  double pulse_hz_ = 240;
  double phase_s_ = 0;
  LightImage shown_;
  LightImage shown_before_;
  float pulse_ = 1;
  float drawn_ = 1;
  float draws_ = 1;
  Mosaic mosaic_;
  std::vector<SheetPoint> points_;
};

class PresentReplay final : public Attack {
 public:
  explicit PresentReplay(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.sources = 0;
    traits.takes_still = true;
    traits.needs_target_face = traits.in_place = false;
    traits.imitates = "a clip or a photo of the victim, shown on a screen that is held before the camera";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    std::vector<AttackOption> out = still_length_options();
    const std::vector<AttackOption> more{
        {"screen", "tablet", "phone, tablet, laptop or monitor"},
        {"width", "0", "of the result, pixels, 64 to 4096; 0: the target's or the portrait's"},
        {"height", "0", "of the result, pixels, 64 to 4096; 0: the target's or the portrait's"},
        {"fill", "0.88", "share of the frame's width or height that the shown clip takes, 0.3 to 3"},
        {"brightness", "1", "of the screen's white, against a lit room, 0.1 to 4"},
        {"gamma", "1.1", "0.5 to 2: above 1 the screen shows more contrast than the clip has"},
        {"moire", "1", "how much of the screen's grid reaches the sensor, 0 to 1"},
        {"glare", "1", "mirroring of a window and a lamp, 0 to 5"},
        {"flicker", "0.35", "share of the time that the screen's light is off, 0 to 0.95"},
        {"exposure", "0.0075", "of the camera, seconds, 0.0005 to 0.1"},
        {"shake", "1", "of the hands: 0 a stand, 1 hands that try to hold still, up to 5"},
        {"hands", "on", "on or off: thumbs on a phone or tablet"},
        {"noise", "1", "of the camera: 0 none, 1 a lit room, up to 20"}};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  TargetInfo plan(std::span<const AttackSource> sources, const AttackOptions& options) const override {
    return still_clip_info(values_of(options), sources[0].image);
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& target,
                                const AttackOptions& options) const override {
    std::optional<Image> still;
    if (!sources.empty()) still = cut_out(sources[0], head_and_shoulders(sources[0]), kLongestStill);
    return std::make_unique<ReplayForger>(target, std::move(still), values_of(options), options.seed);
  }

 private:
  OptionValues values_of(const AttackOptions& options) const {
    return {"present/replay", this->options(), options.values};
  }
};

const Registration<Attack, PresentReplay> kPresentReplay{
    "present/replay", "a clip or a photo, shown on a screen before the camera"};

}  // namespace
}  // namespace kyc
