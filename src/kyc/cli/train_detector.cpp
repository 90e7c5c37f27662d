// kyclops train detector: data sets -> a detector with its record and report. Under mpirun, the processes
// share every batch.

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stop_token>

#include "kyc/cli/commands.h"
#include "kyc/cli/training_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/image/draw.h"
#include "kyc/report/write.h"
#include "kyc/training/detector_training.h"

namespace kyc::cli {
namespace {

struct TrainDetectorFlags {
  DetectorTrainingOptions training;
  std::string optimizer = "adamw";
  std::string schedule = "cosine";
  std::string device = "cpu";
  std::vector<double> shares;
  std::uint64_t epochs = 10;
  std::uint64_t steps = 0;
  std::uint64_t warm_up = 0;
  std::uint64_t patience = 0;
  std::uint64_t loaders = 0;
  bool no_augmentation = false;
  bool no_balance = false;
  std::string preview;
};

// Set by Ctrl-C: the running step is finished, a checkpoint is written.
std::atomic<bool> g_interrupted = false;

void on_interrupt(int) {
  g_interrupted = true;
  std::signal(SIGINT, SIG_DFL);  // a second one ends at once
}

DetectorTrainingOptions completed(const TrainDetectorFlags& options, const GlobalOptions& global) {
  DetectorTrainingOptions out = options.training;
  TrainingOptions& training = out.training;
  training.optimizer = options.optimizer == "sgd"    ? TrainingOptimizer::Sgd
                       : options.optimizer == "adam" ? TrainingOptimizer::Adam
                                                     : TrainingOptimizer::AdamW;
  training.schedule = options.schedule == "constant" ? TrainingSchedule::Constant
                      : options.schedule == "step"   ? TrainingSchedule::Step
                                                     : TrainingSchedule::Cosine;
  training.device = options.device == "cuda" ? GraphDevice::Cuda : GraphDevice::Cpu;
  training.epochs = options.epochs;
  training.steps_per_epoch = options.steps;
  training.warm_up_steps = options.warm_up;
  training.patience = options.patience;
  out.jobs = jobs_of(global);
  training.threads = out.jobs;
  training.loaders = static_cast<int>(options.loaders > 0 ? options.loaders : std::max(1, out.jobs / 2));
  if (options.no_augmentation) out.batches.augment = no_augmentation();
  out.batches.balance = !options.no_balance;
  if (!options.shares.empty()) std::copy_n(options.shares.begin(), 3, out.set.shares.begin());
  out.set.seed = out.seed;
  return out;
}

void print_epoch(const EpochResult& epoch) {
  std::printf("epoch %3llu  loss %.4f", static_cast<unsigned long long>(epoch.epoch + 1), epoch.loss);
  if (epoch.validation)
    for (const auto& [name, value] : epoch.validation->metrics) std::printf("  %s %.4f", name.c_str(), value);
  std::printf(
      "  lr %.2g  %.0f images/s  %.0f s\n", epoch.learning_rate, epoch.samples_per_second, epoch.seconds);
  std::fflush(stdout);
}

void print_result(const std::string& name, const SplitResult& result) {
  if (!result.auc) {
    std::printf("%s: %zu items; no AUC without both classes\n", name.c_str(), result.items);
    return;
  }
  std::printf("%s: AUC %.4f", name.c_str(), result.auc->auc);
  if (result.auc->interval)
    std::printf(" [%.4f, %.4f]", result.auc->interval->low, result.auc->interval->high);
  std::printf(" (%zu attacks, %zu bona fide, %zu people), of frames %.4f\n",
              result.auc->attacks,
              result.auc->bona_fide,
              result.auc->identities,
              *result.frame_auc);
  for (const GroupAuc& group : result.groups)
    std::printf("    %-32s %-4s AUC %.4f (%zu attacks)\n",
                group.species.empty() ? "all" : group.species.c_str(),
                group.compression.c_str(),
                group.auc.auc,
                group.auc.attacks);
}

// Pictures as the network would get them, to look at.
int preview(const TrainDetectorFlags& given, const GlobalOptions& global) {
  constexpr std::size_t kPictures = 64;
  const ModelManifest models(global.models);
  DetectorTrainingHooks hooks;
  hooks.stage = [&](const std::string& what, const std::string& unit) {
    return progress_bar(what, unit, global);
  };
  std::vector<ContactSheetCell> cells;
  for (TrainingPicture& one :
       training_pictures(completed(given, global), ModelResources{models, {}}, kPictures, hooks))
    cells.push_back({std::move(one.image), one.attack ? "attack" : "bona fide", one.attack ? kRed : kGreen});
  write_image(given.preview, contact_sheet(cells, 8, 160, 180));
  std::printf("%s\n", given.preview.c_str());
  return kDone;
}

int train(const TrainDetectorFlags& given, const GlobalOptions& global) {
  const DetectorTrainingOptions options = completed(given, global);
  const std::string program = std::string("kyclops ") + KYC_VERSION;
  const std::filesystem::path page = options.out / "report";
  check_report_folder(page);
  const ModelManifest models(global.models);
  const Ranks ranks;
  const bool speaks = ranks.rank() == 0;

  std::stop_source stop;
  std::signal(SIGINT, on_interrupt);
  DetectorTrainingHooks hooks;
  hooks.stop = stop.get_token();
  hooks.stage = [&](const std::string& what, const std::string& unit) -> Progress {
    return [&stop, bar = progress_bar(what, unit, global)](std::uint64_t done, std::uint64_t total) {
      if (bar) bar(done, total);
      if (g_interrupted) stop.request_stop();
    };
  };
  if (speaks && !global.json) hooks.on_epoch = print_epoch;
  const TrainedDetector detector =
      train_detector(options, ModelResources{models, {}}, ranks.size() > 1 ? &ranks : nullptr, hooks);
  if (!speaks) return kDone;
  if (detector.run.interrupted) {
    std::fprintf(
        stderr, "interrupted; the same command goes on from %s\n", (options.out / "checkpoint").c_str());
    return kAnswerIsNo;
  }
  write_detector(options, detector, program);
  write_report(training_page(options, detector, program), page);
  if (global.json) {
    std::fputs(read_text_file(options.out / "record.json").c_str(), stdout);
    return kDone;
  }
  if (detector.validation) print_result("validation", *detector.validation);
  for (const SplitResult& test : detector.tests)
    print_result(test.condition.empty() ? "test" : "test, " + test.condition, test);
  std::printf("%s, record.json, entry.json, scores/, report/index.html\n",
              (options.out / (options.name + ".onnx")).c_str());
  return kDone;
}

void add_data_flags(App& verb, TrainDetectorFlags& options) {
  DetectorTrainingOptions& training = options.training;
  verb.add_option(
          "--dataset", training.datasets, "A data set, or folders bona_fide/ and SPECIES/ (repeatable)")
      ->required();
  verb.add_option("--species", training.set.species, "Only attacks whose species begins so (repeatable)");
  verb.add_flag("--test-all-species",
                training.set.test_all_species,
                "The test split keeps the other species too: train on one attack, test on every other");
  verb.add_option("--compression", training.set.compressions, "Only these: c0, c23, c40 (repeatable)");
  verb.add_option(
          "--shares", options.shares, "Of plain folders without splits: train, val, test; 0.6,0.2,0.2")
      ->expected(3)
      ->delimiter(',');
  verb.add_option("--margin", training.crops.margin, "Side of the crop over the face's longer side")
      ->capture_default_str();
  verb.add_flag("--inside",
                training.crops.inside,
                "The crop is shrunk and moved until it lies inside of the picture; else black outside");
  verb.add_option(
          "--quantile",
          training.quantile,
          "Of the frames' scores the one that is the clip's: 0.5 the median; more where few frames tell")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_flag(
      "--movement",
      training.crops.movement,
      "The detector is shown how the face moves between pairs of frames, --frames of them; clips only");
  verb.add_flag("--mirrored",
                training.mirrored,
                "The detector looks at every face and its mirror image: a little better, twice the time");
  verb.add_option(
          "--slack", training.crops.slack, "So much more is kept around: room to shift and turn it; 1: none")
      ->capture_default_str();
  verb.add_option("--frames", training.crops.frames, "Of every clip, evenly over its length")
      ->capture_default_str();
  verb.add_option(
          "--self-blended",
          training.batches.self_blended,
          "Share of the attacks made from bona fide faces (Shiohara, Yamasaki 2022); 1: no attacks needed")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_flag("--no-augmentation", options.no_augmentation, "Pictures as they are");
  verb.add_option("--jpeg-least", training.batches.augment.jpeg_least, "Lowest quality of the random JPEG")
      ->capture_default_str();
  verb.add_option("--jpeg", training.batches.augment.jpeg, "Probability of the random JPEG")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_option("--rotate", training.batches.augment.rotate, "Probability of turning")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_option("--colour", training.batches.augment.colour, "Probability of altering the colours")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_option("--resize", training.batches.augment.resize, "Probability of shrinking and enlarging again")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_option("--blur", training.batches.augment.blur, "Probability of blurring")
      ->check(in_range(0, 1))
      ->capture_default_str();
  verb.add_flag(
      "--no-balance", options.no_balance, "Classes as often as the set has them, not half and half");
  verb.add_option("--test-chain",
                  training.test_chains,
                  "Test also through this: jpeg60+scale0.5 (repeatable; docs/attacks.md)");
}

void add_training_flags(App& verb, TrainDetectorFlags& options) {
  DetectorTrainingOptions& training = options.training;
  verb.add_option("--arch",
                  training.architecture,
                  "An architecture (kyclops models new), MODEL@TENSOR (a model of ours up to there), or an "
                  ".onnx file")
      ->capture_default_str();
  verb.add_option("--side", training.side, "Pixels of the input; 0: the architecture's own")
      ->capture_default_str();
  verb.add_option(
      "--ridge",
      training.closed_form.ridge,
      "Solve for the last layer by ridge regression of this strength (0.05), and train nothing: for "
      "small sets; needs no LibTorch");
  verb.add_option("--copies",
                  training.closed_form.copies,
                  "With --ridge: of every face, as it is and else altered at random")
      ->capture_default_str();
  verb.add_option("--epochs", options.epochs, "Passes over the training split")->capture_default_str();
  verb.add_option("--steps", options.steps, "Updates of an epoch; 0: all faces once")->capture_default_str();
  verb.add_option("--batch", training.batches.size, "Faces of an update")->capture_default_str();
  verb.add_option("--lr", training.training.learning_rate, "Learning rate")->capture_default_str();
  verb.add_option("--optimizer", options.optimizer, "adamw, adam or sgd")
      ->check(is_member({"adamw", "adam", "sgd"}))
      ->capture_default_str();
  verb.add_option("--weight-decay", training.training.weight_decay, "Weight decay")->capture_default_str();
  verb.add_option("--momentum", training.training.momentum, "Of SGD; Adam's beta1")->capture_default_str();
  verb.add_option("--schedule", options.schedule, "Of the learning rate: cosine, step or constant")
      ->check(is_member({"cosine", "step", "constant"}))
      ->capture_default_str();
  verb.add_option("--warm-up", options.warm_up, "Updates over which the learning rate rises")
      ->capture_default_str();
  verb.add_option("--averaging", training.training.averaging, "Moving average of the weights: 0.999; 0: none")
      ->capture_default_str();
  verb.add_flag("--half", training.half_weights, "The network's file holds weights of 16 bits");
  verb.add_option(
          "--patience", options.patience, "Epochs without a better validation until it ends; 0: never")
      ->capture_default_str();
  verb.add_option("--seed", training.seed, "Of weights, splits, order and augmentation")
      ->capture_default_str();
  verb.add_option("--device", options.device, "cpu or cuda")
      ->check(is_member({"cpu", "cuda"}))
      ->capture_default_str();
  verb.add_flag("--mixed-precision", training.training.mixed_precision, "float16 products (cuda)");
  verb.add_option("--loaders", options.loaders, "Threads that prepare batches; 0: half of --jobs")
      ->capture_default_str();
  verb.add_option("--checkpoint-steps",
                  training.training.checkpoint_steps,
                  "A checkpoint also every so many updates; 0: after epochs only");
}

}  // namespace

void add_train_detector(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<TrainDetectorFlags>();
  App* verb = noun(app, "train", "Trains networks")
                  ->add_subcommand("detector",
                                   "Train an attack detector on data sets; again: go on where it stopped");
  DetectorTrainingOptions& training = options->training;
  verb->add_option("-o,--out", training.out, "Folder of the results, the checkpoint and the cut faces")
      ->required();
  verb->add_option("--name", training.name, "Of the detector, in its manifest entry")->capture_default_str();
  verb->add_option(
          "--task", training.task, "Likewise: deepfake, generated, presentation_attack, morph, injection")
      ->capture_default_str();
  verb->add_option(
      "--crops", training.crops.folder, "Where cut faces are kept, for several trainings; else in --out");
  add_data_flags(*verb, *options);
  add_training_flags(*verb, *options);
  verb->add_option(
      "--preview", options->preview, "Only write a sheet of what would be trained on (.png, .jpg)");
  verb->footer(
      "Exit code: 0 trained; 1 interrupted (Ctrl-C): the same command goes on; 4 no LibTorch in this build.\n"
      "Several processes: mpirun -n N kyclops train detector ..., which average their gradients.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] {
      return options->preview.empty() ? train(*options, global) : preview(*options, global);
    };
  });
}

}  // namespace kyc::cli
