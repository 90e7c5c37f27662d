#include "kyc/training/detector_training.h"

#include <algorithm>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/architectures/transfer.h"
#include "kyc/nn/half_weights.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"
#include "kyc/training/self_blend.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const char* const kBlended = "self_blended";

Progress stage(const DetectorTrainingHooks& hooks, const std::string& what, const std::string& unit) {
  return hooks.stage ? hooks.stage(what, unit) : Progress();
}

TrainingSet read_sets(const DetectorTrainingOptions& options) {
  TrainingSet out;
  for (const fs::path& folder : options.datasets) {
    TrainingSet set = read_training_set(folder, options.set);
    out.name += (out.name.empty() ? "" : ", ") + set.name;
    out.without_file += set.without_file;
    for (TrainingItem& item : set.items) out.items.push_back(std::move(item));
  }
  return out;
}

// Other ranks wait until the first one has written the crops, and read them then.
std::unique_ptr<CropStore> crops_of(const std::vector<TrainingItem>& items,
                                    const ModelResources& resources,
                                    const CropOptions& options,
                                    int jobs,
                                    const Ranks* ranks,
                                    const Progress& progress) {
  const bool first = ranks == nullptr || ranks->rank() == 0;
  std::unique_ptr<CropStore> out;
  if (first) out = std::make_unique<CropStore>(items, resources, options, jobs, progress);
  if (ranks != nullptr) ranks->from_first("crops");
  if (!first) out = std::make_unique<CropStore>(items, resources, options, jobs);
  return out;
}

LogitFunction logits_of(const Session& session, int jobs, bool mirrored) {
  // Pictures of a batch side by side: two runs of one thread beat one run of two.
  return [&session, jobs, mirrored](const Tensor& batch) {
    const auto count = static_cast<std::size_t>(batch.shape.at(0));
    const std::size_t size = batch.data.size() / count;
    Tensor out = make_tensor({batch.shape[0], 1});
    parallel_for(count, jobs, [&](std::size_t i, int) {
      Tensor one{{1, batch.shape[1], batch.shape[2], batch.shape[3]}, {}};
      one.data.assign(batch.data.begin() + static_cast<std::ptrdiff_t>(i * size),
                      batch.data.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
      out.data[i] = session.run(one).data.at(0);
      if (!mirrored) return;
      mirror(one);
      out.data[i] = (out.data[i] + session.run(one).data.at(0)) / 2;
    });
    return out;
  };
}

// The items of one split with their crops. Where it has no attacks and they are made in training, made here
// too: twins of the bona fide items.
struct Judged {
  std::vector<TrainingItem> items;
  std::vector<ItemScore> scores;
};

class Judge {
 public:
  Judge(const DetectorTrainingOptions& options,
        const std::vector<TrainingItem>& items,
        const ModelInput& input)
      : options_(options), items_(items), input_(input) {}

  Judged judge(const CropStore& store, const std::string& split, const LogitFunction& logits) const {
    const std::vector<CropRef> crops = crops_of_split(items_, store, split);
    Judged out{items_, score_items(store, crops, input_, logits, options_.quantile)};
    if (needs_twins(split)) add_twins(store, crops, logits, out);
    return out;
  }

  bool needs_twins(const std::string& split) const {
    return options_.batches.self_blended > 0 && class_counts(items_).at(split)[1] == 0;
  }

 private:
  void add_twins(const CropStore& store,
                 const std::vector<CropRef>& crops,
                 const LogitFunction& logits,
                 Judged& out) const {
    std::map<std::size_t, std::size_t> twins;  // item -> index in scores
    const int side = static_cast<int>(input_.shape.at(3));
    for (const CropRef& ref : crops) {
      const FaceCrop crop = store.crop(ref);
      const Image blended =
          self_blended(crop.image, crop.landmarks.value(), Random({options_.seed, ref.item, ref.crop}));
      Tensor picture;
      append_to(picture, centre_of(blended, side), input_);
      const auto [at, is_new] = twins.try_emplace(ref.item, out.scores.size());
      if (is_new) {
        TrainingItem twin = items_[ref.item];
        twin.attack = true;
        twin.species = kBlended;
        out.scores.push_back({out.items.size(), {}, 0});
        out.items.push_back(std::move(twin));
      }
      out.scores[at->second].frames.push_back(sigmoid(static_cast<double>(logits(picture).data.at(0))));
    }
    for (const auto& [item, place] : twins)
      out.scores[place].score = quantile_of(out.scores[place].frames, options_.quantile);
  }

  const DetectorTrainingOptions& options_;
  const std::vector<TrainingItem>& items_;
  const ModelInput& input_;
};

bool has_both(const Judged& judged) {
  const auto attack = [&](const ItemScore& one) { return judged.items[one.item].attack; };
  return std::any_of(judged.scores.begin(), judged.scores.end(), attack) &&
         !std::all_of(judged.scores.begin(), judged.scores.end(), attack);
}

TrainingValidation validation_of(const Judged& judged) {
  const double frames = frame_auc(judged.items, judged.scores);
  const double loss = balanced_loss(judged.items, judged.scores);
  // The loss decides between epochs whose order of scores is equally good.
  return {
      frames - 1e-4 * loss,
      {{"frame_auc", frames}, {"auc", auc_of(judged.items, judged.scores, 1, false)->auc}, {"loss", loss}}};
}

SplitResult result_of(const Judged& judged,
                      const std::string& condition,
                      std::size_t items,
                      const std::vector<ModelThreshold>& thresholds) {
  SplitResult out;
  out.condition = condition;
  out.items = items;
  std::set<std::size_t> seen;
  for (const ItemScore& one : judged.scores) seen.insert(one.item);
  out.without_face = items > seen.size() ? items - seen.size() : 0;
  out.scores = scores_csv(judged.items, judged.scores);
  if (!has_both(judged)) return out;
  out.auc = auc_of(judged.items, judged.scores);
  out.frame_auc = frame_auc(judged.items, judged.scores);
  out.groups = auc_by_group(judged.items, judged.scores);
  for (const ModelThreshold& one : thresholds)
    out.rates.push_back(rates_at(judged.items, judged.scores, one.value));
  return out;
}

std::vector<TrainingItem> items_of_split(const std::vector<TrainingItem>& items, const std::string& split) {
  std::vector<TrainingItem> out;
  for (const TrainingItem& item : items)
    if (item.split == split) out.push_back(item);
  return out;
}

}  // namespace

