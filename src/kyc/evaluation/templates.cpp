#include "kyc/evaluation/templates.h"

#include <cmath>
#include <functional>
#include <mutex>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/evaluation/acquisition.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/onnx_description.h"
#include "kyc/face/alignment.h"
#include "kyc/face/analyzer.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

constexpr std::string_view kOnnx = "onnx:";
constexpr std::uint64_t kMostModelBytes = 4ULL << 30;

using TemplateMaker = std::function<FaceTemplate(const Image&, const Face&)>;

// A recogniser that a user brings. Thread-safe: so are sessions.
struct DescribedRecogniser {
  OnnxDescription description;
  Session session;

  FaceTemplate operator()(const Image& image, const Face& face) const {
    Tensor input;
    if (description.aligned) {
      input = tensor_from_image(align_face(image, face.points), description.input);
    } else if (description.box) {
      const Point center = face.detection.box.center();
      const float side = std::max(face.detection.box.width, face.detection.box.height) *
                         static_cast<float>(*description.box);
      input =
          tensor_from_image(image, {center.x - side / 2, center.y - side / 2, side, side}, description.input);
    } else {
      input = tensor_from_image(image, description.input);
    }
    std::vector<Tensor> outputs = session.run(std::span<const Tensor>(&input, 1));
    if (description.index >= outputs.size())
      throw Error(ErrorCode::InvalidArgument,
                  description.file.string() + ": the network has " + std::to_string(outputs.size()) +
                      " outputs, the description asks for number " + std::to_string(description.index));
    FaceTemplate out{description.name, std::move(outputs[description.index].data)};
    double length = 0;
    for (const float value : out.values) length += static_cast<double>(value) * static_cast<double>(value);
    if (length > 0 && std::isfinite(length))
      for (float& value : out.values)
        value = static_cast<float>(static_cast<double>(value) / std::sqrt(length));
    return out;
  }
};

TemplateMaker template_maker(const ModelResources& resources, const std::string& recogniser) {
  if (!recogniser.starts_with(kOnnx)) {
    const auto known = std::make_shared<Recognizer>(resources, recogniser);
    return [known](const Image& image, const Face& face) { return known->extract(image, face.points); };
  }
  OnnxDescription description = read_onnx_description(recogniser.substr(kOnnx.size()), "recognition");
  const std::string file = description.file.string();
  const auto described = std::make_shared<DescribedRecogniser>(DescribedRecogniser{
      std::move(description), Session(read_file(file, kMostModelBytes), file, resources.session)});
  return [described](const Image& image, const Face& face) { return (*described)(image, face); };
}

// The mean of the frames' templates, of unit length again; nothing without a face.
std::optional<FaceTemplate> template_of(const std::filesystem::path& file,
                                        const FaceAnalyzer& analyzer,
                                        const TemplateMaker& make,
                                        int frames) {
  FaceTemplate sum;
  std::vector<Image> images;
  try {
    images = frames_of(file, frames);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported) return std::nullopt;
    throw;
  }
  for (const Image& image : images) {
    const std::vector<FaceDetection> found = analyzer.detect(image);
    if (found.empty()) continue;
    const Face face = analyzer.describe(image, found[subject_of(found, image.width, image.height)]);
    const FaceTemplate one = make(image, face);
    if (sum.values.empty())
      sum = one;
    else
      for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += one.values[i];
  }
  double length = 0;
  for (const float value : sum.values) length += static_cast<double>(value) * static_cast<double>(value);
  if (!(length > 0)) return std::nullopt;
  for (float& value : sum.values) value = static_cast<float>(static_cast<double>(value) / std::sqrt(length));
  return sum;
}

std::string text_of(const std::optional<FaceTemplate>& face) {
  return face ? nlohmann::json(face->values).dump() : "";
}

std::optional<FaceTemplate> template_of_text(const std::string& text, const std::string& model) {
  if (text.empty()) return std::nullopt;
  return FaceTemplate{model, nlohmann::json::parse(text).get<std::vector<float>>()};
}

}  // namespace

std::string recogniser_sha256(const ModelManifest& models, const std::string& recogniser) {
  if (!recogniser.starts_with(kOnnx)) return sha256_hex_of_file(models.file_of(models.entry(recogniser)));
  const std::string description = recogniser.substr(kOnnx.size());
  return sha256_hex_of_file(read_onnx_description(description, "recognition").file) + ", description " +
         sha256_hex_of_file(description);
}

std::optional<double> described_threshold(const std::string& recogniser) {
  if (!recogniser.starts_with(kOnnx)) return std::nullopt;
  return read_onnx_description(recogniser.substr(kOnnx.size()), "recognition").threshold;
}

std::vector<std::optional<FaceTemplate>> templates_of(const ModelResources& resources,
                                                      const std::string& recogniser,
                                                      std::span<const TemplateFile> files,
                                                      int frames,
                                                      int jobs,
                                                      Journal& journal,
                                                      const Progress& progress) {
  AnalyzerOptions analysis;
  analysis.pose = analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  const TemplateMaker make = template_maker(resources, recogniser);
  std::vector<std::optional<FaceTemplate>> out(files.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(files.size(), jobs, [&](std::size_t i, int) {
    const std::string key = recogniser + "\n" + files[i].key;
    if (const auto known = journal.find(key)) {
      out[i] = template_of_text(*known, recogniser);
    } else {
      out[i] = template_of(files[i].path, analyzer, make, frames);
      if (out[i]) out[i]->model = recogniser;
      journal.add(key, text_of(out[i]));
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, files.size());
  });
  return out;
}

}  // namespace kyc
