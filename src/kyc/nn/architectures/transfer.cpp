#include "kyc/nn/architectures/transfer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "kyc/core/error.h"
#include "kyc/nn/architectures/network.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

constexpr char kMark = '@';
constexpr std::string_view kRegions = "#regions";
constexpr std::string_view kViews = "#views";
constexpr double kMiddleViews[] = {0.8, 0.6};  // shares of the side
constexpr float kStatisticsDropout = 0.5F;
constexpr int kMostSide = 4096;

[[noreturn]] void unsupported(const std::string& what) {
  throw Error(ErrorCode::Unsupported, "transfer: " + what);
}

// Copies the part of a graph that one of its tensors needs.
class Graft {
 public:
  Graft(const onnx::GraphProto& graph, const std::vector<std::string>& ends, Network& to)
      : graph_(graph), index_(graph), ends_(ends), to_(to) {
    for (const std::string& end : ends) {
      if (index_.producer(end) == nullptr)
        throw Error(ErrorCode::NotFound, "transfer: no node of the network makes the tensor '" + end + "'");
      collect(end);
    }
    if (inputs_.size() != 1)
      unsupported("the tensors need " + std::to_string(inputs_.size()) + " inputs; expected one");
  }

  std::vector<Layer> onto(const Layer& image) {
    layers_[*inputs_.begin()] = image;
    for (const onnx::NodeProto& node : graph_.node()) {
      if (done_.contains(&node) || node.output_size() == 0 || !needed_.contains(node.output(0))) continue;
      if (node.op_type() == "Conv")
        convolution(node);
      else if (!cut_off_relu(node))
        copy(node);
    }
    std::vector<Layer> out;
    for (const std::string& end : ends_) out.push_back(layer(end));
    return out;
  }

 private:
  void collect(const std::string& tensor) {
    std::vector<std::string> open{tensor};
    while (!open.empty()) {
      const std::string at = open.back();
      open.pop_back();
      if (at.empty() || index_.constant(at) != nullptr || !needed_.insert(at).second) continue;
      if (const onnx::NodeProto* node = index_.producer(at))
        open.insert(open.end(), node->input().begin(), node->input().end());
      else
        inputs_.insert(at);
    }
  }

  // The node that alone uses this one's output, unless that is where the graft ends.
  const onnx::NodeProto* only_consumer(const std::string& tensor) const {
    const auto& all = index_.consumers(tensor);
    const bool is_end = std::find(ends_.begin(), ends_.end(), tensor) != ends_.end();
    return !is_end && all.size() == 1 && !index_.is_output(tensor) ? all.front() : nullptr;
  }

  // The constant operand of a node with two, the other of which is `tensor`.
  std::optional<Weights> operand(const onnx::NodeProto& node, const std::string& tensor) const {
    if (node.input_size() != 2) return std::nullopt;
    return index_.float_constant(node.input(0) == tensor ? node.input(1) : node.input(0));
  }

  std::optional<float> scalar(const onnx::NodeProto* node,
                              const char* type,
                              const std::string& tensor) const {
    if (node == nullptr || node->op_type() != type) return std::nullopt;
    const auto weights = operand(*node, tensor);
    if (!weights || weights->values.size() != 1) return std::nullopt;
    return weights->values.front();
  }

  const Layer& layer(const std::string& tensor) const {
    const auto found = layers_.find(tensor);
    if (found == layers_.end()) unsupported("the nodes of the network are not in order");
    return found->second;
  }

  void convolution(const onnx::NodeProto& node) {
    auto convolution = constant_convolution(node, index_);
    if (!convolution) unsupported("a convolution whose weights are no constants");
    const auto channels = static_cast<std::size_t>(convolution->outputs());
    const std::size_t each = convolution->weights.values.size() / std::max<std::size_t>(1, channels);
    std::string out = node.output(0);
    for (const onnx::NodeProto* next = only_consumer(out); next != nullptr; next = only_consumer(out)) {
      const bool factor = next->op_type() == "Mul";
      if (!factor && next->op_type() != "Add") break;
      const auto values = operand(*next, out);
      if (!values || (values->values.size() != channels && values->values.size() != 1)) break;
      for (std::size_t c = 0; c < channels; ++c) {
        const float value = values->values[values->values.size() == 1 ? 0 : c];
        if (factor)
          for (std::size_t i = 0; i < each; ++i) convolution->weights.values[c * each + i] *= value;
        convolution->bias[c] = factor ? convolution->bias[c] * value : convolution->bias[c] + value;
      }
      done_.insert(next);
      out = next->output(0);
    }
    layers_[out] = to_.copied_convolution(out, layer(node.input(0)), node, *convolution);
  }

