// An attack detector that a user brings: an ONNX file and a few lines of JSON.
//
//   {"name": "mine", "task": "attack_detection", "file": "mine.onnx",
//    "input": {"size": [224, 224], "colour": "RGB", "mean": [127.5, 127.5, 127.5], "scale": [127.5, 127.5,
//    127.5]}, "crop": {"box": 1.3}, "output": {"kind": "softmax", "attack": 1}, "threshold": 0.5}
//
// crop: "box" enlarges the face box, made square, by that factor; "image": the whole picture.
// output kind: "softmax" or "probability" (of several outputs take `attack`), "sigmoid" or "score" (one
// output); with "bona_fide" instead of "attack" the score is 1 - that output ("score": its negative).

#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/subjects.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

using nlohmann::json;

struct Description {
  std::string name;
  std::filesystem::path file;
  ModelInput input;
  std::optional<double> box;  // nothing: the whole picture
  std::string kind;
  std::size_t index = 0;
  bool bona_fide = false;
  std::optional<double> threshold;
};

std::array<float, 3> three(const json& value) {
  if (value.size() != 3) throw Error(ErrorCode::Corrupt, "expected 3 numbers, got " + value.dump());
  return {value[0].get<float>(), value[1].get<float>(), value[2].get<float>()};
}

Description parse(const json& value, const std::filesystem::path& folder) {
  Description out;
  out.name = value.at("name");
  if (value.at("task") != "attack_detection")
    throw Error(ErrorCode::Corrupt, "/task: expected \"attack_detection\", got " + value.at("task").dump());
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
  } else if (crop != "image") {
    throw Error(ErrorCode::Corrupt, "/crop: expected {\"box\": factor} or \"image\"");
  }
  const json& output = value.at("output");
  out.kind = output.at("kind");
  if (out.kind != "softmax" && out.kind != "probability" && out.kind != "sigmoid" && out.kind != "score")
    throw Error(ErrorCode::Corrupt, "/output/kind: expected softmax, probability, sigmoid or score");
  out.bona_fide = output.contains("bona_fide");
  out.index = output.value(out.bona_fide ? "bona_fide" : "attack", std::size_t{0});
  if (value.contains("threshold")) out.threshold = value.at("threshold").get<double>();
  return out;
}

Description read_description(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, 1 << 20);
  std::string problem;
  try {
    return parse(json::parse(text), path.parent_path());
  } catch (const json::exception& error) {
    problem = error.what();
  } catch (const Error& error) {
    problem = error.what();
  }
  throw Error(ErrorCode::Corrupt,
              path.string() + ": expected the description of an attack detector: " + problem);
}

class OnnxSubject final : public AttackSubject {
 public:
  OnnxSubject(Description description, const ModelResources& resources, const AttackSubjectOptions& options)
      : description_(std::move(description)),
        options_(options),
        faces_(resources, subject_analysis()),
        sha256_(sha256_hex_of_file(description_.file)),
        session_(read_file(description_.file, 4ULL << 30), description_.file.string(), resources.session) {}

  std::string name() const override { return description_.name; }
  std::vector<std::pair<std::string, std::string>> record() const override {
    return {{"network", description_.file.string() + ", sha256 " + sha256_},
            {"crop",
             description_.box ? "the face box, square, " + std::to_string(*description_.box) + " times"
                              : "the whole picture"},
            {"frames of a clip", std::to_string(options_.frames) + ", evenly over its length"}};
  }
  std::optional<double> threshold() const override { return description_.threshold; }

  void score(std::span<const std::filesystem::path> files, const Sink& sink) override {
    score_files(
        files, options_.frames, options_.jobs, [this](const Image& image) { return score_of(image); }, sink);
  }
  std::optional<std::vector<std::optional<double>>> score_frames(
      std::span<const Image> images) const override {
    std::vector<std::optional<double>> out;
    for (const Image& image : images) out.push_back(score_of(image));
    return out;
  }

 private:
  std::optional<double> score_of(const Image& image) const {
    Box box{0, 0, static_cast<float>(image.width), static_cast<float>(image.height)};
    if (description_.box) {
      const std::vector<FaceDetection> found = faces_.detect(image);
      const FaceDetection* face = largest_face(found);
      if (face == nullptr) return std::nullopt;
      const Point center = face->box.center();
      const float side = std::max(face->box.width, face->box.height) * static_cast<float>(*description_.box);
      box = {center.x - side / 2, center.y - side / 2, side, side};
    }
    Tensor output = session_.run(tensor_from_image(image, box, description_.input));
    if (description_.index >= output.data.size())
      throw Error(ErrorCode::InvalidArgument,
                  description_.file.string() + ": the network has " + std::to_string(output.data.size()) +
                      " outputs, the description asks for number " + std::to_string(description_.index));
    if (description_.kind == "softmax") softmax(output.data);
    double value = static_cast<double>(output.data[description_.index]);
    if (description_.kind == "sigmoid") value = 1 / (1 + std::exp(-value));
    if (!std::isfinite(value)) return std::nullopt;
    if (!description_.bona_fide) return value;
    return description_.kind == "score" ? -value : 1 - value;
  }

  Description description_;
  AttackSubjectOptions options_;
  FaceAnalyzer faces_;
  std::string sha256_;
  Session session_;
};

}  // namespace

std::unique_ptr<AttackSubject> make_onnx_attack_subject(const std::filesystem::path& description,
                                                        const ModelResources& resources,
                                                        const AttackSubjectOptions& options) {
  return std::make_unique<OnnxSubject>(read_description(description), resources, options);
}

}  // namespace kyc
