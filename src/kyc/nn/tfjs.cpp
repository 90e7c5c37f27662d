#include "kyc/nn/tfjs.h"

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/dlib_resnet.h"
#include "kyc/nn/tfjs_graph.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMaxJsonBytes = 64U << 20;

}  // namespace

std::vector<std::uint8_t> onnx_from_tfjs(std::string_view json,
                                         const std::string& name,
                                         const TfjsFiles& files) {
  const TfjsModel model = parse_tfjs_model(json, name);
  const TfjsWeights weights = read_tfjs_weights(model.groups, name, files);
  return TfjsConversion(model, weights, name).run();
}

std::vector<std::uint8_t> onnx_from_tfjs(const std::filesystem::path& model) {
  return onnx_from_tfjs(read_text_file(model, kMaxJsonBytes), model.string(), tfjs_files_beside(model));
}

std::vector<std::uint8_t> onnx_from_tfjs_weights(std::string_view json,
                                                 const std::string& name,
                                                 const std::string& graph,
                                                 const TfjsFiles& files) {
  if (graph != "dlib_resnet34")
    throw Error(ErrorCode::Unsupported, name + ": no graph '" + graph + "'; known: dlib_resnet34");
  return dlib_resnet34(read_tfjs_weights(parse_tfjs_weight_manifest(json, name), name, files), name);
}

}  // namespace kyc
