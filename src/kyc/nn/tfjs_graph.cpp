#include "kyc/nn/tfjs_graph.h"

#include "kyc/core/error.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"

namespace kyc {
namespace {

std::string described(const TfjsNode& node) {
  return "node '" + node.name + "' (" + node.op + ")";
}

// A constant as a picture: filled up to rank 4 in front, then channels first.
Weights as_picture(const TfjsTensor& tensor) {
  std::vector<std::int64_t> shape(4 - tensor.shape.size(), 1);
  shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
  Weights out{channels_first_shape(shape), {}};
  out.values.reserve(tensor.floats.size());
  const auto n = static_cast<std::size_t>(shape[0]);
  const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
  const auto channels = static_cast<std::size_t>(shape[3]);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < pixels; ++p)
        out.values.push_back(tensor.floats[(i * pixels + p) * channels + c]);
  return out;
}

}  // namespace

std::vector<std::int64_t> channels_first_shape(const std::vector<std::int64_t>& shape) {
  return {shape[0], shape[3], shape[1], shape[2]};
}

std::int64_t channels_first_axis(std::size_t axis) {
  static constexpr std::int64_t kAxes[] = {0, 2, 3, 1};
  return kAxes[axis];
}

TfjsConversion::TfjsConversion(const TfjsModel& model, const TfjsWeights& weights, std::string name)
    : model_(model), weights_(weights), name_(std::move(name)), onnx_("kyclops models import") {
  for (const TfjsNode& node : model.nodes)
    if (!nodes_.emplace(node.name, &node).second) fail(node, "there is another node of this name");
}

void TfjsConversion::fail(const TfjsNode& node, const std::string& what) const {
  throw Error(ErrorCode::Corrupt, name_ + ": " + described(node) + ": " + what);
}

void TfjsConversion::refuse(const TfjsNode& node, const std::string& what) const {
  throw Error(ErrorCode::Unsupported, name_ + ": " + described(node) + ": " + what);
}

const TfjsValue& TfjsConversion::input(const TfjsNode& node, std::size_t i) const {
  if (i >= node.inputs.size())
    fail(node,
         "expected at least " + std::to_string(i + 1) + " inputs, got " + std::to_string(node.inputs.size()));
  return values_.at(node.inputs[i]);  // in_order() put it there
}

void TfjsConversion::expect_inputs(const TfjsNode& node, std::size_t count) const {
  if (node.inputs.size() != count)
    fail(node, "expected " + std::to_string(count) + " inputs, got " + std::to_string(node.inputs.size()));
}

const std::vector<std::int64_t>& TfjsConversion::numbers(const TfjsNode& node, std::size_t i) const {
  const TfjsValue& value = input(node, i);
  if (!value.constant || !value.constant->is_integer)
    refuse(node, "input " + std::to_string(i) + ": only constant whole numbers are supported");
  return value.constant->integers;
}

const TfjsTensor& TfjsConversion::float_constant(const TfjsNode& node,
                                                 std::size_t i,
                                                 std::size_t rank) const {
  const TfjsValue& value = input(node, i);
  if (!value.constant || value.constant->is_integer)
    refuse(node, "input " + std::to_string(i) + ": only float constants are supported");
  if (value.rank() != rank)
    fail(node,
         "input " + std::to_string(i) + ": expected rank " + std::to_string(rank) + ", got shape " +
             shape_text(value.shape));
  return *value.constant;
}

