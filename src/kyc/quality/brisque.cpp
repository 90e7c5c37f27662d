#include "kyc/quality/brisque.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/quality/brisque_model.h"
#include "kyc/quality/brisque_pass.h"

namespace kyc {
namespace {

constexpr int kMinSide = 16;
constexpr std::uint64_t kMaxModelBytes = 64ULL << 20;

// The ratio Gamma(2/g)^2 / (Gamma(1/g) Gamma(3/g)) of a generalised Gaussian of shape g; it rises with g.
struct Shapes {
  std::vector<double> shapes;  // 0.2 to 10 in steps of 0.001, as OpenCV sums them up
  std::vector<double> ratios;

  Shapes() {
    for (double shape = 0.2; shape < 10; shape += 0.001) {
      const double second = std::tgamma(2 / shape);
      shapes.push_back(shape);
      ratios.push_back(second * second / (std::tgamma(1 / shape) * std::tgamma(3 / shape)));
    }
  }

  double closest(double ratio) const {
    const auto found = std::lower_bound(ratios.begin(), ratios.end(), ratio);
    auto at = static_cast<std::size_t>(found - ratios.begin());
    if (at == ratios.size()) return shapes.back();
    if (at > 0 && std::abs(ratios[at] - ratio) > std::abs(ratios[at - 1] - ratio)) --at;
    return shapes[at];
  }
};

// Asymmetric generalised Gaussian distribution, fitted by moments (N. Lasmar et al. 2009).
struct Distribution {
  double shape = 0;
  double left = 0;  // root mean square of the negative values
  double right = 0;
};

std::optional<Distribution> fit(const SignedMoments& moments, double count) {
  if (moments.positive == 0 || moments.negative == 0 || !(moments.negative_squares > 0) ||
      !(moments.positive_squares > 0))
    return std::nullopt;
  static const Shapes kShapes;
  Distribution out;
  out.left = std::sqrt(moments.negative_squares / static_cast<double>(moments.negative));
  out.right = std::sqrt(moments.positive_squares / static_cast<double>(moments.positive));
  const double gamma = out.left / out.right;
  const double mean = moments.magnitudes / count;
  const double ratio = mean * mean / ((moments.negative_squares + moments.positive_squares) / count);
  const double squared = gamma * gamma + 1;
  out.shape = kShapes.closest(ratio * (gamma * gamma * gamma + 1) * (gamma + 1) / (squared * squared));
  return out;
}

// exp(x) of x <= 0 with the roundings of OpenCV's float exponential: 64ths of a power of two from a table,
// the rest from a polynomial. It is off by a few units of the seventh digit, and the weights of the model, up
// to 1024 and of both signs, make thousandths of a score out of them.
float float_exponential(float x) {
  constexpr double kScale = 0.009670371139572337719;  // of the table; the polynomial has its inverse
  constexpr auto kA0 = static_cast<float>(1.000000000000002438532970795181890933776 / kScale);
  constexpr auto kA1 = static_cast<float>(0.6931471805521448196800669615864773144641 / kScale);
  constexpr auto kA2 = static_cast<float>(0.2402265109513301490103372422686535526573 / kScale);
  constexpr auto kA3 = static_cast<float>(0.05550339366753125211915322047004666939128 / kScale);
  const float steps = x * static_cast<float>(std::numbers::log2e * 64);
  if (steps < -126 * 64) return 0;
  const float whole = std::nearbyint(steps);
  const float rest = (steps - whole) * (1.F / 64);
  const int index = static_cast<int>(whole);
  const auto entry = static_cast<float>(std::exp2((index & 63) / 64.0) * kScale);
  const float power = std::ldexp(entry, index >> 6);
  float value = rest + kA3;
  value = std::fma(value, rest, kA2);
  value = std::fma(value, rest, kA1);
  return std::fma(value, rest, kA0) * power;
}

// Appends 18 features; false if a distribution has no shape.
bool add_features(const LumaPlane& plane, BrisqueFeatures& features, std::size_t at) {
  const double count = static_cast<double>(plane.width) * plane.height;
  const std::array<SignedMoments, 5> moments = brisque_moments(plane);
  for (std::size_t map = 0; map < moments.size(); ++map) {
    const std::optional<Distribution> fitted = fit(moments[map], count);
    if (!fitted) return false;
    const auto& [shape, left, right] = *fitted;
    features[at++] = static_cast<float>(shape);
    if (map == 0) {
      features[at++] = static_cast<float>(left * left + right * right) / 2;
      continue;
    }
    const double scale = std::sqrt(std::tgamma(1 / shape)) / std::sqrt(std::tgamma(3 / shape));
    const double mean = (right - left) * (std::tgamma(2 / shape) / std::tgamma(1 / shape)) * scale;
    features[at++] = static_cast<float>(mean);
    features[at++] = static_cast<float>(left * left);
    features[at++] = static_cast<float>(right * right);
  }
  return true;
}

}  // namespace

struct BrisqueModel::State {
  BrisqueRegression regression;
};

BrisqueModel::BrisqueModel(std::string_view model,
                           const std::string& model_name,
                           std::string_view ranges,
                           const std::string& ranges_name)
    : state_(std::make_unique<State>(State{parse_brisque(model, model_name, ranges, ranges_name)})) {}

BrisqueModel::~BrisqueModel() = default;
BrisqueModel::BrisqueModel(BrisqueModel&&) noexcept = default;

BrisqueModel BrisqueModel::read(const std::filesystem::path& model, const std::filesystem::path& ranges) {
  return {read_text_file(model, kMaxModelBytes),
          model.string(),
          read_text_file(ranges, kMaxModelBytes),
          ranges.string()};
}

double BrisqueModel::score(const BrisqueFeatures& features) const {
  const BrisqueRegression& model = state_->regression;
  BrisqueFeatures scaled{};
  for (std::size_t i = 0; i < features.size(); ++i) {
    const float low = model.low[i];
    const float high = model.high[i];
    scaled[i] = -1.F + 2.F * (features[i] - low) / (high - low);
  }
  double sum = -model.rho;
  for (std::size_t v = 0; v < model.weights.size(); ++v) {
    const float* vector = model.vectors.data() + v * scaled.size();
    double distance = 0;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const double difference = static_cast<double>(vector[i] - scaled[i]);
      distance += difference * difference;
    }
    sum += model.weights[v] *
           static_cast<double>(float_exponential(static_cast<float>(-model.gamma * distance)));
  }
  return std::clamp(sum, 0.0, 100.0);
}

std::optional<BrisqueFeatures> brisque_features(const Image& image) {
  if (image.width < kMinSide || image.height < kMinSide)
    throw Error(ErrorCode::InvalidArgument,
                "BRISQUE: expected a picture of at least " + std::to_string(kMinSide) +
                    " pixels a side, got " + std::to_string(image.width) + " x " +
                    std::to_string(image.height));
  const LumaPlane plane = luma_plane(image);
  BrisqueFeatures features{};
  if (!add_features(plane, features, 0) || !add_features(half_size(plane), features, features.size() / 2))
    return std::nullopt;
  return features;
}

std::optional<BrisqueScore> brisque(const Image& image, const BrisqueModel& model) {
  const std::optional<BrisqueFeatures> features = brisque_features(image);
  if (!features) return std::nullopt;
  return BrisqueScore{model.score(*features), image.width, image.height};
}

}  // namespace kyc
