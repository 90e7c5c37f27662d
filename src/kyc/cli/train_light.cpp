// What the light detectors measure on a data set, and the coefficients that
// weigh it.

#include <algorithm>
#include <cstdio>
#include <map>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/evaluation/fit_detectors.h"
#include "kyc/evaluation/measurements.h"
#include "kyc/evaluation/media.h"

namespace kyc::cli {
namespace {

struct MeasureCommand {
  std::vector<std::string> data;
  std::vector<std::string> bona_fide;
  std::vector<std::string> attacks;
  std::vector<std::string> detectors;
  std::vector<std::string> species;
  std::vector<std::string> compressions;
  std::string pairs;
  std::string split;
  std::string out;
  double rate_hz = 8;
  double max_s = 20;
};

struct FitCommand {
  std::vector<std::string> measurements;
  std::string detector;
  std::vector<std::string> members;
  std::vector<std::string> species;
  std::vector<std::string> fit_on{"train"};
  double max_bpcer = 0.05;
  std::string data;
  std::string out;
};

std::string part_of(const std::string& subject, const MeasureCommand& command) {
  return command.split.empty() ? split_of_subject(subject) : command.split;
}

// The samples of a data set, with its own splits.
void add_dataset(const std::string& folder,
                 const MeasureCommand& command,
                 std::vector<MeasureInput>& inputs) {
  const Dataset dataset = read_dataset(folder);
  const MediaIndex index(dataset);
  for (const auto* kind : {&index.clips(), &index.pictures()})
    for (const std::size_t i : *kind) {
      const Sample& sample = dataset.samples[i];
      const bool wanted = sample.kind == SampleKind::BonaFide || command.species.empty() ||
                          std::any_of(command.species.begin(),
                                      command.species.end(),
                                      [&](const auto& prefix) { return sample.species.starts_with(prefix); });
      const bool compressed =
          command.compressions.empty() ||
          std::find(command.compressions.begin(), command.compressions.end(), sample.compression) !=
              command.compressions.end();
      if (!wanted || !compressed) continue;
      SampleLabels labels = labels_of(sample);
      if (labels.split.empty() || !command.split.empty()) labels.split = part_of(labels.identity, command);
      inputs.push_back({std::move(labels), dataset.file_of(sample), {}});
    }
}

// Files without a manifest: every file is its own subject, its folder the species.
void add_folders(const std::vector<std::string>& paths,
                 bool attack,
                 const MeasureCommand& command,
                 std::vector<MeasureInput>& inputs) {
  if (paths.empty()) return;
  for (const Input& input : inputs_of(paths)) {
    if (input.kind != InputKind::Picture && input.kind != InputKind::Clip)
      throw Error(ErrorCode::NotFound, problem_of(input));
    const std::string name = input.path.stem().string();
    SampleLabels labels;
    labels.sample = input.path.generic_string();
    labels.attack = attack;
    labels.identity = name;
    labels.species = attack ? input.path.parent_path().filename().string() : "bona_fide";
    labels.split = part_of(name, command);
    inputs.push_back({std::move(labels), input.path, {}});
  }
}

// Lines of path, reference, attack, subject, species: for detectors that compare.
void add_pairs(const MeasureCommand& command, std::vector<MeasureInput>& inputs) {
  if (command.pairs.empty()) return;
  CsvReader table(read_text_file(command.pairs), command.pairs);
  const std::size_t path = table.column("path");
  const std::size_t reference = table.column("reference");
  const std::size_t attack = table.column("attack");
  const std::size_t subject = table.column("subject");
  const std::size_t species = table.column("species");
  while (table.next()) {
    SampleLabels labels;
    labels.sample = table.field(path) + " " + table.field(reference);
    labels.attack = table.boolean(attack);
    labels.identity = table.field(subject);
    labels.species = labels.attack ? table.field(species) : "bona_fide";
    labels.split = part_of(labels.identity, command);
    inputs.push_back({std::move(labels), table.field(path), table.field(reference)});
  }
}

int run_measure(const MeasureCommand& command, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  std::vector<MeasureInput> inputs;
  for (const std::string& folder : command.data) add_dataset(folder, command, inputs);
  add_folders(command.bona_fide, false, command, inputs);
  add_folders(command.attacks, true, command, inputs);
  add_pairs(command, inputs);
  if (inputs.empty()) throw Error(ErrorCode::InvalidArgument, "no samples to measure: none fits the filters");
  MeasureOptions options;
  options.jobs = jobs_of(global);
  options.rate_hz = command.rate_hz;
  options.max_s = command.max_s;
  const std::vector<MeasuredSample> measured = measure_samples(inputs,
                                                               command.detectors,
                                                               ModelResources{models, {}},
                                                               options,
                                                               progress_bar("measure", "files", global));
  write_text_file(command.out, measurements_csv(measured));
  if (global.json)
    print_json({{"files", inputs.size()}, {"measured", measured.size()}, {"out", command.out}});
  else
    std::printf("%s: %zu of %zu files measured\n", command.out.c_str(), measured.size(), inputs.size());
  return kDone;
}

int run_fit(const FitCommand& command, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  std::vector<MeasuredSample> samples;
  // Tables of the same samples with other detectors are joined.
  std::map<std::string, std::size_t> known;
  for (const std::string& file : command.measurements)
    for (MeasuredSample& sample : read_measurements(file)) {
      const auto [at, is_new] = known.try_emplace(sample.labels.sample, samples.size());
      if (is_new)
        samples.push_back(std::move(sample));
      else
        samples[at->second].values.merge(sample.values);
    }
  FitOptions options;
  options.detector = command.detector;
  options.members = command.members;
  options.species = command.species;
  options.fit_on = command.fit_on;
  options.max_bpcer = command.max_bpcer;
  options.data = command.data;
  FitResult result = fit_detector(samples, options, ModelResources{models, {}});
  const std::filesystem::path out =
      command.out.empty() ? linear_model_file(models, command.detector) : std::filesystem::path(command.out);
  if (out.has_parent_path()) std::filesystem::create_directories(out.parent_path());
  write_text_file(out, linear_model_to_json(result.file));
  if (global.json) {
    Json record = Json::object();
    for (const auto& [key, value] : result.file.record) record[key] = value;
    print_json({{"detector", command.detector},
                {"out", out.string()},
                {"threshold", result.threshold},
                {"record", record}});
    return kDone;
  }
  std::printf("%s: attack from score %.3f on\n", out.string().c_str(), result.threshold);
  for (const auto& [key, value] : result.file.record) std::printf("  %-28s %s\n", key.c_str(), value.c_str());
  return kDone;
}

void add_measure(App& train, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<MeasureCommand>();
  App* verb = train.add_subcommand("measure", "What detectors measure on samples, as a table to fit on");
  verb->fallthrough();
  verb->add_option("--data", options->data, "Data sets with a manifest, which says what is what");
  verb->add_option("--bona-fide", options->bona_fide, "Photos and clips, or folders of them");
  verb->add_option("--attack", options->attacks, "Likewise; the folder's name is the species");
  verb->add_option("--pairs", options->pairs, "CSV: path, reference, attack, subject, species");
  verb->add_option("--detectors", options->detectors, "Names, separated by commas")
      ->delimiter(',')
      ->required();
  verb->add_option("--species", options->species, "Only attacks whose species begins so")->delimiter(',');
  verb->add_option("--compression", options->compressions, "Only samples of these")->delimiter(',');
  verb->add_option("--split", options->split, "Split of all samples, in place of their own")
      ->check(is_member({"train", "val", "test"}));
  verb->add_option("--rate", options->rate_hz, "Frames per second of a clip")
      ->check(kPositiveNumber)
      ->capture_default_str();
  verb->add_option("--max-seconds", options->max_s, "Of a clip")
      ->check(kPositiveNumber)
      ->capture_default_str();
  verb->add_option("--out", options->out, "CSV file")->required();
  verb->callback([options, &global, &chosen] {
    if (options->data.empty() && options->bona_fide.empty() && options->attacks.empty() &&
        options->pairs.empty())
      throw UsageError("give --data, --bona-fide, --attack or --pairs");
    chosen.run = [options, &global] { return run_measure(*options, global); };
  });
}

void add_light(App& train, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<FitCommand>();
  App* verb =
      train.add_subcommand("light", "Fit the coefficients of a detector without network, or of a fusion");
  verb->fallthrough();
  verb->add_option("--measurements", options->measurements, "Tables of kyclops train measure")->required();
  verb->add_option("--detector", options->detector, "Whose coefficients; of a fusion, its name")->required();
  verb->add_option("--members", options->members, "Detectors to fuse, separated by commas")->delimiter(',');
  verb->add_option("--species", options->species, "Only attacks whose species begins so")->delimiter(',');
  verb->add_option(
          "--fit-on",
          options->fit_on,
          "Splits, separated by commas; of a fusion that has networks val, which they did not train on")
      ->delimiter(',')
      ->check(is_member({"train", "val"}))
      ->capture_default_str();
  verb->add_option(
          "--max-bpcer", options->max_bpcer, "Share of bona fide samples of split val above the threshold")
      ->check(in_range(0, 0.5))
      ->capture_default_str();
  verb->add_option("--describe", options->data, "The data in words, for the run record")->required();
  verb->add_option("--out", options->out, "Default: detectors/NAME.json in the folder of the models");
  verb->callback(
      [options, &global, &chosen] { chosen.run = [options, &global] { return run_fit(*options, global); }; });
}

}  // namespace

void add_train_light(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* train = noun(app, "train", "Trains networks");
  add_measure(*train, global, chosen);
  add_light(*train, global, chosen);
}

}  // namespace kyc::cli
