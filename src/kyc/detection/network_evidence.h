// Where in its input a network sees an attack. Internal to detection/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/manifest.h"
#include "kyc/nn/tensor.h"

namespace kyc {

// Over the network's input, [rows, columns]: 0 says nothing of an attack (or speaks against one), 1 is the
// place that speaks for it most.
struct HeatGrid {
  int columns = 0;
  int rows = 0;
  std::vector<float> values;
  std::string method;  // in words
};

// The log odds of an attack as the network's output gives them, and their gradient with respect to the
// output.
double attack_log_odds(std::span<const float> output, const ModelDetection& detection);
std::vector<float> attack_gradient(std::span<const float> output, const ModelDetection& detection);

// R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
// ICCV 2017: the last feature maps that still have places, each weighed by the mean gradient of the log odds
// with respect to it. Thread-safe.
class GradCam {
 public:
  // model   bytes of an .onnx file
  // throws  as Graph: Error{Unavailable} without LibTorch, Error{Unsupported} for operators it does not know
  GradCam(std::span<const std::uint8_t> model, const std::string& name, ModelDetection detection);
  ~GradCam();

  // input    of one picture
  // returns  nothing if the network has no feature map with places, or its gradient is zero everywhere
  std::optional<HeatGrid> grid(const Tensor& input) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// M. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014: how far the log
// odds of an attack fall when a part of the input is painted over with its mean colour. input     [1,
// channels, height, width] log_odds  of an input; called for every part
std::optional<HeatGrid> occlusion_grid(const Tensor& input,
                                       const std::function<double(const Tensor&)>& log_odds);

}  // namespace kyc