void check(const DetectorTrainingOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "training: " + what);
  };
  if (options.datasets.empty()) refuse("expected at least one data set");
  if (options.out.empty()) refuse("expected a folder for the results");
  if (options.name.empty() || options.name.find_first_of("/\\") != std::string::npos)
    refuse("expected a name without slashes, got '" + options.name + "'");
  for (const std::string& chain : options.test_chains) parsed_chain(chain);
  check(options.closed_form);
  if (options.closed_form.ridge > 0 && options.batches.self_blended > 0)
    refuse("a ridge needs attacks that are there: self-blended ones are made while a network is trained");
}

StartNetwork start_network(const DetectorTrainingOptions& options, const ModelManifest& models) {
  StartNetwork out;
  const auto& known = architectures();
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const ArchitectureInfo& info) {
    return info.name == options.architecture;
  });
  std::error_code ignored;
  const bool is_file = fs::is_regular_file(options.architecture, ignored);
  if (!is_file && is_transfer(options.architecture)) {
    out.onnx =
        transferred_network(models, options.architecture, {.side = options.side, .seed = options.seed});
  } else if (is_known || !is_file) {
    out.onnx = new_network(options.architecture, {.side = options.side, .seed = options.seed});
  } else {
    if (options.side != 0)
      throw Error(ErrorCode::InvalidArgument,
                  options.architecture + ": the side of the input is the file's; expected no other");
    out.onnx = read_file(options.architecture);
  }
  const Session session(out.onnx, options.architecture, {.rewrite_graph = false});
  const TensorInfo& input = session.inputs().at(0);
  const auto& shape = input.shape;
  if (session.inputs().size() != 1 || shape.size() != 4 || shape[1] != 3 || shape[2] != shape[3] ||
      shape[2] < 16)
    throw Error(ErrorCode::InvalidArgument,
                options.architecture + ": expected one input [n, 3, side, side] of fixed size, got " +
                    std::to_string(session.inputs().size()) + ", the first is '" + input.name + "' " +
                    shape_text(shape));
  const TensorInfo& output = session.outputs().at(0);
  if (output.shape.empty() || output.shape.size() > 2 || (output.shape.size() == 2 && output.shape[1] != 1))
    throw Error(ErrorCode::InvalidArgument,
                options.architecture + ": expected an output [n, 1], the logit of an attack, got '" +
                    output.name + "' " + shape_text(output.shape));
  out.input.name = input.name;
  out.input.shape = {1, 3, shape[2], shape[3]};
  out.input.colour = "RGB";
  out.input.mean = {127.5F, 127.5F, 127.5F};
  out.input.scale = {127.5F, 127.5F, 127.5F};
  return out;
}

