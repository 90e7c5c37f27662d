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
constexpr std::uint64_t kMostFeatureBytes = 4ULL << 30;  // and as much again for their standardised form

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

// Every `step`-th row from `from` on.
Gathered part_of(const Gathered& all, std::size_t from, std::size_t until, std::size_t step) {
  Gathered out;
  out.features.width = all.features.width;
  for (std::size_t i = from; i < until; i += step) {
    const auto row = all.features.values.begin() + static_cast<std::ptrdiff_t>(i * all.features.width);
    out.features.values.insert(
        out.features.values.end(), row, row + static_cast<std::ptrdiff_t>(all.features.width));
    out.features.attacks.push_back(all.features.attacks[i]);
    out.people.push_back(all.people[i]);
  }
  return out;
}

bool has_both_classes(const LabelledFeatures& features) {
  return std::find(features.attacks.begin(), features.attacks.end(), true) != features.attacks.end() &&
         std::find(features.attacks.begin(), features.attacks.end(), false) != features.attacks.end();
}

// From answers near -1 and 1 to log odds.
struct Calibration {
  double slope = 1;
  double shift = 0;
};

// As they are found on other people.
Calibration calibration_of(const LinearLayer& layer, const Gathered& validation) {
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
  if (!(slope > 0)) return {};  // worse than guessing: as it is
  return {slope, model.intercept - slope * term.mean};
}

std::vector<std::uint8_t> with_layer(const std::vector<std::uint8_t>& network,
                                     const std::string& name,
                                     LinearLayer layer,
                                     const Calibration& calibration) {
  for (float& weight : layer.weights)
    weight = static_cast<float>(calibration.slope * static_cast<double>(weight));
  const double bias = calibration.slope * static_cast<double>(layer.bias) + calibration.shift;
  return with_last_layer(network, name, layer.weights, static_cast<float>(bias));
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

SolvedNetwork solved_network(const std::vector<std::uint8_t>& network,
                             const std::string& name,
                             const ClosedFormTask& task,
                             const ClosedFormOptions& options,
                             int jobs,
                             const Progress& progress) {
  const auto copies = static_cast<std::size_t>(options.copies);
  std::vector<CropRef> crops = crops_of_split(task.items, *task.store, "train");
  const std::size_t training = crops.size();
  for (const CropRef& crop : crops_of_split(task.items, *task.store, "val")) crops.push_back(crop);
  if (crops.size() * copies > kMostRidgeSamples)
    throw Error(ErrorCode::InvalidArgument,
                "training: ridge regression takes at most " + std::to_string(kMostRidgeSamples) +
                    " faces, copies included; the training and validation splits have " +
                    std::to_string(crops.size() * copies));
  const Session session(without_last_layer(network, name), name);
  const auto width =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, session.outputs().at(0).shape.at(1)));
  if (const std::uint64_t bytes = width * crops.size() * copies * sizeof(float); bytes > kMostFeatureBytes)
    throw Error(ErrorCode::InvalidArgument,
                "training: ridge regression keeps what " + name + " says of every face in memory, at most " +
                    std::to_string(kMostFeatureBytes >> 20) + " MiB; here that would be " +
                    std::to_string(bytes >> 20) + ": fewer faces, copies or tensors");
  const Gathered both = Gatherer(session, task, jobs).gather(crops, copies, progress);
  const Gathered first = part_of(both, 0, training * copies, 1);
  const Gathered validation = part_of(both, training * copies, both.people.size(), copies);
  const LinearLayer layer = fit_ridge(first.features, options.ridge, jobs);
  const Calibration calibration =
      has_both_classes(validation.features) ? calibration_of(layer, validation) : Calibration();
  return {with_layer(network, name, layer, calibration),
          with_layer(network, name, fit_ridge(both.features, options.ridge, jobs), calibration)};
}

}  // namespace kyc
