// What one would write at first: for each frame, five networks one after the other. The benchmark's peers run
// it, with another engine each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/tensor.h"

namespace kyc::cli {

// Runs models of the manifest by name.
class Engine {
 public:
  virtual ~Engine() = default;
  // returns  one tensor per output, in the order of the model file
  virtual std::vector<Tensor> run(const std::string& model, const Tensor& input) = 0;
};

// The models of the plain loop.
const std::vector<std::string>& plain_loop_models();

// ONNX Runtime on the files as they are, one thread.
std::unique_ptr<Engine> stock_engine(const ModelManifest& models);

// Detects the most confident face, finds its landmarks, and computes template, attack score and pose.
// returns  false if there is no face
bool plain_frame(const Image& image, const ModelManifest& models, Engine& engine);

}  // namespace kyc::cli
