#include "kyc/attack/degrade.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

struct KnownStep {
  const char* name;
  DegradeStep::Kind kind;
  double least;
  double most;  // 0: takes no number
};

constexpr KnownStep kSteps[] = {{"longest", DegradeStep::Kind::Longest, 16, 16384},
                                {"scale", DegradeStep::Kind::Scale, 0.02, 4},
                                {"restore", DegradeStep::Kind::Restore, 0, 0},
                                {"jpeg", DegradeStep::Kind::Jpeg, 1, 100},
                                {"webp", DegradeStep::Kind::Webp, 1, 100}};

DegradeStep parsed_step(const std::string& text, const std::string& chain) {
  for (const KnownStep& known : kSteps) {
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
                  "jpeg100 or webp1 to webp100, joined by '+'");
}

Image resized(const Image& image, double width, double height) {
  const int w = std::clamp(static_cast<int>(std::lround(width)), 1, 16384);
  const int h = std::clamp(static_cast<int>(std::lround(height)), 1, 16384);
  const bool shrinks = w <= image.width && h <= image.height;
  return resize(image, w, h, shrinks ? Interpolation::Area : Interpolation::Linear);
}

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
  const int width = image.width;
  const int height = image.height;
  for (const DegradeStep& step : chain) {
    const int quality = static_cast<int>(std::lround(step.value));
    switch (step.kind) {
      case DegradeStep::Kind::Longest: {
        const double factor = step.value / std::max(image.width, image.height);
        if (factor < 1) image = resized(image, image.width * factor, image.height * factor);
        break;
      }
      case DegradeStep::Kind::Scale:
        image = resized(image, image.width * step.value, image.height * step.value);
        break;
      case DegradeStep::Kind::Restore:
        image = resized(image, width, height);
        break;
      case DegradeStep::Kind::Jpeg:
        image = decode_image(encode_jpeg(image, quality, JpegColours::Halved), "JPEG in memory");
        break;
      case DegradeStep::Kind::Webp:
        image = decode_image(encode_webp(image, quality), "WebP in memory");
        break;
    }
  }
  return image;
}

}  // namespace kyc
