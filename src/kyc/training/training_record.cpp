// What is written about a training: everything that is needed to do it again, and all it reached.

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/training/detector_training.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<AucWithInterval>& auc) {
  if (!auc) return nullptr;
  Json out{{"auc", auc->auc},
           {"attacks", auc->attacks},
           {"bona_fide", auc->bona_fide},
           {"identities", auc->identities}};
  if (auc->interval) out["interval_95"] = {auc->interval->low, auc->interval->high};
  return out;
}

Json json_of(const SplitResult& result, const std::vector<ModelThreshold>& thresholds) {
  Json out;
  out["condition"] = result.condition.empty() ? "as it is" : result.condition;
  out["items"] = result.items;
  out["without_face"] = result.without_face;
  out["clips_and_pictures"] = json_of(result.auc);
  out["frame_auc"] = result.frame_auc ? Json(*result.frame_auc) : Json(nullptr);
  out["groups"] = Json::array();
  for (const GroupAuc& group : result.groups) {
    Json one{{"species", group.species.empty() ? "all" : group.species}, {"compression", group.compression}};
    one.update(json_of(group.auc));
    out["groups"].push_back(one);
  }
  out["rates"] = Json::array();
  for (std::size_t i = 0; i < result.rates.size(); ++i) {
    const ErrorRatesAt& rates = result.rates[i];
    Json species;
    for (const auto& [name, missed] : rates.species)
      species[name] = {{"attacks_missed", missed.attacks_missed}, {"attacks", missed.attacks}};
    out["rates"].push_back({{"threshold", thresholds.at(i).name},
                            {"attacks_missed", rates.attacks_missed},
                            {"attacks", rates.attacks},
                            {"bona_fide_rejected", rates.bona_fide_rejected},
                            {"bona_fide", rates.bona_fide},
                            {"species", species}});
  }
  return out;
}

Json json_of(const TrainedDetector& detector) {
  Json out = Json::array();
  for (const EpochResult& epoch : detector.run.history) {
    Json one{{"epoch", epoch.epoch + 1},
             {"learning_rate", epoch.learning_rate},
             {"loss", epoch.loss},
             {"seconds", epoch.seconds},
             {"images_per_second", epoch.samples_per_second}};
    if (epoch.validation)
      for (const auto& [name, value] : epoch.validation->metrics) one["validation_" + name] = value;
    out.push_back(one);
  }
  return out;
}

const char* name_of(TrainingOptimizer optimizer) {
  switch (optimizer) {
    case TrainingOptimizer::Sgd:
      return "sgd";
    case TrainingOptimizer::Adam:
      return "adam";
    case TrainingOptimizer::AdamW:
      return "adamw";
  }
  return "";
}

const char* name_of(TrainingSchedule schedule) {
  switch (schedule) {
    case TrainingSchedule::Constant:
      return "constant";
    case TrainingSchedule::Step:
      return "step";
    case TrainingSchedule::Cosine:
      return "cosine";
  }
  return "";
}

// Of a file its name alone: where it lay is nobody's business.
std::string architecture_name(const DetectorTrainingOptions& options) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(options.architecture, ignored)
             ? std::filesystem::path(options.architecture).filename().string()
             : options.architecture;
}

std::string quantile_name(double share) {
  char out[32];
  std::snprintf(out, sizeof(out), "%g quantile", share);
  return share == 0.5 ? "median" : out;
}

// How the weights were found.
Json method_json(const DetectorTrainingOptions& options) {
  if (options.closed_form.ridge > 0)
    return {{"ridge", options.closed_form.ridge}, {"copies", options.closed_form.copies}};
  const TrainingOptions& training = options.training;
  return {{"batch", options.batches.size},
          {"balance", options.batches.balance},
          {"self_blended", options.batches.self_blended},
          {"optimizer", name_of(training.optimizer)},
          {"learning_rate", training.learning_rate},
          {"weight_decay", training.weight_decay},
          {"momentum", training.momentum},
          {"schedule", name_of(training.schedule)},
          {"warm_up_steps", training.warm_up_steps},
          {"averaging", training.averaging},
          {"clip_norm", training.clip_norm},
          {"epochs", training.epochs},
          {"steps_per_epoch", training.steps_per_epoch},
          {"patience", training.patience},
          {"device", training.device == GraphDevice::Cuda ? "cuda" : "cpu"},
          {"mixed_precision", training.mixed_precision},
          {"threads", training.threads}};
}

Json options_json(const DetectorTrainingOptions& options) {
  const AugmentOptions& augment = options.batches.augment;
  Json out{{"seed", options.seed},
           {"species", options.set.species},
           {"test_all_species", options.set.test_all_species},
           {"compressions", options.set.compressions},
           {"shares", options.set.shares},
           {"margin", options.crops.margin},
           {"inside", options.crops.inside},
           {"slack", options.crops.slack},
           {"frames", options.crops.frames},
           {"movement", options.crops.movement},
           {"mirrored", options.mirrored},
           {"quantile", options.quantile},
           {"face_detector", options.crops.detector},
           {"augmentation",
            {{"flip", augment.flip},
             {"rotate", augment.rotate},
             {"rotate_degrees", augment.rotate_degrees},
             {"blur", augment.blur},
             {"resize", augment.resize},
             {"resize_least", augment.resize_least},
             {"colour", augment.colour},
             {"brightness", augment.brightness},
             {"fancy_pca", augment.fancy_pca},
             {"hue_degrees", augment.hue_degrees},
             {"saturation", augment.saturation},
             {"value", augment.value},
             {"jpeg", augment.jpeg},
             {"jpeg_quality", {augment.jpeg_least, augment.jpeg_most}}}},
           {"weights", options.half_weights ? "16 bits" : "32 bits"}};
  out.update(method_json(options));
  return out;
}

