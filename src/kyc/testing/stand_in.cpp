#include "kyc/testing/stand_in.h"

#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

class Builder {
 public:
  Builder() {
    model_.set_ir_version(6);
    model_.add_opset_import()->set_version(11);
  }

  void input(const std::string& name, const std::vector<std::int64_t>& shape) {
    declare(*graph().add_input(), name, shape);
  }
  void output(const std::string& name, const std::vector<std::int64_t>& shape) {
    declare(*graph().add_output(), name, shape);
  }
  std::string constant(const std::string& name,
                       const std::vector<std::int64_t>& shape,
                       const std::vector<float>& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t d : shape) tensor.add_dims(d);
    for (const float value : values) tensor.add_float_data(value);
    return name;
  }
  std::string shape(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) tensor.add_int64_data(value);
    return name;
  }
  onnx::NodeProto& node(const std::string& type,
                        const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto& made = *graph().add_node();
    made.set_op_type(type);
    for (const std::string& name : inputs) made.add_input(name);
    made.add_output(output);
    return made;
  }
  // The mean of every channel, [1, 3].
  void channel_means(const std::string& picture, bool channels_last, const std::string& output) {
    auto& mean = node("ReduceMean", {picture}, output);
    auto& axes = *mean.add_attribute();
    axes.set_name("axes");
    axes.set_type(onnx::AttributeProto::INTS);
    for (const int axis : {2, 3}) axes.add_ints(channels_last ? axis - 1 : axis);
    auto& keep = *mean.add_attribute();
    keep.set_name("keepdims");
    keep.set_type(onnx::AttributeProto::INT);
    keep.set_i(0);
  }
  // The mean of `side` x `side` pixels around each, in the layout of the picture.
  std::string blurred(const std::string& picture, bool channels_last, std::int64_t side) {
    std::string planes = picture;
    if (channels_last) {
      integers(node("Transpose", {picture}, "planes"), "perm", {0, 3, 1, 2});
      planes = "planes";
    }
    auto& pool = node("AveragePool", {planes}, channels_last ? "pooled_planes" : "pooled");
    integers(pool, "kernel_shape", {side, side});
    integers(pool, "pads", std::vector<std::int64_t>(4, side / 2));
    if (channels_last) integers(node("Transpose", {"pooled_planes"}, "pooled"), "perm", {0, 2, 3, 1});
    return "pooled";
  }
  std::vector<std::uint8_t> bytes() const {
    const std::string text = model_.SerializeAsString();
    return {text.begin(), text.end()};
  }

 private:
  static void integers(onnx::NodeProto& node,
                       const std::string& name,
                       const std::vector<std::int64_t>& values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }
  static void declare(onnx::ValueInfoProto& value,
                      const std::string& name,
                      const std::vector<std::int64_t>& shape) {
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      auto& dim = *type.mutable_shape()->add_dim();
      if (shape[i] > 0)
        dim.set_dim_value(shape[i]);
      else
        dim.set_dim_param(name + std::to_string(i));
    }
  }
  onnx::ModelProto model_;
};

std::vector<std::int64_t> picture_shape(std::int64_t size, bool channels_last) {
  if (channels_last) return {1, size, size, 3};
  return {1, 3, size, size};
}

}  // namespace

std::vector<std::uint8_t> stand_in_painter(const StandInPainter& painter) {
  Builder builder;
  const bool last = painter.channels_last;
  const std::vector<std::int64_t> per_channel =
      last ? std::vector<std::int64_t>{1, 1, 1, 3} : std::vector<std::int64_t>{1, 3, 1, 1};
  builder.input(painter.target, picture_shape(painter.size, last));
  builder.constant("gain", per_channel, {painter.gain.begin(), painter.gain.end()});
  builder.constant("offset", per_channel, {painter.offset.begin(), painter.offset.end()});
  builder.shape("per_channel", per_channel);
  std::string seen = painter.target;
  if (painter.blur > 0) {
    builder.constant("blur_share", {1}, {painter.blur_share});
    builder.node("Sub", {builder.blurred(painter.target, last, painter.blur), painter.target}, "blur_change");
    builder.node("Mul", {"blur_change", "blur_share"}, "blur_part");
    builder.node("Add", {painter.target, "blur_part"}, "seen");
    seen = "seen";
  }
  builder.node("Mul", {seen, "gain"}, "scaled");
  builder.node("Add", {"scaled", "offset"}, "painted");
  std::string painted = "painted";
  const auto add = [&](const std::string& what) {
    const std::string sum = painted + "_" + what;
    builder.node("Add", {painted, what}, sum);
    painted = sum;
  };
  if (!painter.identity.empty()) {
    builder.input(painter.identity, {1, painter.identity_size});
    std::vector<float> matrix(static_cast<std::size_t>(painter.identity_size) * 3);
    for (std::size_t i = 0; i < matrix.size() / 3; ++i) matrix[3 * i + i % 3] = painter.tint;
    builder.constant("tint_matrix", {painter.identity_size, 3}, matrix);
    builder.node("MatMul", {painter.identity, "tint_matrix"}, "tint_row");
    builder.node("Reshape", {"tint_row", "per_channel"}, "tint");
    add("tint");
  }
  if (!painter.source.empty()) {
    builder.input(painter.source, picture_shape(painter.source_size, last));
    builder.channel_means(painter.source, last, "mean_row");
    builder.node("Reshape", {"mean_row", "per_channel"}, "mean");
    add("mean");
  }
  if (!painter.added.empty()) {
    const auto plane = static_cast<std::size_t>(painter.size * painter.size);
    std::vector<float> added = painter.added;
    if (last)
      for (std::size_t i = 0; i < plane; ++i)
        for (std::size_t c = 0; c < 3; ++c) added[3 * i + c] = painter.added[c * plane + i];
    builder.constant("added", picture_shape(painter.size, last), added);
    add("added");
  }
  builder.node("Identity", {painted}, "output");
  builder.output("output", picture_shape(painter.size, last));
  if (!painter.mask.empty()) {
    builder.constant("mask_value", {1, 1, painter.size, painter.size}, painter.mask);
    builder.node("Identity", {"mask_value"}, "mask");
    builder.output("mask", {1, 1, painter.size, painter.size});
  }
  if (!painter.last.empty()) {
    std::int64_t side = 1;
    while (side * side < static_cast<std::int64_t>(painter.last.size())) ++side;
    builder.constant("last", {side, side}, painter.last);
  }
  return builder.bytes();
}

std::vector<std::uint8_t> stand_in_recogniser(std::int64_t size, bool channels_last) {
  Builder builder;
  builder.input("input", picture_shape(112, channels_last));
  builder.channel_means("input", channels_last, "means");
  std::vector<float> matrix(static_cast<std::size_t>(size) * 3);
  std::vector<float> ones(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < ones.size(); ++i) {
    const float factor = 1 + static_cast<float>(i) / static_cast<float>(size);
    matrix[(i % 3) * ones.size() + i] = factor;
    ones[i] = factor;
  }
  builder.constant("matrix", {3, size}, matrix);
  builder.constant("ones", {1, size}, ones);
  builder.node("MatMul", {"means", "matrix"}, "weighted");
  builder.node("Add", {"weighted", "ones"}, "output");
  builder.output("output", {1, size});
  return builder.bytes();
}

}  // namespace kyc
