// An attack detector that a user brings: an ONNX file and its description (onnx_description.h).

#include <cmath>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/onnx_description.h"
#include "kyc/evaluation/subjects.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

class OnnxSubject final : public AttackSubject {
 public:
  OnnxSubject(OnnxDescription description,
              const ModelResources& resources,
              const AttackSubjectOptions& options)
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

  OnnxDescription description_;
  AttackSubjectOptions options_;
  FaceAnalyzer faces_;
  std::string sha256_;
  Session session_;
};

}  // namespace

std::unique_ptr<AttackSubject> make_onnx_attack_subject(const std::filesystem::path& description,
                                                        const ModelResources& resources,
                                                        const AttackSubjectOptions& options) {
  return std::make_unique<OnnxSubject>(
      read_onnx_description(description, "attack_detection"), resources, options);
}

}  // namespace kyc
