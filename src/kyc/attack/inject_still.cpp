// A still looped as a clip, fed in behind the camera: slow zoom and drift so that no two frames are equal,
// and noise as a camera's would be, so that frames do not freeze. Nothing in the face moves.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/attack/attack.h"
#include "kyc/attack/light.h"
#include "kyc/attack/pixel_values.h"
#include "kyc/attack/random_path.h"
#include "kyc/attack/still_clip.h"
#include "kyc/core/registry.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr double kPixelFullWell = 3000;  // electrons of a white pixel at noise 1
constexpr double kPixelReadNoise = 4;    // electrons

// Standard deviation of a code's noise, in codes: shot and read noise seen through sRGB's curve.
std::array<float, 256> noise_of_code(double strength) {
  std::array<float, 256> out{};
  if (strength <= 0) return out;
  const auto& light = light_of_code();
  const double electrons = kPixelFullWell / strength;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t below = i > 0 ? i - 1 : 0;
    const std::size_t above = i < 255 ? i + 1 : 255;
    const double slope = static_cast<double>(above - below) / (light[above] - light[below]);
    const double variance =
        light[i] / electrons + kPixelReadNoise * kPixelReadNoise / (electrons * electrons);
    out[i] = static_cast<float>(std::min(slope * std::sqrt(variance), 12.0));
  }
  return out;
}

class StillForger final : public Forger {
 public:
  StillForger(const AttackSource& source, const TargetInfo& info, const OptionValues& values, Random random)
      : info_(info),
        noise_(noise_of_code(values.number("noise", 0, 20))),
        zoom_(random, values.number("zoom", 0, 0.5) / 2, 0.03, 0.3),
        drift_x_(random, values.number("shift", 0, 0.2), 0.03, 0.5),
        drift_y_(random, values.number("shift", 0, 0.2), 0.03, 0.5),
        normal_(random),
        // Paths stay within three deviations: that much more of the picture is needed around the frame.
        margin_(1 + 1.5 * values.number("zoom", 0, 0.5) + 6 * values.number("shift", 0, 0.2)) {
    // Fills the frame, keeping the proportions; the face stays in it where the picture has to be cut.
    const Image& image = source.image;
    const double cover = std::max(static_cast<double>(info.width) / image.width,
                                  static_cast<double>(info.height) / image.height);
    const double scale = cover * margin_;
    picture_ = scale < 0.9 ? resize(image,
                                    std::max(2, static_cast<int>(std::lround(image.width * scale))),
                                    std::max(2, static_cast<int>(std::lround(image.height * scale))),
                                    Interpolation::Area)
                           : image;
    factor_ = std::max(static_cast<double>(info.width) / picture_.width,
                       static_cast<double>(info.height) / picture_.height);
    center_ = {static_cast<float>(picture_.width) / 2, static_cast<float>(picture_.height) / 2};
    if (source.face) {
      const Point face = source.face->detection.box.center();
      center_ = {face.x * static_cast<float>(picture_.width) / static_cast<float>(image.width),
                 face.y * static_cast<float>(picture_.height) / static_cast<float>(image.height)};
    }
  }

  ForgedFrame forge(const TargetFrame& target) override {
    const double time_s = target.frame->time_s;
    const double scale = factor_ * margin_ * std::exp(zoom_.at(time_s));
    const double half_width = info_.width / scale / 2;
    const double half_height = info_.height / scale / 2;
    const double x = std::clamp(center_.x + drift_x_.at(time_s) * info_.width / scale,
                                half_width,
                                std::max(half_width, picture_.width - half_width));
    const double y = std::clamp(center_.y + drift_y_.at(time_s) * info_.width / scale,
                                half_height,
                                std::max(half_height, picture_.height - half_height));
    const Similarity to_frame{static_cast<float>(scale),
                              0,
                              static_cast<float>(info_.width / 2.0 - scale * x),
                              static_cast<float>(info_.height / 2.0 - scale * y)};
    ForgedFrame out{
        warp(picture_, to_frame, info_.width, info_.height),
        {info_.width,
         info_.height,
         std::vector<std::uint8_t>(
             static_cast<std::size_t>(info_.width) * static_cast<std::size_t>(info_.height), 255)}};
    add_noise(out.image, static_cast<std::uint64_t>(target.frame->index));
    return out;
  }

 private:
  void add_noise(Image& image, std::uint64_t frame) const {
    if (noise_[128] == 0) return;
    for (int y = 0; y < image.height; ++y) {
      const float* normal = normal_.row(frame * 65537 + static_cast<std::uint64_t>(y));
      std::uint8_t* p = image.row(y);
      for (int i = 0; i < image.width * 3; ++i)
        p[i] = pixel_value(static_cast<float>(p[i]) + noise_[p[i]] * normal[i]);
    }
  }

  TargetInfo info_;
  std::array<float, 256> noise_;
  SmoothPath zoom_;
  SmoothPath drift_x_;
  SmoothPath drift_y_;
  NormalTable normal_;
  double margin_;
  Image picture_;
  double factor_ = 1;  // frame pixels per pixel of the picture where it just fills the frame
  Point center_;       // of the picture: stays in the middle of the frame as far as that goes
};

class InjectStill final : public Attack {
 public:
  explicit InjectStill(const ModelResources& /*resources*/) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.needs_target = traits.needs_target_face = traits.in_place = false;
    traits.takes_target = true;
    traits.imitates =
        "a photo of the victim, fed into the session through a virtual camera as if it were filmed";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    std::vector<AttackOption> options = still_clip_options(0, 0);
    options.push_back({"noise", "1", "camera noise: 0 none, 1 a lit room, up to 20"});
    options.push_back({"zoom", "0.02", "slow zooming in and out, as a share of the size, 0 to 0.5"});
    options.push_back({"shift", "0.006", "slow drifting, as a share of the width, 0 to 0.2"});
    return options;
  }

  TargetInfo plan(std::span<const AttackSource> sources, const AttackOptions& options) const override {
    return still_clip_info(values_of(options), sources[0].image);
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& target,
                                const AttackOptions& options) const override {
    return std::make_unique<StillForger>(sources[0], target, values_of(options), Random(options.seed, 21));
  }

 private:
  OptionValues values_of(const AttackOptions& options) const {
    return {"inject/still", this->options(), options.values};
  }
};

const Registration<Attack, InjectStill> kInjectStill{"inject/still",
                                                     "a still looped as a clip, with camera noise"};

}  // namespace
}  // namespace kyc
