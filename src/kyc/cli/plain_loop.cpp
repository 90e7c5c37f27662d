#include "kyc/cli/plain_loop.h"

#include <algorithm>

#include "kyc/face/alignment.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"

namespace kyc::cli {
namespace {

constexpr float kMinConfidence = 0.65F;

class StockEngine final : public Engine {
 public:
  explicit StockEngine(const ModelManifest& models) {
    SessionOptions options;
    options.rewrite_graph = false;
    options.free_batch = false;
    for (const std::string& name : plain_loop_models())
      sessions_.emplace(name, Session(models, name, options));
  }

  std::vector<Tensor> run(const std::string& model, const Tensor& input) override {
    return sessions_.at(model).run(std::span(&input, 1));
  }

 private:
  std::map<std::string, Session> sessions_;
};

Box enlarged(const Box& box, float factor) {
  const Point center = box.center();
  return {center.x - factor * box.width / 2,
          center.y - factor * box.height / 2,
          factor * box.width,
          factor * box.height};
}

Box cut(const Box& box, const Image& image) {
  const float left = std::max(0.0F, box.x);
  const float top = std::max(0.0F, box.y);
  return {left,
          top,
          std::min(static_cast<float>(image.width), box.right()) - left,
          std::min(static_cast<float>(image.height), box.bottom()) - top};
}

std::optional<Box> best_box(const Image& image, const std::vector<Tensor>& outputs) {
  const std::vector<float>& scores = outputs.at(0).data;
  std::size_t best = 0;
  for (std::size_t i = 0; 2 * i + 1 < scores.size(); ++i)
    if (scores[2 * i + 1] > scores[2 * best + 1]) best = i;
  if (scores.at(2 * best + 1) < kMinConfidence) return std::nullopt;
  const float* corners = outputs.at(1).data.data() + 4 * best;
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  return Box{corners[0] * width,
             corners[1] * height,
             (corners[2] - corners[0]) * width,
             (corners[3] - corners[1]) * height};
}

}  // namespace

const std::vector<std::string>& plain_loop_models() {
  static const std::vector<std::string> kModels = {
      "fr_detect", "fr_landmark", "fr_feature", "fr_liveness", "fr_pose"};
  return kModels;
}

std::unique_ptr<Engine> stock_engine(const ModelManifest& models) {
  return std::make_unique<StockEngine>(models);
}

bool plain_frame(const Image& image, const ModelManifest& models, Engine& engine) {
  const auto input = [&](const char* name) -> const ModelInput& { return models.entry(name).inputs.at(0); };
  const auto box = best_box(image, engine.run("fr_detect", tensor_from_image(image, input("fr_detect"))));
  if (!box) return false;
  const Tensor points = engine.run("fr_landmark", tensor_from_image(image, *box, input("fr_landmark"))).at(0);
  Landmarks68 landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i)
    landmarks[i] = {box->x + points.data.at(2 * i) * box->width,
                    box->y + points.data.at(2 * i + 1) * box->height};
  const Image aligned = align_face(image, five_points(landmarks));
  engine.run("fr_feature", tensor_from_image(aligned, input("fr_feature")));
  engine.run("fr_liveness", tensor_from_image(image, cut(enlarged(*box, 2.7F), image), input("fr_liveness")));
  engine.run("fr_pose", tensor_from_image(image, enlarged(*box, 1.5F), input("fr_pose")));
  return true;
}

}  // namespace kyc::cli
