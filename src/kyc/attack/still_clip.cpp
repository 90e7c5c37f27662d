#include "kyc/attack/still_clip.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/image/transform.h"

namespace kyc {

std::vector<AttackOption> still_length_options() {
  return {{"seconds", "5", "length of the clip, 0.1 to 3600", true},
          {"frame_rate", "30", "frames per second, 1 to 120", true}};
}

std::vector<AttackOption> still_clip_options(int width, int height) {
  std::vector<AttackOption> out = still_length_options();
  out.push_back(
      {"width", std::to_string(width), "of the clip, pixels, 64 to 4096; 0: as the portrait", true});
  out.push_back(
      {"height", std::to_string(height), "of the clip, pixels, 64 to 4096; 0: as the portrait", true});
  return out;
}

TargetInfo still_clip_info(const OptionValues& values, const Image& source) {
  TargetInfo info;
  info.width = values.whole_number("width", 0, 4096) / 2 * 2;
  info.height = values.whole_number("height", 0, 4096) / 2 * 2;
  if (info.width == 0 && info.height == 0) {
    const double factor = std::min(1.0, 960.0 / std::max(source.width, source.height));
    info.width = std::max(64, static_cast<int>(source.width * factor) / 2 * 2);
    info.height = std::max(64, static_cast<int>(source.height * factor) / 2 * 2);
  }
  if (info.width < 64 || info.height < 64)
    throw Error(ErrorCode::InvalidArgument, "width and height: expected both from 64 on, or both 0");
  info.frame_rate = values.number("frame_rate", 1, 120);
  info.frames =
      std::max<std::int64_t>(1, std::llround(values.number("seconds", 0.1, 3600) * info.frame_rate));
  return info;
}

Box head_and_shoulders(const AttackSource& source) {
  const auto width = static_cast<float>(source.image.width);
  const auto height = static_cast<float>(source.image.height);
  if (!source.face || source.face->detection.box.height > 0.35F * height) return {0, 0, width, height};
  const Box& face = source.face->detection.box;
  const float cut_height = std::min(height, face.height / 0.42F);
  const float cut_width = std::min(width, cut_height * 0.8F);
  const float x = std::clamp(face.center().x - cut_width / 2, 0.0F, width - cut_width);
  const float y = std::clamp(face.center().y - cut_height * 0.45F, 0.0F, height - cut_height);
  return {x, y, cut_width, cut_height};
}

Image cut_out(const AttackSource& source, const Box& box, int longest) {
  const int width = std::max(1, static_cast<int>(std::lround(box.width)));
  const int height = std::max(1, static_cast<int>(std::lround(box.height)));
  Image cut = width == source.image.width && height == source.image.height
                  ? source.image
                  : crop(source.image, box, width, height);
  const int longer = std::max(width, height);
  if (longer <= longest) return cut;
  const double factor = static_cast<double>(longest) / longer;
  return resize(cut,
                std::max(1, static_cast<int>(std::lround(width * factor))),
                std::max(1, static_cast<int>(std::lround(height * factor))),
                Interpolation::Area);
}

}  // namespace kyc
