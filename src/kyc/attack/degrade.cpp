#include "kyc/attack/degrade.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <deque>
#include <optional>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/video/reencoder.h"

namespace kyc {
namespace {

struct KnownStep {
  const char* name;
  DegradeStep::Kind kind;
  double least;
  double most;  // 0: takes no number
};

constexpr KnownStep kKnownSteps[] = {{"longest", DegradeStep::Kind::Longest, 16, 16384},
                                     {"scale", DegradeStep::Kind::Scale, 0.02, 4},
                                     {"restore", DegradeStep::Kind::Restore, 0, 0},
                                     {"jpeg", DegradeStep::Kind::Jpeg, 1, 100},
                                     {"webp", DegradeStep::Kind::Webp, 1, 100},
                                     {"crf", DegradeStep::Kind::H264, 0, 51}};

DegradeStep parsed_step(const std::string& text, const std::string& chain) {
  for (const KnownStep& known : kKnownSteps) {
    const std::string name = known.name;
    if (text.compare(0, name.size(), name) != 0) continue;
    const char* begin = text.data() + name.size();
    const char* end = text.data() + text.size();
    if (known.most == 0 && begin == end) return {known.kind, 0};
    double value = 0;
    const auto [stop, failure] = std::from_chars(begin, end, value);
    if (failure == std::errc() && stop == end && value >= known.least && value <= known.most)
      return {known.kind, value};
  }
  throw Error(ErrorCode::InvalidArgument,
              "chain '" + chain + "': step '" + text +
                  "': expected longest16 to longest16384 (pixels), scale0.02 to scale4, restore, jpeg1 to "
                  "jpeg100, webp1 to webp100 or crf0 to crf51 (H.264), joined by '+'");
}

Image resized(const Image& image, double width, double height) {
  const int w = std::clamp(static_cast<int>(std::lround(width)), 1, 16384);
  const int h = std::clamp(static_cast<int>(std::lround(height)), 1, 16384);
  const bool shrinks = w <= image.width && h <= image.height;
  return resize(image, w, h, shrinks ? Interpolation::Area : Interpolation::Linear);
}

struct Size {
  int width = 0;
  int height = 0;
};

// Any step but a video codec's.
Image degraded_once(Image&& image, const DegradeStep& step, const Size& first) {
  const int quality = static_cast<int>(std::lround(step.value));
  switch (step.kind) {
    case DegradeStep::Kind::Longest: {
      const double factor = step.value / std::max(image.width, image.height);
      return factor < 1 ? resized(image, image.width * factor, image.height * factor) : std::move(image);
    }
    case DegradeStep::Kind::Scale:
      return resized(image, image.width * step.value, image.height * step.value);
    case DegradeStep::Kind::Restore:
      return resized(image, first.width, first.height);
    case DegradeStep::Kind::Jpeg:
      return decode_image(encode_jpeg(image, quality, JpegColours::Halved), "JPEG in memory");
    case DegradeStep::Kind::Webp:
      return decode_image(encode_webp(image, quality), "WebP in memory");
    case DegradeStep::Kind::H264:
      break;
  }
  assert(false);
  return std::move(image);
}

WriteOptions codec_options(const Image& image, const DegradeStep& step, double frame_rate) {
  WriteOptions out;
  out.width = image.width;
  out.height = image.height;
  out.frame_rate = std::clamp(frame_rate, 1.0, 1000.0);
  out.crf = static_cast<int>(std::lround(step.value));
  out.preset = "veryfast";
  return out;
}

// The steps of the chain; a codec at each one that is a video codec's, made when its first picture is there.
class DegradedClip final : public ClipPass {
 public:
  DegradedClip(std::vector<DegradeStep> chain, double frame_rate)
      : chain_(std::move(chain)), frame_rate_(frame_rate), codecs_(chain_.size()) {}

  void push(Image image) override {
    if (first_.width == 0) first_ = {image.width, image.height};
    feed(0, std::move(image));
  }

  void finish() override {
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      if (!codecs_[i]) continue;
      codecs_[i]->finish();
      drain(i);
    }
  }

  std::optional<Image> pop() override {
    if (ready_.empty()) return std::nullopt;
    Image out = std::move(ready_.front());
    ready_.pop_front();
    return out;
  }

 private:
  void feed(std::size_t step, Image&& image) {
    for (; step < chain_.size(); ++step) {
      if (chain_[step].kind == DegradeStep::Kind::H264) {
        if (!codecs_[step]) codecs_[step].emplace(codec_options(image, chain_[step], frame_rate_));
        codecs_[step]->push(image);
        drain(step);
        return;
      }
      image = degraded_once(std::move(image), chain_[step], first_);
    }
    ready_.push_back(std::move(image));
  }

  void drain(std::size_t step) {
    while (std::optional<Image> image = codecs_[step]->pop()) feed(step + 1, std::move(*image));
  }

  std::vector<DegradeStep> chain_;
  double frame_rate_;
  Size first_;
  std::vector<std::optional<Reencoder>> codecs_;
  std::deque<Image> ready_;
};

}  // namespace

std::vector<DegradeStep> parsed_chain(const std::string& text) {
  std::vector<DegradeStep> chain;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = std::min(text.find('+', start), text.size());
    chain.push_back(parsed_step(text.substr(start, end - start), text));
    if (end == text.size()) return chain;
    if (chain.size() == 32)
      throw Error(ErrorCode::InvalidArgument, "chain '" + text + "': expected at most 32 steps");
    start = end + 1;
  }
}

Image degraded(Image image, const std::vector<DegradeStep>& chain) {
  const Size first{image.width, image.height};
  for (const DegradeStep& step : chain) {
    if (step.kind != DegradeStep::Kind::H264) {
      image = degraded_once(std::move(image), step, first);
      continue;
    }
    Reencoder codec(codec_options(image, step, 25));
    codec.push(image);
    codec.finish();
    image = codec.pop().value();
  }
  return image;
}

std::unique_ptr<ClipPass> degraded_clip(const std::vector<DegradeStep>& chain, double frame_rate) {
  const auto is_video = [](const DegradeStep& step) { return step.kind == DegradeStep::Kind::H264; };
  if (std::none_of(chain.begin(), chain.end(), is_video)) return nullptr;
  return std::make_unique<DegradedClip>(chain, frame_rate);
}

}  // namespace kyc
