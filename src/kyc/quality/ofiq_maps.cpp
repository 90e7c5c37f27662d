#include "kyc/quality/ofiq_maps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>

namespace kyc {
namespace {

using Map = std::function<double(double)>;

double logistic(double x, double x0, double w) {
  return 1 / (1 + std::exp((x0 - x) / w));
}

Map sigmoid(double h, double a, double s, double x0, double w) {
  return [=](double native) { return quality_sigmoid(native, h, a, s, x0, w); };
}

Map rising(double x0, double w) {
  return sigmoid(100, 0, 1, x0, w);
}

double of_angle(double degrees) {
  const double cosine = std::cos(degrees * std::numbers::pi / 180);
  return 100 * cosine * cosine;
}

double of_share(double share) {
  return 100 * (1 - share);
}

double of_head_coverings(double share) {
  constexpr double kMost = 0.95;
  constexpr double kCentre = 0.02;
  constexpr double kWidth = 0.1;
  if (share <= 0) return 100;
  if (share >= kMost) return 0;
  const double low = logistic(0, kCentre, kWidth);
  return 100 * (1 - (logistic(share, kCentre, kWidth) - low) / (logistic(kMost, kCentre, kWidth) - low));
}

// The constants are those of OFIQ's example configuration and of its sources (release of 2025).
const std::map<std::string, Map, std::less<>>& maps() {
  static const std::map<std::string, Map, std::less<>> kMaps{
      {"BackgroundUniformity", sigmoid(190, 1, -1, 10, 100)},
      {"CompressionArtifacts", sigmoid(1, -0.0278, 103, 0.3308, 0.092)},
      {"DynamicRange", [](double bits) { return 12.5 * bits; }},
      {"ExpressionNeutrality", rising(-5000, 5000)},
      {"EyesOpen", rising(0.02, 0.01)},
      {"EyesVisible", of_share},
      {"FaceOcclusionPrevention", of_share},
      {"HeadPosePitch", of_angle},
      {"HeadPoseRoll", of_angle},
      {"HeadPoseYaw", of_angle},
      {"HeadSize", [](double size) { return quality_sigmoid(std::abs(size - 0.45), 200, 1, -1, 0, 0.05); }},
      {"IlluminationUniformity", [](double overlap) { return 100 * std::pow(overlap, 0.3); }},
      {"InterEyeDistance", rising(70, 20)},
      {"LeftwardCropOfTheFaceImage", rising(0.9, 0.1)},
      {"LuminanceMean",
       [](double mean) { return 100 * logistic(mean, 0.2, 0.05) * (1 - logistic(mean, 0.8, 0.05)); }},
      {"LuminanceVariance",
       [](double variance) {
         return 100 * std::sin(60 * variance / (60 * variance + 1) * std::numbers::pi);
       }},
      {"MarginAboveOfTheFaceImage", rising(1.4, 0.1)},
      {"MarginBelowOfTheFaceImage", rising(1.8, 0.1)},
      {"MouthClosed", sigmoid(100, 1, -1, 0.2, 0.06)},
      {"MouthOcclusionPrevention", of_share},
      {"NaturalColour", sigmoid(200, 1, -1, 0, 10)},
      {"NoHeadCoverings", of_head_coverings},
      {"OverExposurePrevention", [](double share) { return 1 / (share + 0.01); }},
      {"RightwardCropOfTheFaceImage", rising(0.9, 0.1)},
      {"Sharpness", sigmoid(1, -14, 115, -20, 15)},
      {"SingleFacePresent", of_share},
      {"UnderExposurePrevention", sigmoid(120, 0.832, -1, 0.92, 0.05)},
      {"UnifiedQualityScore", rising(23, 2.6)},
  };
  return kMaps;
}

}  // namespace

double quality_sigmoid(double native, double h, double a, double s, double x0, double w) {
  return h * (a + s * logistic(native, x0, w));
}

std::optional<int> ofiq_quality(std::string_view component, double native) {
  const auto found = maps().find(component);
  if (found == maps().end()) return std::nullopt;
  return static_cast<int>(std::lround(std::clamp(found->second(native), 0.0, 100.0)));
}

std::vector<std::string> ofiq_components() {
  std::vector<std::string> names;
  for (const auto& [name, map] : maps()) names.push_back(name);
  return names;
}

}  // namespace kyc
