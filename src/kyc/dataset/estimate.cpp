#include "kyc/dataset/estimate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

constexpr int kFramesLookedAt = 30;
constexpr double kOldest = 101;  // years: what a network's 1 stands for
constexpr float kEnlarged = 1.4F;

// The face box, enlarged as far as the picture allows and moved into it, as faceplugin's JavaScript does.
Box crop_box(const Image& image, const Box& face) {
  const float width = static_cast<float>(image.width - 1);
  const float height = static_cast<float>(image.height - 1);
  const float scale = std::min({kEnlarged, width / face.width, height / face.height});
  Box out{0, 0, face.width * scale, face.height * scale};
  out.x = std::clamp(face.x + face.width / 2 - out.width / 2, 0.0F, std::max(0.0F, width - out.width));
  out.y = std::clamp(face.y + face.height / 2 - out.height / 2, 0.0F, std::max(0.0F, height - out.height));
  return out;
}

// Soft stagewise regression: three stages of three bins, each stage a third as wide as the one before; every
// bin may be moved, every stage stretched.
double regressed(const std::array<const Tensor*, 9>& outputs) {
  constexpr std::size_t kBins = 3;
  double width = 1;
  double sum = 0;
  for (std::size_t stage = 0; stage < 3; ++stage) {
    const std::vector<float>& share = outputs[stage]->data;
    const std::vector<float>& moved = outputs[6 + stage]->data;
    width *= static_cast<double>(kBins) * (1 + static_cast<double>(outputs[3 + stage]->data.at(0)));
    double at = 0;
    for (std::size_t bin = 0; bin < kBins; ++bin)
      at += (static_cast<double>(bin) + static_cast<double>(moved.at(bin))) *
            static_cast<double>(share.at(bin));
    sum += at / width;
  }
  return sum;
}

class Network {
 public:
  Network(const ModelResources& resources, const std::string& name)
      : input_(resources.models.entry(name).inputs.at(0)),
        session_(resources.models, name, resources.session) {
    static constexpr std::array<const char*, 9> kOutputs = {"prob_stage_1",
                                                            "prob_stage_2",
                                                            "prob_stage_3",
                                                            "stage1_delta_k",
                                                            "stage2_delta_k",
                                                            "stage3_delta_k",
                                                            "index_offset_stage1",
                                                            "index_offset_stage2",
                                                            "index_offset_stage3"};
    const std::vector<TensorInfo>& outputs = session_.outputs();
    for (std::size_t i = 0; i < kOutputs.size(); ++i) {
      const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const TensorInfo& output) {
        return output.name == kOutputs[i];
      });
      if (found == outputs.end())
        throw Error(ErrorCode::Corrupt, name + ": expected an output " + kOutputs[i]);
      order_[i] = static_cast<std::size_t>(found - outputs.begin());
    }
  }

  double run(const Image& image, const Box& box) const {
    const Tensor input = tensor_from_image(image, box, input_);
    const std::vector<Tensor> outputs = session_.run(std::span(&input, 1));
    std::array<const Tensor*, 9> ordered{};
    for (std::size_t i = 0; i < order_.size(); ++i) ordered[i] = &outputs.at(order_[i]);
    return regressed(ordered);
  }

 private:
  ModelInput input_;
  Session session_;
  std::array<std::size_t, 9> order_{};
};

}  // namespace

struct AgeSexEstimator::State {
  Network age;
  Network sex;
};

AgeSexEstimator::AgeSexEstimator(const ModelResources& resources)
    : state_(new State{Network(resources, "fr_age"), Network(resources, "fr_gender")}) {}
std::vector<std::string> AgeSexEstimator::models() {
  return {"fr_age", "fr_gender"};
}
AgeSexEstimator::~AgeSexEstimator() = default;
AgeSexEstimator::AgeSexEstimator(AgeSexEstimator&&) noexcept = default;

AgeSex AgeSexEstimator::of_face(const Image& image, const Box& face) const {
  const Box box = crop_box(image, face);
  return {static_cast<int>(std::lround(state_->age.run(image, box) * kOldest)),
          state_->sex.run(image, box) >= 0.5 ? "male" : "female"};
}

std::optional<AgeSex> AgeSexEstimator::of_picture(const FaceAnalyzer& analyzer,
                                                  const std::filesystem::path& file) const {
  try {
    const Image image = read_image(file);
    const std::vector<Face> faces = analyzer.analyze(image);
    if (!faces.empty()) return of_face(image, faces.front().detection.box);
  } catch (const Error&) {  // its samples will say why
  }
  return std::nullopt;
}

std::optional<AgeSex> AgeSexEstimator::of_clip(const FaceAnalyzer& analyzer,
                                               const std::filesystem::path& file) const {
  try {
    VideoReader reader(file);
    Frame frame;
    for (int i = 0; i < kFramesLookedAt && reader.next(frame); ++i) {
      const std::vector<Face> faces = analyzer.analyze(frame.image);
      if (!faces.empty()) return of_face(frame.image, faces.front().detection.box);
    }
  } catch (const Error&) {  // as above
  }
  return std::nullopt;
}

}  // namespace kyc
