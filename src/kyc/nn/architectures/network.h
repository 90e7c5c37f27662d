// Layers of convolutional networks, written as ONNX nodes with weights drawn from a seed. Internal to
// nn/architectures/.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/onnx_builder.h"

namespace kyc {

// A tensor [n, channels, side, side], or [n, channels] where side is 0.
struct Layer {
  std::string tensor;
  std::int64_t channels = 0;
  std::int64_t side = 0;
};

struct ConvolutionShape {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t pad = -1;  // pixels on every side; -1: what keeps the size at stride 1
  std::int64_t groups = 1;
  std::int64_t dilation = 1;
  bool bias = false;
};

struct Normalisation {
  float epsilon = 1e-5F;
  float momentum = 0.9F;  // of the running statistics, ONNX's sense: how much of the old value stays
};

// Names of layers become names of nodes and, with ".weight" and the like behind them, of weights. Every layer
// whose picture would have no pixel left throws Error{InvalidArgument}.
class Network {
 public:
  Network(const std::string& architecture, std::int64_t side, std::uint64_t seed);

  Layer image() const { return image_; }

  Layer convolution(const std::string& name,
                    const Layer& from,
                    std::int64_t channels,
                    const ConvolutionShape& shape = {});
  Layer normalise(const std::string& name, const Layer& from, const Normalisation& how = {});
  Layer relu(const Layer& from) { return unary("Relu", from); }
  Layer leaky_relu(const Layer& from, float slope);
  Layer sigmoid(const Layer& from) { return unary("Sigmoid", from); }
  Layer swish(const Layer& from) { return multiply(from, sigmoid(from)); }
  Layer max_pool(const Layer& from, std::int64_t window, std::int64_t stride, std::int64_t pad = 0);
  Layer mean_pixel(const Layer& from);   // [n, channels, 1, 1]
  Layer global_mean(const Layer& from);  // [n, channels]
  Layer global_max(const Layer& from);   // [n, channels]
  Layer flatten(const Layer& from);      // [n, channels * side * side]
  Layer add(const Layer& a, const Layer& b) { return binary("Add", a, b); }
  Layer subtract(const Layer& a, const Layer& b) { return binary("Sub", a, b); }
  Layer logarithm(const Layer& from, float summand);                              // of from + summand
  Layer multiply(const Layer& a, const Layer& b) { return binary("Mul", a, b); }  // b's side may be 1
  Layer concatenate(std::span<const Layer> parts);
  // Hu et al. 2018, with swish inside.
  Layer squeeze_excite(const std::string& name, const Layer& from, std::int64_t squeezed);
  Layer dropout(const Layer& from, float ratio);
  Layer linear(const std::string& name, const Layer& from, std::int64_t outputs);

  // Constants that are copied from here on stay as they are in training: a Cast makes numbers of 32 bits of
  // them, which training does not reach through. They are kept in 16 bits; with EightBits those of
  // convolutions in 8, every output's as multiples of its largest weight's 127th part.
  enum class Copies : std::uint8_t { Trained, SixteenBits, EightBits };
  void keep_copies(Copies how) { copies_ = how; }
  // Parts of another graph: a constant under its name or one like it; a node as it is, on these inputs, whose
  // output has the shape of `like`; a convolution with strides, pads and dilations of `node`.
  std::string constant(const std::string& name, const Weights& weights);
  Layer copied_node(const onnx::NodeProto& node, const std::vector<std::string>& inputs, const Layer& like);
  Layer copied_convolution(const std::string& name,
                           const Layer& from,
                           const onnx::NodeProto& node,
                           const Convolution& convolution);
  Layer clip(const Layer& from, float least, float most);

  // The middle of a picture, `share` of its side, enlarged to its size (bilinear).
  Layer enlarged_middle(const Layer& from, double share);
  Layer mirrored(const Layer& from);
  // Several pictures of each sample go through one network: [n, ...] each -> [parts * n, ...], and back.
  Layer stacked(std::span<const Layer> parts);
  std::vector<Layer> unstacked(const Layer& from, std::size_t parts);

  std::vector<std::uint8_t> finish(const Layer& logits);

 private:
  Layer unary(const char* type, const Layer& from);
  Layer binary(const char* type, const Layer& a, const Layer& b);
  Layer convolution_of(const std::string& name,
                       const Layer& from,
                       std::int64_t channels,
                       const ConvolutionShape& shape,
                       double deviation);
  std::string drawn_normal(const std::string& name, const std::vector<std::int64_t>& dims, double deviation);
  std::string drawn_uniform(const std::string& name, const std::vector<std::int64_t>& dims, double limit);
  std::string filled(const std::string& name, std::int64_t count, float value);
  std::string widened(const std::string& stored, const std::string& name);  // to 32 bits
  Layer cut(const Layer& from,
            const std::vector<std::int64_t>& starts,
            const std::vector<std::int64_t>& ends,
            const std::vector<std::int64_t>& axes,
            const std::vector<std::int64_t>& steps);
  double uniform();  // [0, 1)

  std::string architecture_;
  Layer image_;
  OnnxBuilder onnx_;
  Copies copies_ = Copies::Trained;
  std::mt19937_64 random_;
};

}  // namespace kyc