  // Relu, then Min with a number, then Max with 0, as TensorFlow's relu6 is written.
  bool cut_off_relu(const onnx::NodeProto& node) {
    if (node.op_type() != "Relu") return false;
    const onnx::NodeProto* low = only_consumer(node.output(0));
    const auto most = scalar(low, "Min", node.output(0));
    if (!most) return false;
    const onnx::NodeProto* high = only_consumer(low->output(0));
    const auto least = scalar(high, "Max", low->output(0));
    if (!least || *least != 0) return false;
    layers_[high->output(0)] = to_.clip(layer(node.input(0)), *least, *most);
    done_.insert({low, high});
    return true;
  }

  void copy(const onnx::NodeProto& node) {
    static const std::set<std::string> kKnown = {
        "Add", "Mul", "Relu", "PRelu", "LeakyRelu", "Sigmoid", "Clip", "Min", "Max", "BatchNormalization"};
    if (!kKnown.contains(node.op_type()))
      unsupported("the operator " + node.op_type() + " of node '" + node.name() +
                  "' is none of a plain convolutional network");
    std::vector<std::string> inputs;
    std::optional<Layer> shape;
    for (const std::string& input : node.input()) {
      if (const auto weights = index_.float_constant(input)) {
        inputs.push_back(to_.constant(input, *weights));
      } else if (input.empty()) {
        inputs.push_back(input);
      } else {
        inputs.push_back(layer(input).tensor);
        if (!shape || layer(input).side > shape->side) shape = layer(input);
      }
    }
    if (!shape) unsupported("a node without pictures: '" + node.name() + "'");
    layers_[node.output(0)] = to_.copied_node(node, inputs, *shape);
  }

  const onnx::GraphProto& graph_;
  GraphIndex index_;
  std::vector<std::string> ends_;
  Network& to_;
  std::set<std::string> needed_;  // tensors
  std::set<std::string> inputs_;
  std::map<std::string, Layer> layers_;  // by the graph's own names
  std::set<const onnx::NodeProto*> done_;
};

// Of pixels (value - 127.5) / 127.5 in R, G, B, what `input` says.
Layer adapted(Network& network, const Layer& image, const ModelInput& input) {
  constexpr float kMiddle = 127.5F;
  Convolution adapt{{{3, 3, 1, 1}, std::vector<float>(9, 0)}, std::vector<float>(3), 1};
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t from = input.colour == "BGR" ? 2 - c : c;
    adapt.weights.values[3 * c + from] = kMiddle / input.scale[c];
    adapt.bias[c] = (kMiddle - input.mean[c]) / input.scale[c];
  }
  return network.copied_convolution("adapt", image, onnx::NodeProto(), adapt);
}

// Of every channel its mean and the logarithm of its variance, over the picture or weighted by `share`:
// [n, 2 channels].
Layer statistics(Network& network, const Layer& from, const std::optional<Layer>& share) {
  constexpr float kLeastVariance = 1e-4F;
  const auto weighted = [&](const Layer& values) {
    return share ? network.multiply(values, *share) : values;
  };
  const Layer mean = network.mean_pixel(weighted(from));
  // Squares of differences: the difference of two means of squares loses all its digits in a channel that is
  // nearly constant.
  const Layer centred = network.subtract(from, mean);
  const Layer variance = network.global_mean(weighted(network.multiply(centred, centred)));
  const std::vector<Layer> both{network.flatten(mean), network.logarithm(variance, kLeastVariance)};
  return network.concatenate(both);
}