namespace {

// Everything that a training begins with.
struct Prepared {
  TrainingSet set;
  StartNetwork network;
  CropOptions crop_options;
  std::unique_ptr<CropStore> store;
  std::unique_ptr<BatchMaker> batches;
  std::size_t crops = 0;  // of the training split
};

Prepared prepare(const DetectorTrainingOptions& options,
                 const ModelResources& resources,
                 const Ranks* ranks,
                 const DetectorTrainingHooks& hooks,
                 bool needs_torch) {
  check(options);
  Prepared out{
      read_sets(options), start_network(options, resources.models), options.crops, nullptr, nullptr, 0};
  std::string data;
  for (const auto& folder : options.datasets) data += (data.empty() ? "" : ", ") + folder.string();
  check_classes(out.set.items, data, options.batches.self_blended >= 1);
  if (needs_torch)
    if (const TorchStatus torch = torch_status(); !torch.available)
      throw Error(ErrorCode::Unavailable, "training needs LibTorch: " + torch.reason);
  out.crop_options.side = static_cast<int>(out.network.input.shape.at(3));
  out.crop_options.landmarks = options.batches.self_blended > 0;
  if (out.crop_options.folder.empty()) out.crop_options.folder = options.out / "crops";
  out.store = crops_of(out.set.items,
                       resources,
                       out.crop_options,
                       options.jobs,
                       ranks,
                       stage(hooks, "finding faces", "files"));
  const std::vector<CropRef> crops = crops_of_split(out.set.items, *out.store, "train");
  out.crops = crops.size();
  BatchOptions batches = options.batches;
  batches.seed = options.seed;
  batches.steps =
      options.training.steps_per_epoch * static_cast<std::size_t>(ranks == nullptr ? 1 : ranks->size());
  out.batches = std::make_unique<BatchMaker>(out.set.items, *out.store, crops, out.network.input, batches);
  return out;
}

TrainingRun run_training(const DetectorTrainingOptions& options,
                         const Prepared& prepared,
                         const Judge& judge,
                         const Ranks* ranks,
                         const DetectorTrainingHooks& hooks) {
  TrainingOptions training = options.training;
  const auto rank_count = static_cast<std::size_t>(ranks == nullptr ? 1 : ranks->size());
  if (training.steps_per_epoch == 0)
    training.steps_per_epoch = std::max<std::size_t>(1, prepared.batches->steps_per_epoch() / rank_count);
  if (training.checkpoint.empty()) {
    std::error_code failure;
    fs::create_directories(options.out, failure);
    if (failure)
      throw Error(ErrorCode::Unavailable, options.out.string() + ": can not be made: " + failure.message());
    training.checkpoint = options.out / "checkpoint";
  }
  training.seed = options.seed;
  TrainingHooks training_hooks;
  training_hooks.stop = hooks.stop;
  training_hooks.on_epoch = hooks.on_epoch;
  training_hooks.validate = [&](std::uint64_t, const Predictor& predict) {
    return validation_of(judge.judge(*prepared.store, "val", predict));
  };
  const bool first = ranks == nullptr || ranks->rank() == 0;
  const Progress progress = first ? stage(hooks, "training", "steps") : Progress();
  const std::uint64_t total = training.epochs * training.steps_per_epoch;
  training_hooks.on_step = [&](const TrainingStep& step) {
    if (progress) progress(step.epoch * training.steps_per_epoch + step.step + 1, total);
  };
  Trainer trainer(prepared.network.onnx, options.architecture, training, ranks);
  return trainer.run(
      [&](std::uint64_t epoch, std::size_t step) { return prepared.batches->batch(epoch, step); },
      training_hooks);
}

// With ONNX Runtime, as the detector will be used.
void judge_trained(const DetectorTrainingOptions& options,
                   const ModelResources& resources,
                   const Prepared& prepared,
                   const Judge& judge,
                   const DetectorTrainingHooks& hooks,
                   TrainedDetector& out) {
  const Session session(out.model, options.name);
  const LogitFunction logits = logits_of(session, options.jobs, options.mirrored);
  const Session judged(out.judged.empty() ? out.model : out.judged, options.name);
  const Judged validation =
      judge.judge(*prepared.store, "val", logits_of(judged, options.jobs, options.mirrored));
  out.thresholds = thresholds_of(validation.items,
                                 validation.scores,
                                 "validation split of " + prepared.set.name +
                                     (out.validated_on_blended ? ", attacks made by self-blending" : ""));
  const auto items_in = [&](const char* split) { return out.counts[split][0] + out.counts[split][1]; };
  out.validation = result_of(validation, "", items_in("val"), out.thresholds);
  if (items_in("test") == 0) return;
  out.tests.push_back(
      result_of(judge.judge(*prepared.store, "test", logits), "", items_in("test"), out.thresholds));
  const std::vector<TrainingItem> items = items_of_split(prepared.set.items, "test");
  const Judge test_judge(options, items, prepared.network.input);
  for (const std::string& chain : options.test_chains) {
    CropOptions changed = prepared.crop_options;
    changed.chain = parsed_chain(chain);
    const CropStore store(
        items, resources, changed, options.jobs, stage(hooks, "testing through " + chain, "files"));
    out.tests.push_back(
        result_of(test_judge.judge(store, "test", logits), chain, items.size(), out.thresholds));
  }
}

}  // namespace