std::size_t TfjsConversion::axis(const TfjsNode& node, std::int64_t axis, std::size_t rank) const {
  const auto limit = static_cast<std::int64_t>(rank);
  if (axis < -limit || axis >= limit)
    fail(node, "axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
  return static_cast<std::size_t>(axis < 0 ? axis + limit : axis);
}

std::string TfjsConversion::text(const TfjsNode& node,
                                 const std::string& key,
                                 const std::string& fallback) const {
  const auto found = node.attributes.find(key);
  return found == node.attributes.end() || !found->second.text ? fallback : *found->second.text;
}

bool TfjsConversion::flag(const TfjsNode& node, const std::string& key) const {
  const auto found = node.attributes.find(key);
  return found != node.attributes.end() && found->second.boolean.value_or(false);
}

std::vector<std::int64_t> TfjsConversion::list(const TfjsNode& node, const std::string& key) const {
  const auto found = node.attributes.find(key);
  return found == node.attributes.end() ? std::vector<std::int64_t>{} : found->second.integers;
}

std::string TfjsConversion::tensor(const TfjsValue& value, bool channels_first) {
  if (value.constant) {
    const TfjsTensor& constant = *value.constant;
    if (constant.is_integer)
      throw Error(ErrorCode::Unsupported,
                  name_ + ": arithmetic with constant whole numbers is not supported");
    return onnx_.constant("constant",
                          channels_first ? as_picture(constant) : Weights{constant.shape, constant.floats});
  }
  if (value.channels_first == channels_first) return value.tensor;
  auto& other = transposed_[value.tensor];
  if (other.empty()) {
    other = onnx_.fresh_name(value.tensor + (channels_first ? "_nchw" : "_nhwc"));
    auto& node = onnx_.node("Transpose", {value.tensor}, other);
    set_attribute(
        node,
        "perm",
        channels_first ? std::vector<std::int64_t>{0, 3, 1, 2} : std::vector<std::int64_t>{0, 2, 3, 1});
  }
  return other;
}

std::string TfjsConversion::name_of(const TfjsNode& node) {
  const auto found = public_names_.find(node.name);
  return found == public_names_.end() ? onnx_.fresh_name(node.name) : found->second;
}

// The node behind a chain of Identity nodes.
std::string TfjsConversion::resolved(const std::string& node) const {
  std::string at = node;
  for (std::size_t steps = 0; steps <= nodes_.size(); ++steps) {
    const auto found = nodes_.find(at);
    if (found == nodes_.end() || found->second->op != "Identity" || found->second->inputs.size() != 1)
      return at;
    at = found->second->inputs[0];
  }
  throw Error(ErrorCode::Corrupt, name_ + ": node '" + node + "' depends on itself");
}

void TfjsConversion::choose_outputs() {
  outputs_ = model_.outputs;
  if (outputs_.empty()) {
    std::set<std::string> used;
    for (const TfjsNode& node : model_.nodes) used.insert(node.inputs.begin(), node.inputs.end());
    for (const TfjsNode& node : model_.nodes)
      if (!used.contains(node.name) && node.op != "Const") outputs_.emplace_back(node.name, node.name);
  }
  if (outputs_.empty()) throw Error(ErrorCode::Corrupt, name_ + ": the graph has no output");
  std::set<std::string> names;
  for (auto& [outside, node] : outputs_) {
    if (!nodes_.contains(node))
      throw Error(ErrorCode::Corrupt,
                  name_ + ": output '" + outside + "' is node '" + node + "', which is not there");
    if (!names.insert(outside).second)
      throw Error(ErrorCode::Corrupt, name_ + ": output '" + outside + "' is there twice");
    node = resolved(node);
  }
  for (const auto& [outside, node] : outputs_) {
    onnx_.fresh_name(outside);  // the first to ask gets it as it is; nobody else will
    const auto found = nodes_.find(node);
    const bool computed =
        found != nodes_.end() && found->second->op != "Placeholder" && found->second->op != "Const";
    if (computed) public_names_.emplace(node, outside);
  }
}

// What the outputs need, each after what it needs itself.
std::vector<const TfjsNode*> TfjsConversion::in_order() const {
  enum class State { Unseen, Open, Done };
  std::map<std::string, State> states;
  std::vector<const TfjsNode*> out;
  std::vector<std::pair<const TfjsNode*, std::size_t>> stack;
  const auto visit = [&](const std::string& name, const std::string& of) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end())
      throw Error(ErrorCode::Corrupt, name_ + ": " + of + " needs node '" + name + "', which is not there");
    State& state = states[name];
    if (state == State::Open)
      throw Error(ErrorCode::Corrupt, name_ + ": node '" + name + "' depends on itself");
    if (state == State::Done) return;
    state = State::Open;
    stack.emplace_back(found->second, 0);
  };
  for (const auto& [outside, node] : outputs_) {
    visit(node, "output '" + outside + "'");
    while (!stack.empty()) {
      auto& [current, next] = stack.back();
      if (next < current->inputs.size()) {
        const std::size_t i = next++;
        visit(current->inputs[i], described(*current));
      } else {
        states[current->name] = State::Done;
        out.push_back(current);
        stack.pop_back();
      }
    }
  }
  return out;
}

void TfjsConversion::placeholder(const TfjsNode& node) {
  if (text(node, "dtype", "DT_FLOAT") != "DT_FLOAT")
    refuse(node, "expected DT_FLOAT, got " + text(node, "dtype", ""));
  TfjsValue value;
  value.shape = list(node, "shape");
  if (value.shape.empty()) refuse(node, "an input without a shape");
  value.channels_first = value.rank() == 4;
  value.tensor = onnx_.fresh_name(node.name);
  onnx_.input(value.tensor, value.channels_first ? channels_first_shape(value.shape) : value.shape);
  values_.emplace(node.name, std::move(value));
}

void TfjsConversion::convert(const TfjsNode& node) {
  if (node.op == "Placeholder") return placeholder(node);
  if (node.op == "Const") {
    const auto found = weights_.find(node.name);
    if (found == weights_.end()) fail(node, "the weights manifest does not have it");
    values_.emplace(node.name, TfjsValue{"", found->second.shape, false, &found->second});
    return;
  }
  if (node.op == "Identity") {
    expect_inputs(node, 1);
    values_.emplace(node.name, input(node, 0));
    return;
  }
  const TfjsOperator convert_node = tfjs_operator(node.op);
  if (!convert_node) refuse(node, "this operator is not supported");
  values_.emplace(node.name, convert_node(*this, node));
}

void TfjsConversion::write_outputs() {
  for (const auto& [outside, node] : outputs_) {
    const TfjsValue& value = values_.at(node);
    const auto found = public_names_.find(node);
    if (found == public_names_.end() || found->second != outside)  // an input, or the same node again
      onnx_.node("Identity", {tensor(value, value.channels_first)}, outside);
    onnx_.output(outside, value.channels_first ? channels_first_shape(value.shape) : value.shape);
  }
}

std::vector<std::uint8_t> TfjsConversion::run() {
  choose_outputs();
  for (const TfjsNode* node : in_order()) convert(*node);
  write_outputs();
  return onnx_.bytes();
}

TfjsOperator tfjs_operator(const std::string& op) {
  static const std::map<std::string, TfjsOperator> kOperators = [] {
    auto all = tfjs_layers();
    all.merge(tfjs_arithmetic());
    all.merge(tfjs_shapes());
    return all;
  }();
  const auto found = kOperators.find(op);
  return found == kOperators.end() ? nullptr : found->second;
}

}  // namespace kyc
