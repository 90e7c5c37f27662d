#include "kyc/nn/architectures/architecture.h"

#include <functional>
#include <set>

#include "kyc/core/error.h"
#include "kyc/nn/architectures/families.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

struct Architecture {
  ArchitectureInfo info;
  std::function<Layer(Network&, const Layer&, std::int64_t)> build;
};

const char* const kV2 = "Tan, Le: EfficientNetV2, ICML 2021";
const char* const kMeso = "Afchar et al.: MesoNet, WIFS 2018";

Architecture v2_b(int b, int side, const std::string& what) {
  return {{"efficientnet_v2_b" + std::to_string(b), what, kV2, side},
          [b](Network& network, const Layer& image, std::int64_t outputs) {
            return efficientnet_v2_b(network, image, outputs, b);
          }};
}

// Sorted by name.
const std::vector<Architecture>& table() {
  static const std::vector<Architecture> kTable{
      {{"convnet", "seven small convolutions: trains on a CPU", "this project", 128}, convnet},
      {{"efficientnet_b4", "EfficientNet-B4", "Tan, Le: EfficientNet, ICML 2019", 380}, efficientnet_b4},
      v2_b(0, 224, "EfficientNetV2-B0"),
      v2_b(1, 240, "EfficientNetV2-B1"),
      v2_b(2, 260, "EfficientNetV2-B2"),
      v2_b(3, 300, "EfficientNetV2-B3"),
      v2_b(4, 380, "EfficientNetV2-B scaled by the coefficients of EfficientNet-B4; never published"),
      {{"efficientnet_v2_s", "EfficientNetV2-S", kV2, 384}, efficientnet_v2_s},
      {{"mesoinception_4", "MesoInception-4: 28,615 parameters", kMeso, 256}, mesoinception_4},
      {{"mesonet_4", "Meso-4: 27,977 parameters", kMeso, 256}, mesonet_4},
      {{"resnet_18", "ResNet-18", "He et al.: Deep residual learning, CVPR 2016", 224}, resnet_18},
      {{"xception",
        "Xception: the usual baseline of deepfake detection",
        "Chollet: Xception, CVPR 2017",
        299},
       xception},
  };
  return kTable;
}

}  // namespace

const std::vector<ArchitectureInfo>& architectures() {
  static const std::vector<ArchitectureInfo> kInfos = [] {
    std::vector<ArchitectureInfo> out;
    for (const Architecture& one : table()) out.push_back(one.info);
    return out;
  }();
  return kInfos;
}

std::vector<std::uint8_t> new_network(const std::string& architecture, const NetworkOptions& options) {
  constexpr int kMostPixels = 4096;
  constexpr int kMostOutputs = 100'000;
  if (options.side < 0 || options.side > kMostPixels)
    throw Error(ErrorCode::InvalidArgument,
                "a network's input: expected 1 to " + std::to_string(kMostPixels) + " pixels, got " +
                    std::to_string(options.side));
  if (options.outputs < 1 || options.outputs > kMostOutputs)
    throw Error(ErrorCode::InvalidArgument,
                "a network's outputs: expected 1 to " + std::to_string(kMostOutputs) + ", got " +
                    std::to_string(options.outputs));
  std::string known;
  for (const Architecture& one : table()) {
    if (one.info.name == architecture) {
      Network network(architecture, options.side > 0 ? options.side : one.info.side, options.seed);
      return network.finish(one.build(network, network.image(), options.outputs));
    }
    known += (known.empty() ? "" : ", ") + one.info.name;
  }
  throw Error(ErrorCode::NotFound, "no architecture '" + architecture + "'; known: " + known);
}

ParameterCount count_parameters(std::span<const std::uint8_t> model, const std::string& name) {
  onnx::ModelProto proto;
  if (model.empty() || !proto.ParseFromArray(model.data(), static_cast<int>(model.size())) ||
      !proto.has_graph())
    throw Error(ErrorCode::Corrupt, name + ": not an ONNX model");
  std::set<std::string> statistics;
  std::set<std::string> sizes;  // what pictures are resized to
  for (const auto& node : proto.graph().node()) {
    if (node.op_type() == "BatchNormalization")
      for (int i = 3; i < node.input_size(); ++i) statistics.insert(node.input(i));
    if (node.op_type() == "Resize") sizes.insert(node.input().begin() + 1, node.input().end());
  }
  ParameterCount out;
  for (const auto& tensor : proto.graph().initializer()) {
    if (tensor.data_type() != onnx::TensorProto::FLOAT || tensor.dims_size() == 0 ||
        sizes.contains(tensor.name()))
      continue;
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
      throw Error(ErrorCode::Unsupported, name + ": its constants lie in other files");
    const std::optional<Weights> weights = float_values(tensor);
    if (!weights)
      throw Error(ErrorCode::Corrupt,
                  name + ": the sizes of the constant '" + tensor.name() + "' contradict each other");
    (statistics.contains(tensor.name()) ? out.statistics : out.trained) += weights->values.size();
  }
  return out;
}

}  // namespace kyc
