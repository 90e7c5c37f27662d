// How the power of a picture falls off with frequency. Generators that enlarge by transposed convolutions or
// nearest neighbours leave a fall-off, and single peaks, that cameras do not.
//
// R. Durall, M. Keuper, J. Keuper, "Watch your Up-Convolution: CNN Based Generative Deep Neural Networks are
// Failing to Reproduce Spectral Distributions", CVPR 2020 (azimuthal average, linear classifier); J. Frank et
// al., "Leveraging Frequency Analysis for Deep Fake Image Recognition", ICML 2020 (peaks). Different here:
// the face is not resampled; the spectra of overlapping tiles of 64 x 64 pixels are averaged (P. Welch,
// 1967), so that pictures of any size are measured alike.

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/fourier.h"

namespace kyc {
namespace {

constexpr int kTile = 64;
constexpr int kStep = 32;
constexpr int kSpectrumMaxSide = 320;  // a hundred tiles at most
constexpr float kSpectrumMargin = 1.3F;
constexpr int kBins = kTile / 2;  // of the radius, from 0 to Nyquist
constexpr int kFirstBin = 2;      // below, the window's own width is seen
constexpr int kPeakFrom = 10;     // radius from which a single peak is no part of a face

std::vector<Feature> spectrum_features() {
  std::vector<Feature> out;
  for (int bin = kFirstBin; bin < kBins; ++bin)
    out.push_back({"power_" + std::to_string(bin),
                   bin < 8    ? "low_frequencies"
                   : bin < 20 ? "middle_frequencies"
                              : "high_frequencies"});
  out.push_back({"peak", "peaks"});
  out.push_back({"axes", "peaks"});
  return out;
}

// Frequency -> distance from zero, in bins.
float radius_of(int x, int y) {
  const int fx = x <= kTile / 2 ? x : x - kTile;
  const int fy = y <= kTile / 2 ? y : y - kTile;
  return std::hypot(static_cast<float>(fx), static_cast<float>(fy));
}

std::vector<float> tile_power(const Plane& luma, int left, int top) {
  static const std::array<float, kTile> window = [] {
    std::array<float, kTile> out{};
    for (int i = 0; i < kTile; ++i)
      out[static_cast<std::size_t>(i)] =
          0.5F - 0.5F * std::cos(2 * std::numbers::pi_v<float> * (static_cast<float>(i) + 0.5F) / kTile);
    return out;
  }();
  std::vector<float> square(static_cast<std::size_t>(kTile) * kTile);
  float mean = 0;
  for (int y = 0; y < kTile; ++y)
    for (int x = 0; x < kTile; ++x) mean += luma.at(left + x, top + y);
  mean /= kTile * kTile;
  for (int y = 0; y < kTile; ++y)
    for (int x = 0; x < kTile; ++x)
      square[static_cast<std::size_t>(y) * kTile + static_cast<std::size_t>(x)] =
          (luma.at(left + x, top + y) - mean) * window[static_cast<std::size_t>(x)] *
          window[static_cast<std::size_t>(y)];
  return power_spectrum(square, kTile);
}

double log_power(const std::vector<float>& power, int x, int y) {
  return std::log10(
      static_cast<double>(power[static_cast<std::size_t>(y) * kTile + static_cast<std::size_t>(x)]) + 1);
}

// Of a mean power spectrum.
FrameNotes spectrum_measurements(const std::vector<float>& power) {
  std::array<double, kBins + 1> sum{};
  std::array<double, kBins + 1> count{};
  for (int y = 0; y < kTile; ++y)
    for (int x = 0; x < kTile; ++x) {
      const auto bin = static_cast<std::size_t>(std::lround(radius_of(x, y)));
      if (bin > kBins) continue;
      sum[bin] +=
          static_cast<double>(power[static_cast<std::size_t>(y) * kTile + static_cast<std::size_t>(x)]);
      ++count[bin];
    }
  std::array<double, kBins + 1> level{};  // decades; a grey level's quantisation noise keeps it above zero
  for (std::size_t bin = 0; bin <= kBins; ++bin) level[bin] = std::log10(sum[bin] / count[bin] + 1);
  double mean = 0;
  for (int bin = kFirstBin; bin < kBins; ++bin) mean += level[static_cast<std::size_t>(bin)];
  mean /= kBins - kFirstBin;
  FrameNotes out;
  for (int bin = kFirstBin; bin < kBins; ++bin)
    out.push_back(static_cast<float>(level[static_cast<std::size_t>(bin)] - mean));
  // Against the median of their ring: a peak must not raise what it is compared with.
  std::array<std::vector<double>, kBins + 1> ring;
  for (int y = 0; y < kTile; ++y)
    for (int x = 0; x < kTile; ++x)
      if (const float radius = radius_of(x, y); radius >= kPeakFrom && radius <= kBins)
        ring[static_cast<std::size_t>(std::lround(radius))].push_back(log_power(power, x, y));
  std::array<double, kBins + 1> usual{};
  double peak = 0;
  for (std::size_t bin = kPeakFrom; bin <= kBins; ++bin) {
    usual[bin] = median_of(ring[bin]);
    peak = std::max(peak, *std::max_element(ring[bin].begin(), ring[bin].end()) - usual[bin]);
  }
  double axes = 0;
  double on_axes = 0;
  for (int k = kPeakFrom; k <= kBins; ++k) {
    axes += log_power(power, k, 0) + log_power(power, 0, k) - 2 * usual[static_cast<std::size_t>(k)];
    on_axes += 2;
  }
  out.push_back(static_cast<float>(peak));
  out.push_back(static_cast<float>(axes / on_axes));
  return out;
}

class Spectrum final : public FeatureDetector {
 public:
  explicit Spectrum(const ModelResources& resources)
      : FeatureDetector(
            {.name = "spectrum",
             .detects = {AttackKind::Generated},
             .source = "Durall et al., CVPR 2020; Frank et al., ICML 2020",
             .per_frame = true},
            spectrum_features(),
            {{"low_frequencies", "log power at 2 to 7 cycles in 64 pixels, relative to the whole"},
             {"middle_frequencies", "log power at 8 to 19 cycles in 64 pixels, relative to the whole"},
             {"high_frequencies", "log power at 20 to 31 cycles in 64 pixels, relative to the whole"},
             {"peaks", "how far single frequencies stand out of their surroundings (decades)"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kSpectrumMargin, kTile, kSpectrumMaxSide, RegionFit::Cut);
    if (!region) return {};
    std::vector<float> power(static_cast<std::size_t>(kTile) * kTile);
    int tiles = 0;
    for (int top = 0; top + kTile <= region->luma.height; top += kStep)
      for (int left = 0; left + kTile <= region->luma.width; left += kStep, ++tiles) {
        const std::vector<float> one = tile_power(region->luma, left, top);
        for (std::size_t i = 0; i < power.size(); ++i) power[i] += one[i];
      }
    for (float& value : power) value /= static_cast<float>(tiles);
    return spectrum_measurements(power);
  }

  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kSpectrumMargin, kTile, kSpectrumMaxSide, RegionFit::Cut);
    if (!region) return std::nullopt;
    EvidenceMap map;
    map.method = "probability of an attack by the spectrum of each tile of 64 x 64 pixels";
    for (int top = 0; top + kTile <= region->luma.height; top += kStep, ++map.rows) {
      map.columns = 0;
      for (int left = 0; left + kTile <= region->luma.width; left += kStep, ++map.columns) {
        const FrameNotes notes = spectrum_measurements(tile_power(region->luma, left, top));
        const double odds = log_odds_of(std::vector<double>(notes.begin(), notes.end()));
        map.values.push_back(static_cast<float>(std::clamp(2 * logistic(odds) - 1, 0.0, 1.0)));
      }
    }
    const float margin = static_cast<float>(kTile - kStep) / 2;
    map.area = {region->area.x + margin,
                region->area.y + margin,
                static_cast<float>(map.columns * kStep),
                static_cast<float>(map.rows * kStep)};
    return map;
  }
};

const Registration<AttackDetector, Spectrum> kSpectrum{
    "spectrum", "generated faces, by how the power falls off with frequency"};

}  // namespace
}  // namespace kyc