std::string margin_text(const DetectorTrainingOptions& options) {
  char out[16];
  std::snprintf(out, sizeof(out), "%g", static_cast<double>(options.crops.margin));
  return out;
}

std::string crop_in_words(const DetectorTrainingOptions& options, const TrainedDetector& detector) {
  const std::string side = std::to_string(detector.input.shape.at(3));
  if (options.crops.movement)
    return "how the face moves between two frames: what no bending explains, and bending, in a square of " +
           margin_text(options) + " times the face's width (60 to 71 pixels, if it has as many), scaled to " +
           side + " x " + side;
  return "a square around the middle of the face box, its longer side enlarged " + margin_text(options) +
         " times, " + (options.crops.inside ? "shrunk and moved until it lies inside of the picture, " : "") +
         "scaled to " + side + " x " + side + (options.crops.inside ? "" : ", black outside of the picture");
}

}  // namespace

std::string record_json(const DetectorTrainingOptions& options,
                        const TrainedDetector& detector,
                        const std::string& program) {
  Json out;
  out["name"] = options.name;
  out["program"] = program;
  out["architecture"] = architecture_name(options);
  out["parameters"] = detector.parameters;
  out["input"] = {{"name", detector.input.name},
                  {"shape", detector.input.shape},
                  {"colour", detector.input.colour},
                  {"mean", detector.input.mean},
                  {"scale", detector.input.scale}};
  out["sha256"] = sha256_hex(detector.model);
  out["options"] = options_json(options);
  Json data;
  data["sets"] = Json::array();
  for (const auto& folder : options.datasets) data["sets"].push_back(folder.filename().string());
  for (const auto& [split, counts] : detector.counts)
    data[split] = {{"bona_fide", counts[0]}, {"attacks", counts[1]}};
  data["species"] = detector.species;
  data["training_crops"] = detector.training_crops;
  data["not_built"] = detector.without_file;
  data["without_face_or_unreadable"] = detector.failures.size();
  out["data"] = data;
  out["best_epoch"] = detector.run.best_epoch ? Json(*detector.run.best_epoch + 1) : Json(nullptr);
  out["stopped_early"] = detector.run.stopped_early;
  out["history"] = json_of(detector);
  out["solved_on"] = detector.judged.empty()
                         ? Json(nullptr)
                         : Json("train and val; thresholds and validation are of a solution on train");
  out["thresholds"] = Json::array();
  for (const ModelThreshold& one : detector.thresholds)
    out["thresholds"].push_back(
        {{"name", one.name}, {"value", one.value}, {"rate", one.rate}, {"data", one.data}});
  out["validation_on_self_blended"] = detector.validated_on_blended;
  if (detector.validation) out["validation"] = json_of(*detector.validation, detector.thresholds);
  out["tests"] = Json::array();
  for (const SplitResult& test : detector.tests) out["tests"].push_back(json_of(test, detector.thresholds));
  return out.dump(1) + "\n";
}

std::string entry_json(const DetectorTrainingOptions& options,
                       const TrainedDetector& detector,
                       const std::string& program) {
  Json out;
  out["name"] = options.name;
  out["task"] = options.task;
  out["file"] = options.name + ".onnx";  // beside it
  out["format"] = "onnx";
  out["sha256"] = sha256_hex(detector.model);
  out["licence"] = "none stated";
  out["origin"] = "kyclops train detector (" + program + ")";
  out["purpose"] = "Attack score of a face: " + architecture_name(options) + " trained on " +
                   std::to_string(detector.training_crops) + " faces";
  out["inputs"] = {{{"name", detector.input.name},
                    {"shape", detector.input.shape},
                    {"colour", detector.input.colour},
                    {"mean", detector.input.mean},
                    {"scale", detector.input.scale},
                    {"crop", crop_in_words(options, detector)}}};
  out["outputs"] = {"logits [n, 1]: of an attack; attack score = sigmoid, of a clip the " +
                    quantile_name(options.quantile) + " over its " +
                    (options.crops.movement ? "pairs of frames" : "frames")};
  out["detection"] = {{"detects", {options.task}},
                      {"box", std::stod(margin_text(options))},
                      {"square", true},
                      {"inside", options.crops.inside},
                      {"mirrored", options.mirrored},
                      {"sees", options.crops.movement ? "movement" : "face"},
                      {"quantile", options.quantile},
                      {"output", "sigmoid"},
                      {"attack", 0}};
  out["thresholds"] = Json::array();
  for (const ModelThreshold& one : detector.thresholds)
    out["thresholds"].push_back(
        {{"name", one.name}, {"value", one.value}, {"rate", one.rate}, {"data", one.data}});
  return out.dump(2) + "\n";
}

void write_detector(const DetectorTrainingOptions& options,
                    const TrainedDetector& detector,
                    const std::string& program) {
  std::error_code failure;
  std::filesystem::create_directories(options.out / "scores", failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, options.out.string() + ": can not be made: " + failure.message());
  write_file(options.out / (options.name + ".onnx"), detector.model);
  write_text_file(options.out / "record.json", record_json(options, detector, program));
  write_text_file(options.out / "entry.json", entry_json(options, detector, program));
  if (detector.validation)
    write_text_file(options.out / "scores/validation.csv", detector.validation->scores);
  for (const SplitResult& test : detector.tests)
    write_text_file(
        options.out / "scores" / ("test" + (test.condition.empty() ? "" : "_" + test.condition) + ".csv"),
        test.scores);
}

}  // namespace kyc
