#include "kyc/recognition/recognizer.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/face/alignment.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

const ModelEntry& recognition_entry(const ModelManifest& models, const std::string& name) {
  const ModelEntry& entry = models.entry(name);
  if (entry.task != "recognition")
    throw Error(ErrorCode::InvalidArgument,
                "model '" + name + "': expected one of task recognition, got one of task " + entry.task);
  return entry;
}

}  // namespace

struct Recognizer::State {
  ModelEntry entry;
  Session session;
};

Recognizer::Recognizer(const ModelResources& resources, const std::string& model)
    : state_(std::make_unique<State>(State{recognition_entry(resources.models, model),
                                           Session(resources.models, model, resources.session)})) {}
Recognizer::~Recognizer() = default;
Recognizer::Recognizer(Recognizer&&) noexcept = default;

const ModelEntry& Recognizer::model() const {
  return state_->entry;
}

FaceTemplate Recognizer::extract(const Image& aligned) const {
  if (aligned.width != kAlignedSize || aligned.height != kAlignedSize)
    throw Error(ErrorCode::InvalidArgument,
                "recognition: expected an aligned face of 112 x 112, got " + std::to_string(aligned.width) +
                    " x " + std::to_string(aligned.height));
  FaceTemplate out{state_->entry.name,
                   state_->session.run(tensor_from_image(aligned, state_->entry.inputs.at(0))).data};
  double sum = 0;
  for (const float value : out.values) sum += static_cast<double>(value) * value;
  const double length = std::sqrt(sum);
  if (!(length > 0) || !std::isfinite(length))
    throw Error(ErrorCode::Internal, "recognition: " + out.model + " gave a template without direction");
  for (float& value : out.values) value = static_cast<float>(value / length);
  return out;
}

FaceTemplate Recognizer::extract(const Image& image, const FivePoints& points) const {
  return extract(align_face(image, points));
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
