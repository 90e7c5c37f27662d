#include "kyc/detection/network_evidence.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr int kOcclusionCells = 8;      // per side
constexpr double kLeastFall = 1;        // of the log odds: less is the trembling of a network, no evidence
constexpr double kSure = 1e-6;          // of probabilities, whose log odds have no end
constexpr std::size_t kMapsTried = 12;  // from the last one on: behind it, networks pool and gate

double log_odds_of(double probability) {
  const double p = std::clamp(probability, kSure, 1 - kSure);
  return std::log(p / (1 - p));
}

// Divides by the largest; nothing if there is none above 0.
bool brought_to_one(std::vector<float>& values) {
  const float most = *std::max_element(values.begin(), values.end());
  if (!(most > 0) || !std::isfinite(most)) return false;
  for (float& value : values) value = std::max(0.0F, value / most);
  return true;
}

// Fills a cell of every channel with the mean of that channel over the whole input.
void occlude(Tensor& input, const std::vector<float>& means, std::size_t row, std::size_t column) {
  const auto channels = static_cast<std::size_t>(input.shape[1]);
  const auto height = static_cast<std::size_t>(input.shape[2]);
  const auto width = static_cast<std::size_t>(input.shape[3]);
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t y = row * height / kOcclusionCells; y < (row + 1) * height / kOcclusionCells; ++y)
      for (std::size_t x = column * width / kOcclusionCells; x < (column + 1) * width / kOcclusionCells; ++x)
        input.data[(channel * height + y) * width + x] = means[channel];
}

// ReLU(sum over channels of weight x map), weight: the channel's mean gradient.
std::vector<float> class_activation(const GraphGradients::Inner& inner) {
  const auto channels = static_cast<std::size_t>(inner.value.shape[1]);
  const std::size_t plane = inner.value.data.size() / channels;
  std::vector<float> out(plane);
  for (std::size_t c = 0; c < channels; ++c) {
    double weight = 0;
    for (std::size_t i = 0; i < plane; ++i) weight += static_cast<double>(inner.gradient.data[c * plane + i]);
    weight /= static_cast<double>(plane);
    for (std::size_t i = 0; i < plane; ++i)
      out[i] += static_cast<float>(weight) * inner.value.data[c * plane + i];
  }
  return out;
}

}  // namespace

double attack_log_odds(std::span<const float> output, const ModelDetection& detection) {
  const double sign = detection.bona_fide ? -1 : 1;
  if (detection.output == "sigmoid") return sign * static_cast<double>(output[detection.index]);
  if (detection.output == "probability")
    return sign * log_odds_of(static_cast<double>(output[detection.index]));
  // Of logits: the class's own less the others' together.
  double most = -INFINITY;
  for (std::size_t k = 0; k < output.size(); ++k)
    if (k != detection.index) most = std::max(most, static_cast<double>(output[k]));
  double others = 0;
  for (std::size_t k = 0; k < output.size(); ++k)
    if (k != detection.index) others += std::exp(static_cast<double>(output[k]) - most);
  return sign * (static_cast<double>(output[detection.index]) - most - std::log(others));
}

std::vector<float> attack_gradient(std::span<const float> output, const ModelDetection& detection) {
  std::vector<float> out(output.size());
  const float sign = detection.bona_fide ? -1 : 1;
  out[detection.index] = sign;
  if (detection.output != "softmax") return out;  // of a probability up to a factor: only places are compared
  std::vector<float> others(output.begin(), output.end());
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(detection.index));
  softmax(others);
  for (std::size_t k = 0, at = 0; k < out.size(); ++k)
    if (k != detection.index) out[k] = -sign * others[at++];
  return out;
}

struct GradCam::State {
  Graph graph;
  ModelDetection detection;
  std::vector<std::string> maps;  // the last ones, in the order of the graph
  std::mutex mutex;               // a graph is for one thread

  State(std::span<const std::uint8_t> model, const std::string& name, ModelDetection of)
      : graph(model, name), detection(std::move(of)), maps(graph.feature_maps()) {
    if (maps.size() > kMapsTried) maps.erase(maps.begin(), maps.end() - kMapsTried);
  }
};

GradCam::GradCam(std::span<const std::uint8_t> model, const std::string& name, ModelDetection detection)
    : state_(std::make_unique<State>(model, name, std::move(detection))) {}
GradCam::~GradCam() = default;

std::optional<HeatGrid> GradCam::grid(const Tensor& input) const {
  if (state_->maps.empty()) return std::nullopt;
  GraphGradients found;
  {
    const std::lock_guard lock(state_->mutex);
    found = state_->graph.gradients(std::span(&input, 1),
                                    [&](std::span<const Tensor> outputs) {
                                      std::vector<Tensor> gradients;
                                      for (const Tensor& output : outputs)
                                        gradients.push_back(make_tensor(output.shape));
                                      gradients.front().data =
                                          attack_gradient(outputs.front().data, state_->detection);
                                      return gradients;
                                    },
                                    {.inputs = false, .weights = false, .tensors = state_->maps});
  }
  for (auto name = state_->maps.rbegin(); name != state_->maps.rend(); ++name) {
    const GraphGradients::Inner& inner = found.tensors.at(*name);
    const auto& shape = inner.value.shape;
    if (shape.size() != 4 || shape[2] < 2 || shape[3] < 2) continue;
    HeatGrid out{static_cast<int>(shape[3]), static_cast<int>(shape[2]), class_activation(inner), ""};
    if (!brought_to_one(out.values)) return std::nullopt;
    out.method = "Grad-CAM, " + std::to_string(out.columns) + " x " + std::to_string(out.rows) + " places";
    return out;
  }
  return std::nullopt;
}

std::optional<HeatGrid> occlusion_grid(const Tensor& input,
                                       const std::function<double(const Tensor&)>& log_odds) {
  if (input.shape.size() != 4) return std::nullopt;
  const auto channels = static_cast<std::size_t>(input.shape[1]);
  const std::size_t plane = input.data.size() / channels;
  std::vector<float> means;
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < plane; ++i) sum += static_cast<double>(input.data[c * plane + i]);
    means.push_back(static_cast<float>(sum / static_cast<double>(plane)));
  }
  HeatGrid out{kOcclusionCells, kOcclusionCells, {}, "occlusion sensitivity"};
  const double base = log_odds(input);
  double most = kLeastFall;
  std::vector<double> falls;
  for (std::size_t row = 0; row < kOcclusionCells; ++row)
    for (std::size_t column = 0; column < kOcclusionCells; ++column) {
      Tensor part = input;
      occlude(part, means, row, column);
      falls.push_back(base - log_odds(part));
      most = std::max(most, falls.back());
    }
  for (const double fall : falls) out.values.push_back(static_cast<float>(std::max(0.0, fall / most)));
  return out;
}

}  // namespace kyc