// Weights of mean 1: the middle of the crop, from edge to edge three fifths of it, or all around that.
Layer share_of_region(Network& network, const Layer& of, bool middle) {
  constexpr double kMiddle = 0.6;
  const auto side = static_cast<double>(of.side);
  const double from = side * (1 - kMiddle) / 2;
  const double until = side - from;
  std::vector<double> covered;  // of each row, and of each column, by the middle
  for (std::int64_t i = 0; i < of.side; ++i) {
    const auto edge = static_cast<double>(i);
    covered.push_back(std::clamp(std::min(until, edge + 1) - std::max(from, edge), 0.0, 1.0));
  }
  const double share = middle ? kMiddle * kMiddle : 1 - kMiddle * kMiddle;
  Weights weights{{1, 1, of.side, of.side}, {}};
  for (const double row : covered)
    for (const double column : covered)
      weights.values.push_back(static_cast<float>((middle ? row * column : 1 - row * column) / share));
  Layer out = of;
  out.tensor = network.constant(of.tensor + (middle ? ".middle" : ".rim"), weights);
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out{""};
  for (const char c : text)
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

// Trained altogether. Traces of forgery are small: the largest value of a channel beside its mean. Nothing
// but the linear layer behind it: a drawn convolution in between hid for ten thousand pictures what the
// network knows.
Layer trained_head(Network& network, const Layer& from) {
  const std::vector<Layer> both{network.global_mean(from), network.global_max(from)};
  return network.concatenate(both);
}

// On layers that stay as they are.
Layer statistics_head(Network& network, const std::vector<Layer>& from, bool regions) {
  std::vector<Layer> parts;
  for (const Layer& one : from)
    if (regions)
      for (const bool middle : {true, false})
        parts.push_back(statistics(network, one, share_of_region(network, one, middle)));
    else
      parts.push_back(statistics(network, one, std::nullopt));
  return network.dropout(network.normalise("head.bn", network.concatenate(parts)), kStatisticsDropout);
}

// Of each size of the picture one, of each of these the mirrored one behind it.
std::vector<Layer> views_of(Network& network) {
  std::vector<Layer> sizes{network.image()};
  for (const double share : kMiddleViews) sizes.push_back(network.enlarged_middle(network.image(), share));
  std::vector<Layer> out;
  for (const Layer& one : sizes) {
    out.push_back(one);
    out.push_back(network.mirrored(one));
  }
  return out;
}

Layer views_head(Network& network, const std::vector<Layer>& from, std::size_t views) {
  std::vector<Layer> statistics_of_all;
  for (const Layer& one : from) statistics_of_all.push_back(statistics(network, one, std::nullopt));
  const std::vector<Layer> each = network.unstacked(network.concatenate(statistics_of_all), views);
  return network.concatenate(each);
}

// "TENSOR,TENSOR...#WHAT"
struct Wanted {
  std::vector<std::string> ends;
  bool regions = false;
  bool views = false;

  explicit Wanted(std::string tensors) {
    const auto takes = [&](std::string_view suffix) {
      const bool has = tensors.ends_with(suffix);
      if (has) tensors.resize(tensors.size() - suffix.size());
      return has;
    };
    regions = takes(kRegions);
    views = !regions && takes(kViews);
    ends = split(tensors);
  }
};

}  // namespace

bool is_transfer(const std::string& architecture) {
  return architecture.find(kMark) != std::string::npos;
}

std::vector<std::uint8_t> transferred_network(const ModelManifest& models,
                                              const std::string& architecture,
                                              const NetworkOptions& options) {
  const std::size_t mark = architecture.find(kMark);
  const std::string model = architecture.substr(0, mark);
  const Wanted wanted(mark == std::string::npos ? "" : architecture.substr(mark + 1));
  if (options.side < 1 || options.side > kMostSide)
    throw Error(ErrorCode::InvalidArgument,
                architecture + ": expected a side of 1 to " + std::to_string(kMostSide) + " pixels");
  const ModelEntry& entry = models.entry(model);
  onnx::ModelProto proto;
  const std::vector<std::uint8_t> bytes = load_onnx(models, model);
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error(ErrorCode::Corrupt, model + ": not an ONNX model");
  const std::int64_t opset = proto.opset_import_size() > 0 ? proto.opset_import(0).version() : 0;
  if (opset < 11 || opset > 13) unsupported(model + " is of opset " + std::to_string(opset));
  if (entry.inputs.size() != 1 || (entry.inputs[0].colour != "RGB" && entry.inputs[0].colour != "BGR"))
    unsupported(model + " takes no colour picture");
  Network network(architecture, options.side, options.seed);
  const bool kept = wanted.regions || wanted.ends.size() > 1;
  network.keep_copies(wanted.views ? Network::Copies::EightBits
                      : kept       ? Network::Copies::SixteenBits
                                   : Network::Copies::Trained);
  const std::vector<Layer> views = wanted.views ? views_of(network) : std::vector<Layer>{network.image()};
  const Layer image = wanted.views ? network.stacked(views) : views.front();
  const std::vector<Layer> layers =
      Graft(proto.graph(), wanted.ends, network).onto(adapted(network, image, entry.inputs[0]));
  const Layer features = wanted.views ? views_head(network, layers, views.size())
                         : kept       ? statistics_head(network, layers, wanted.regions)
                                      : trained_head(network, layers.front());
  return network.finish(network.linear("fc", features, options.outputs));
}

}  // namespace kyc
