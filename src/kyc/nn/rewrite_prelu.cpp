// PRelu in operators that ONNX Runtime fuses. PRelu itself runs outside of the blocked layout, slowly; a
// convolution with a sum operand, a convolution followed by Relu, and a depthwise convolution of 1 x 1 all
// run inside of it.
//
//   PRelu(x) = a x + Relu((1 - a) x)      for a <= 1
//   PRelu(x) = -(-a x + Relu((a - 1) x))  for a > 1; the consumers' weights take the sign
//
// x comes from a convolution. A cheap one (a depthwise one, or few inputs) is done twice, with the weights
// scaled by a and by 1 - a; else x is kept, and two depthwise convolutions of 1 x 1 scale it.

#include <algorithm>
#include <map>
#include <set>

#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/rewrite.h"

namespace kyc {
namespace {

// Multiplications per output value up to which a convolution done twice is cheaper than another pass over
// memory.
constexpr std::int64_t kCheapConvolution = 32;

struct PreluPlan {
  Convolution source;         // what makes x
  std::vector<float> linear;  // a, or -a
  std::vector<float> kinked;  // 1 - a, or a - 1: never negative
  std::vector<float> signs;   // -1 where the result comes out negated
  bool any_negated = false;
  bool twice = false;  // the source is done twice
};

Convolution with_scaled_outputs(Convolution convolution, const std::vector<float>& factors) {
  const std::size_t row = convolution.weights.values.size() / factors.size();
  for (std::size_t c = 0; c < factors.size(); ++c) {
    for (std::size_t j = 0; j < row; ++j) convolution.weights.values[c * row + j] *= factors[c];
    convolution.bias[c] *= factors[c];
  }
  return convolution;
}

// Without groups, or depthwise.
Convolution with_scaled_inputs(Convolution convolution, const std::vector<float>& factors) {
  const auto kernel = static_cast<std::size_t>(convolution.weights.dims[2] * convolution.weights.dims[3]);
  for (std::size_t i = 0; i < convolution.weights.values.size(); ++i)
    convolution.weights.values[i] *= factors[i / kernel % factors.size()];
  return convolution;
}

Convolution channel_scale(const std::vector<float>& factors) {
  const auto channels = static_cast<std::int64_t>(factors.size());
  return {{{channels, 1, 1, 1}, factors}, std::vector<float>(factors.size(), 0.0F), channels};
}

class PreluSplitter {
 public:
  PreluSplitter(const onnx::GraphProto& graph, std::int64_t block) : index_(graph), block_(block) {
    if (!index_.is_plain()) return;
    for (const auto& node : graph.node()) {
      auto made = plan(node);
      if (!made) continue;
      if (made->twice) done_twice_.insert(node.input(0));
      plans_.emplace(node.output(0), std::move(*made));
    }
  }

  bool has_work() const { return !plans_.empty(); }

  void rewrite(onnx::GraphProto& graph) const {
    GraphWriter writer(graph, index_);
    for (const auto& node : graph.node()) {
      const std::string output = node.output_size() == 1 ? node.output(0) : "";
      if (done_twice_.contains(output)) continue;
      if (const auto found = plans_.find(output); found != plans_.end())
        write_prelu(node, found->second, writer);
      else if (const PreluPlan* before = negated_input(node))
        writer.add_convolution(node,
                               with_scaled_inputs(*constant_convolution(node, index_), before->signs),
                               node.input(0),
                               output);
      else
        writer.add_node(node);
    }
    writer.finish();
  }

 private:
  std::optional<PreluPlan> plan(const onnx::NodeProto& node) const {
    if (node.op_type() != "PRelu" || node.input_size() != 2 || node.output_size() != 1) return std::nullopt;
    const onnx::NodeProto* source = index_.producer(node.input(0));
    const auto slope = index_.float_constant(node.input(1));
    auto convolution = source ? constant_convolution(*source, index_) : std::nullopt;
    if (!slope || !convolution || convolution->outputs() % block_ != 0) return std::nullopt;
    const auto channels = static_cast<std::size_t>(convolution->outputs());
    const std::size_t rank = slope->dims.size();
    const bool per_channel =
        rank >= 3 && slope->values.size() == channels && slope->dims[rank - 3] == convolution->outputs();
    if (!per_channel && slope->values.size() != 1) return std::nullopt;

    PreluPlan out;
    for (std::size_t c = 0; c < channels; ++c) {
      const float a = slope->values[per_channel ? c : 0];
      const float sign = a > 1 ? -1.0F : 1.0F;
      out.linear.push_back(sign * a);
      out.kinked.push_back(sign * (1 - a));
      out.signs.push_back(sign);
      out.any_negated = out.any_negated || sign < 0;
    }
    if (out.any_negated && !consumers_take_signs(node.output(0), convolution->outputs())) return std::nullopt;
    const auto& w = convolution->weights.dims;
    out.twice = w[1] * w[2] * w[3] <= kCheapConvolution && index_.consumers(node.input(0)).size() == 1 &&
                !index_.is_output(node.input(0));
    const PreluPlan* before = negated_input(*source);
    out.source =
        before ? with_scaled_inputs(std::move(*convolution), before->signs) : std::move(*convolution);
    return out;
  }

  bool consumers_take_signs(const std::string& tensor, std::int64_t channels) const {
    if (index_.is_output(tensor)) return false;
    const auto& consumers = index_.consumers(tensor);
    return std::all_of(consumers.begin(), consumers.end(), [&](const onnx::NodeProto* consumer) {
      const auto convolution = constant_convolution(*consumer, index_);
      return convolution && consumer->input(0) == tensor && convolution->inputs() == channels &&
             (convolution->groups == 1 || convolution->is_depthwise());
    });
  }

  // The plan of the PRelu before `node` if it leaves signs to it.
  const PreluPlan* negated_input(const onnx::NodeProto& node) const {
    if (node.input_size() == 0) return nullptr;
    const auto found = plans_.find(node.input(0));
    return found != plans_.end() && found->second.any_negated ? &found->second : nullptr;
  }

  void write_prelu(const onnx::NodeProto& node, const PreluPlan& plan, GraphWriter& writer) const {
    const onnx::NodeProto& source = *index_.producer(node.input(0));
    const std::string& output = node.output(0);
    const std::string before = writer.fresh_name(output + "_before_relu");
    const std::string kinked = writer.fresh_name(output + "_kinked");
    const std::string linear = writer.fresh_name(output + "_linear");
    if (plan.twice) {
      writer.add_convolution(source, with_scaled_outputs(plan.source, plan.kinked), source.input(0), before);
      writer.add_node("Relu", {before}, kinked);
      writer.add_convolution(source, with_scaled_outputs(plan.source, plan.linear), source.input(0), linear);
    } else {
      onnx::NodeProto plain;
      plain.set_op_type("Conv");
      plain.add_output();
      writer.add_convolution(plain, channel_scale(plan.kinked), node.input(0), before);
      writer.add_node("Relu", {before}, kinked);
      writer.add_convolution(plain, channel_scale(plan.linear), node.input(0), linear);
    }
    writer.add_node("Add", {linear, kinked}, output);
  }

  const GraphIndex index_;
  const std::int64_t block_;
  std::map<std::string, PreluPlan> plans_;  // by the output of the PRelu
  std::set<std::string> done_twice_;        // outputs of convolutions that come again where their PRelu was
};

}  // namespace

bool split_prelu(onnx::GraphProto& graph, std::int64_t block) {
  const PreluSplitter splitter(graph, block);
  if (!splitter.has_work()) return false;
  splitter.rewrite(graph);
  return true;
}

}  // namespace kyc
