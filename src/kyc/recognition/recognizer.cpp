#include "kyc/recognition/recognizer.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/face/alignment.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/recognition_crop.h"

namespace kyc {
namespace {

const ModelEntry& recognition_entry(const ModelManifest& models, const std::string& name) {
  const ModelEntry& entry = models.entry(name);
  if (entry.task != "recognition")
    throw Error(ErrorCode::InvalidArgument,
                "model '" + name + "': expected one of task recognition, got one of task " + entry.task);
  return entry;
}

// Which output of the network is the template.
std::size_t template_output(const ModelEntry& entry, const RecognitionCrop& crop, const Session& session) {
  if (crop.template_output.empty()) return 0;
  for (std::size_t i = 0; i < session.outputs().size(); ++i)
    if (session.outputs()[i].name == crop.template_output) return i;
  throw Error(ErrorCode::Corrupt,
              "model '" + entry.name + "': the network has no output '" + crop.template_output + "'");
}

// The sides of the input.
std::pair<int, int> crop_size(const ModelEntry& entry) {
  const ModelInput* input = entry.inputs.empty() ? nullptr : entry.inputs.data();
  const bool right = input && input->shape.size() == 4 && input->layout == "NCHW" && input->shape[2] > 0 &&
                     input->shape[3] > 0 && input->shape[2] <= 4096 && input->shape[3] <= 4096;
  if (!right)
    throw Error(ErrorCode::Unsupported,
                "model '" + entry.name + "': expected an input [1, 3, height, width] of fixed size");
  return {static_cast<int>(input->shape[3]), static_cast<int>(input->shape[2])};
}

}  // namespace

struct Recognizer::State {
  ModelEntry entry;
  RecognitionCrop crop;
  Session session;
  std::size_t output = 0;
  int width = 0;
  int height = 0;

  // Image -> what the network sees.
  Similarity to_crop(const FivePoints& points) const {
    const Similarity s = aligned_from_image(points);
    constexpr float kMiddle = static_cast<float>(kAlignedSize) / 2;
    const float scale = crop.zoom * static_cast<float>(std::min(width, height)) / kAlignedSize;
    return {scale * s.a,
            scale * s.b,
            scale * (s.tx - kMiddle) + static_cast<float>(width) / 2,
            scale * (s.ty - kMiddle) + static_cast<float>(height) * (0.5F + crop.shift)};
  }
};

Recognizer::Recognizer(const ModelResources& resources, const std::string& model)
    : state_(std::make_unique<State>(State{recognition_entry(resources.models, model),
                                           recognition_crop(resources.models, model),
                                           Session(resources.models, model, resources.session)})) {
  state_->output = template_output(state_->entry, state_->crop, state_->session);
  std::tie(state_->width, state_->height) = crop_size(state_->entry);
}
Recognizer::~Recognizer() = default;
Recognizer::Recognizer(Recognizer&&) noexcept = default;

const ModelEntry& Recognizer::model() const {
  return state_->entry;
}

Image Recognizer::align(const Image& image, const FivePoints& points) const {
  return warp(image, state_->to_crop(points), state_->width, state_->height);
}

FaceTemplate Recognizer::extract(const Image& aligned) const {
  if (aligned.width != state_->width || aligned.height != state_->height)
    throw Error(ErrorCode::InvalidArgument,
                "recognition: " + state_->entry.name + " expects an aligned face of " +
                    std::to_string(state_->width) + " x " + std::to_string(state_->height) + ", got " +
                    std::to_string(aligned.width) + " x " + std::to_string(aligned.height));
  const Tensor input = tensor_from_image(aligned, state_->entry.inputs[0]);
  std::vector<Tensor> outputs = state_->session.run(std::span(&input, 1));
  FaceTemplate out{state_->entry.name, std::move(outputs[state_->output].data)};
  double sum = 0;
  for (const float value : out.values) sum += static_cast<double>(value) * value;
  const double length = std::sqrt(sum);
  if (!(length > 0) || !std::isfinite(length))
    throw Error(ErrorCode::Internal, "recognition: " + out.model + " gave a template without direction");
  for (float& value : out.values) value = static_cast<float>(value / length);
  return out;
}

FaceTemplate Recognizer::extract(const Image& image, const FivePoints& points) const {
  return extract(align(image, points));
}

double compare(const FaceTemplate& probe, const FaceTemplate& reference) {
  if (probe.model != reference.model || probe.values.size() != reference.values.size())
    throw Error(ErrorCode::InvalidArgument,
                "compare: expected templates of one model, got " + probe.model + " (" +
                    std::to_string(probe.values.size()) + ") and " + reference.model + " (" +
                    std::to_string(reference.values.size()) + ")");
  double sum = 0;
  for (std::size_t i = 0; i < probe.values.size(); ++i)
    sum += static_cast<double>(probe.values[i]) * reference.values[i];
  return std::clamp(sum, -1.0, 1.0);
}

}  // namespace kyc
