#include "kyc/training/closed_form.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/detection/linear_model.h"
#include "kyc/nn/last_layer.h"
#include "kyc/nn/session.h"
#include "kyc/training/batches.h"
#include "kyc/training/ridge.h"

namespace kyc {
namespace {

constexpr std::uint64_t kAlter = 4;  // batches.cpp has 1 to 3
constexpr int kMostCopies = 100;

struct Gathered {
  LabelledFeatures features;
  std::vector<std::string> people;
};

class Gatherer {
 public:
  Gatherer(const Session& session, const ClosedFormTask& task, int jobs)
      : session_(session),
        task_(task),
        jobs_(jobs),
        width_(static_cast<std::size_t>(session.outputs().at(0).shape.at(1))) {}

  Gathered gather(const std::vector<CropRef>& crops, std::size_t copies, const Progress& progress) const {
    const int side = static_cast<int>(task_.input.shape.at(3));
    Gathered out;
    out.features.width = width_;
    out.features.values.resize(crops.size() * copies * width_);
    for (const CropRef& crop : crops)
      for (std::size_t copy = 0; copy < copies; ++copy) {
        out.features.attacks.push_back(task_.items[crop.item].attack);
        out.people.push_back(task_.items[crop.item].identity);
      }
    std::mutex mutex;
    std::uint64_t done = 0;
    parallel_for(crops.size(), jobs_, [&](std::size_t i, int) {
      const FaceCrop crop = task_.store->crop(crops[i]);
      for (std::size_t copy = 0; copy < copies; ++copy) {
        const Image picture =
            copy == 0 ? centre_of(crop.image, side)
                      : augmented(crop.image, side, task_.augment, Random({task_.seed, kAlter, i, copy}));
        Tensor one;
        append_to(one, picture, task_.input);
        const Tensor features = session_.run(one);
        std::copy(features.data.begin(),
                  features.data.end(),
                  out.features.values.begin() + static_cast<std::ptrdiff_t>((i * copies + copy) * width_));
      }
      const std::lock_guard lock(mutex);
      if (progress) progress(++done, crops.size());
    });
    return out;
  }

 private:
  const Session& session_;
  const ClosedFormTask& task_;
  int jobs_;
  std::size_t width_;
};

bool has_both_classes(const LabelledFeatures& features) {
  return std::find(features.attacks.begin(), features.attacks.end(), true) != features.attacks.end() &&
         std::find(features.attacks.begin(), features.attacks.end(), false) != features.attacks.end();
}

// Of answers near -1 and 1 log odds, as they are found on other people.
void calibrate(LinearLayer& layer, const Gathered& validation) {
  constexpr double kPenalty = 1e-4;
  std::vector<LabelledMeasurements> samples;
  for (std::size_t i = 0; i < validation.features.attacks.size(); ++i) {
    const std::span<const float> row = std::span(validation.features.values)
                                           .subspan(i * validation.features.width, validation.features.width);
    samples.push_back({{answer_of(layer, row)}, validation.features.attacks[i], validation.people[i]});
  }
  const std::vector<std::string> names{"answer"};
  const LinearModel model = fit_linear_model(names, samples, kPenalty);
  const LinearTerm& term = model.terms.at(0);
  const double slope = term.weight / term.scale;
  if (!(slope > 0)) return;  // worse than guessing: as it is
  for (float& weight : layer.weights) weight = static_cast<float>(slope * static_cast<double>(weight));
  layer.bias = static_cast<float>(slope * (static_cast<double>(layer.bias) - term.mean) + model.intercept);
}

}  // namespace

void check(const ClosedFormOptions& options) {
  if (!(options.ridge >= 0) || !std::isfinite(options.ridge))
    throw Error(ErrorCode::InvalidArgument, "training: expected a ridge of 0 or more");
  if (options.copies < 1 || options.copies > kMostCopies)
    throw Error(ErrorCode::InvalidArgument,
                "training: expected 1 to " + std::to_string(kMostCopies) + " copies, got " +
                    std::to_string(options.copies));
}

std::vector<std::uint8_t> solved_network(const std::vector<std::uint8_t>& network,
                                         const std::string& name,
                                         const ClosedFormTask& task,
                                         const ClosedFormOptions& options,
                                         int jobs,
                                         const Progress& progress) {
  const auto copies = static_cast<std::size_t>(options.copies);
  const std::vector<CropRef> crops = crops_of_split(task.items, *task.store, "train");
  if (crops.size() * copies > kMostRidgeSamples)
    throw Error(ErrorCode::InvalidArgument,
                "training: ridge regression takes at most " + std::to_string(kMostRidgeSamples) +
                    " faces, copies included; the training split has " +
                    std::to_string(crops.size() * copies));
  const Session session(without_last_layer(network, name), name);
  const Gatherer gatherer(session, task, jobs);
  const Gathered training = gatherer.gather(crops, copies, progress);
  LinearLayer layer = fit_ridge(training.features, options.ridge, jobs);
  const Gathered validation = gatherer.gather(crops_of_split(task.items, *task.store, "val"), 1, {});
  if (has_both_classes(validation.features)) calibrate(layer, validation);
  return with_last_layer(network, name, layer.weights, layer.bias);
}

}  // namespace kyc
