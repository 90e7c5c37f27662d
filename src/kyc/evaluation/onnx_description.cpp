#include "kyc/evaluation/onnx_description.h"

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

using nlohmann::json;

std::array<float, 3> three(const json& value) {
  if (value.size() != 3) throw Error(ErrorCode::Corrupt, "expected 3 numbers, got " + value.dump());
  return {value[0].get<float>(), value[1].get<float>(), value[2].get<float>()};
}

OnnxDescription parse(const json& value, const std::filesystem::path& folder, const std::string& task) {
  OnnxDescription out;
  out.name = value.at("name");
  if (value.at("task") != task)
    throw Error(ErrorCode::Corrupt, "/task: expected \"" + task + "\", got " + value.at("task").dump());
  const std::filesystem::path file = value.at("file").get<std::string>();
  out.file = file.is_absolute() ? file : folder / file;
  const json& input = value.at("input");
  const auto height = input.at("size").at(0).get<std::int64_t>();
  const auto width = input.at("size").at(1).get<std::int64_t>();
  if (height < 8 || height > 4096 || width < 8 || width > 4096)
    throw Error(ErrorCode::Corrupt, "/input/size: expected [height, width] from 8 to 4096");
  out.input.name = "input";
  out.input.shape = {1, 3, height, width};
  out.input.colour = input.value("colour", "RGB");
  if (out.input.colour != "RGB" && out.input.colour != "BGR")
    throw Error(ErrorCode::Corrupt, "/input/colour: expected \"RGB\" or \"BGR\"");
  if (input.contains("mean")) out.input.mean = three(input.at("mean"));
  if (input.contains("scale")) out.input.scale = three(input.at("scale"));
  for (const float scale : out.input.scale)
    if (!(std::abs(scale) > 0)) throw Error(ErrorCode::Corrupt, "/input/scale: must not be 0");
  const json& crop = value.at("crop");
  if (crop.is_object()) {
    out.box = crop.at("box").get<double>();
    if (!(*out.box >= 0.2 && *out.box <= 10))
      throw Error(ErrorCode::Corrupt, "/crop/box: expected 0.2 to 10");
  } else if (crop == "aligned" && task == "recognition") {
    out.aligned = true;
  } else if (crop != "image") {
    throw Error(ErrorCode::Corrupt,
                "/crop: expected {\"box\": factor} or \"image\"" +
                    std::string(task == "recognition" ? " or \"aligned\"" : ""));
  }
  if (value.contains("threshold")) out.threshold = value.at("threshold").get<double>();
  if (task == "recognition") {
    if (value.contains("output")) out.index = value.at("output").value("index", std::size_t{0});
    return out;
  }
  const json& output = value.at("output");
  out.kind = output.at("kind");
  if (out.kind != "softmax" && out.kind != "probability" && out.kind != "sigmoid" && out.kind != "score")
    throw Error(ErrorCode::Corrupt, "/output/kind: expected softmax, probability, sigmoid or score");
  out.bona_fide = output.contains("bona_fide");
  out.index = output.value(out.bona_fide ? "bona_fide" : "attack", std::size_t{0});
  return out;
}

}  // namespace

OnnxDescription read_onnx_description(const std::filesystem::path& path, const std::string& task) {
  const std::string text = read_text_file(path, 1 << 20);
  std::string problem;
  try {
    return parse(json::parse(text), path.parent_path(), task);
  } catch (const json::exception& error) {
    problem = error.what();
  } catch (const Error& error) {
    problem = error.what();
  }
  throw Error(ErrorCode::Corrupt,
              path.string() + ": expected the description of " +
                  (task == "recognition" ? "a recogniser: " : "an attack detector: ") + problem);
}

}  // namespace kyc