TrainedDetector train_detector(const DetectorTrainingOptions& options,
                               const ModelResources& resources,
                               const Ranks* ranks,
                               const DetectorTrainingHooks& hooks) {
  const bool solved = options.closed_form.ridge > 0;
  const Prepared prepared = prepare(options, resources, ranks, hooks, !solved);
  TrainedDetector out;
  out.input = prepared.network.input;
  out.parameters = count_parameters(prepared.network.onnx, options.architecture).trained;
  out.counts = class_counts(prepared.set.items);
  out.without_file = prepared.set.without_file;
  out.training_crops = prepared.crops;
  for (const TrainingItem& item : prepared.set.items) ++out.species[item.species];
  for (const CropStore::Failure& failure : prepared.store->failures()) out.failures.push_back(failure.reason);

  const Judge judge(options, prepared.set.items, prepared.network.input);
  out.validated_on_blended = judge.needs_twins("val");
  if (solved) {
    SolvedNetwork network = solved_network(prepared.network.onnx,
                                           options.architecture,
                                           {prepared.set.items,
                                            prepared.store.get(),
                                            prepared.network.input,
                                            options.batches.augment,
                                            options.seed},
                                           options.closed_form,
                                           options.jobs,
                                           stage(hooks, "measuring faces", "faces"));
    out.run.model = std::move(network.network);
    out.judged = std::move(network.judged);
    out.parameters = count_parameters(out.run.model, options.architecture).trained;
  } else {
    out.run = run_training(options, prepared, judge, ranks, hooks);
  }
  out.model = options.half_weights ? with_half_weights(out.run.model, options.architecture) : out.run.model;
  const bool first = ranks == nullptr || ranks->rank() == 0;
  if (first && !out.run.interrupted) judge_trained(options, resources, prepared, judge, hooks, out);
  return out;
}

std::vector<TrainingPicture> training_pictures(const DetectorTrainingOptions& options,
                                               const ModelResources& resources,
                                               std::size_t count,
                                               const DetectorTrainingHooks& hooks) {
  const Prepared prepared = prepare(options, resources, nullptr, hooks, false);
  const auto size = static_cast<std::size_t>(options.batches.size);
  std::vector<TrainingPicture> out;
  for (std::size_t i = 0; i < count; ++i) {
    TrainingPicture one;
    one.image = prepared.batches->picture(0, i / size, i % size, one.attack);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace kyc
