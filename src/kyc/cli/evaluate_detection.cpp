// kyclops evaluate liveness | detection: attack detectors over data sets.

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "kyc/cli/detection_page.h"
#include "kyc/cli/evaluation_run.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/perturb.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

struct EvaluateDetectionFlags {
  EvaluationOptions run;
  std::vector<std::string> detectors{"fr_liveness"};
  std::string scores;
  std::vector<std::string> species;  // prefixes
  std::string calibrate = "val";
  std::string split;
  double max_bpcer = 0.05;
  std::optional<double> threshold;
  int frames = 10;
  double answer_limit_s = 60;
  int robustness = 0;  // clips; 0: no sweep
};

bool wanted(bool attack, const std::string& species, const EvaluateDetectionFlags& options) {
  if (!attack || options.species.empty()) return true;
  return std::any_of(options.species.begin(), options.species.end(), [&](const std::string& prefix) {
    return species.starts_with(prefix);
  });
}

// A misspelt species would leave only bona fide samples, and a report that looks like one.
void check_species(const std::set<std::string>& present, const EvaluateDetectionFlags& options) {
  std::string known;
  for (const std::string& species : present) known += (known.empty() ? "" : ", ") + species;
  for (const std::string& prefix : options.species)
    if (std::none_of(present.begin(), present.end(), [&](const std::string& species) {
          return species.starts_with(prefix);
        }))
      throw Error(ErrorCode::InvalidArgument,
                  "--species " + prefix +
                      ": there are no such attacks; there are: " + (known.empty() ? "none at all" : known));
}

std::vector<std::size_t> samples_of(const Dataset& dataset, const EvaluateDetectionFlags& options) {
  const MediaIndex index(dataset);
  std::vector<std::size_t> out = index.clips();
  out.insert(out.end(), index.pictures().begin(), index.pictures().end());
  std::erase_if(out, [&](std::size_t i) {
    const Sample& sample = dataset.samples[i];
    return !wanted(sample.kind == SampleKind::Attack, sample.species, options);
  });
  std::sort(out.begin(), out.end());
  return out;
}

// The rows that are tested, and the threshold with where it was set.
void choose_threshold(DetectorRun& run,
                      const std::vector<AttackScoreRow>& rows,
                      const std::optional<double>& own,
                      const EvaluateDetectionFlags& options) {
  std::vector<AttackScoreRow> calibration;
  for (const AttackScoreRow& row : rows)
    (row.labels.split == options.calibrate && !options.calibrate.empty() ? calibration : run.rows)
        .push_back(row);
  if (!options.split.empty())
    std::erase_if(run.rows, [&](const AttackScoreRow& row) { return row.labels.split != options.split; });
  const std::vector<ScoredSample> set = mean_scores(calibration);
  const bool can_calibrate = std::any_of(set.begin(), set.end(), [](const ScoredSample& sample) {
    return !sample.labels.attack && sample.score;
  });
  if (options.threshold) {
    run.threshold = *options.threshold;
    run.threshold_origin = "given on the command line";
  } else if (can_calibrate && !run.rows.empty()) {
    run.threshold = threshold_at_bpcer(set, options.max_bpcer);
    run.threshold_origin = "BPCER at most " + percent_text(options.max_bpcer) +
                           " on the bona fide samples of split " + options.calibrate;
  } else if (own) {
    run.threshold = *own;
    run.threshold_origin = "the detector's own";
    if (run.rows.empty()) run.rows = rows;
  } else {
    const std::vector<ScoredSample> tested = mean_scores(run.rows.empty() ? rows : run.rows);
    if (std::none_of(tested.begin(), tested.end(), [](const ScoredSample& sample) {
          return !sample.labels.attack && sample.score;
        }))
      throw Error(ErrorCode::InvalidArgument,
                  rows.front().system +
                      ": expected bona fide samples with scores to set a threshold on, or --threshold");
    run.threshold = threshold_at_bpcer(tested, options.max_bpcer);
    run.threshold_origin = "BPCER at most " + percent_text(options.max_bpcer) +
                           " on these very bona fide samples: there are none of split '" + options.calibrate +
                           "', and no --threshold was given";
    run.calibrated_on_test = true;
    if (run.rows.empty()) run.rows = rows;
  }
  if (run.rows.empty())
    throw Error(ErrorCode::InvalidArgument, "no samples to test in split '" + options.split + "'");
  run.all = mean_scores(rows);
}

void sweep(DetectorRun& run,
           const AttackSubject& subject,
           const Dataset& dataset,
           const EvaluateDetectionFlags& options,
           const GlobalOptions& global) {
  std::vector<std::size_t> samples = samples_of(dataset, options);
  std::erase_if(samples, [&](std::size_t i) {
    return std::none_of(run.rows.begin(), run.rows.end(), [&](const AttackScoreRow& row) {
      return row.labels.sample == dataset.samples[i].id;
    });
  });
  // Evenly over attacks and over bona fide samples.
  std::vector<std::size_t> chosen;
  for (const SampleKind kind : {SampleKind::BonaFide, SampleKind::Attack}) {
    std::vector<std::size_t> of_kind;
    for (const std::size_t i : samples)
      if (dataset.samples[i].kind == kind) of_kind.push_back(i);
    const std::size_t count =
        std::min(of_kind.size(), static_cast<std::size_t>(std::max(1, options.robustness / 2)));
    for (std::size_t k = 0; k < count; ++k) chosen.push_back(of_kind[k * of_kind.size() / count]);
  }
  const std::vector<Perturbation> perturbations = standard_perturbations();
  std::vector<std::vector<AttackScoreRow>> rows(chosen.size());
  const Progress progress = progress_bar("robustness of " + subject.name(), "clips", global);
  std::atomic<std::uint64_t> done = 0;
  std::mutex mutex;
  parallel_for(chosen.size(), jobs_of(global), [&](std::size_t k, int) {
    const Sample& sample = dataset.samples[chosen[k]];
    const std::vector<Image> frames = frames_of(dataset.file_of(sample), std::min(options.frames, 4));
    for (std::size_t p = 0; p < perturbations.size(); ++p) {
      const auto scores = subject.score_frames(perturbed(frames, perturbations[p], chosen[k] * 131 + p));
      if (!scores)
        throw Error(ErrorCode::InvalidArgument,
                    subject.name() + ": --robustness needs a detector that takes pictures in memory");
      for (std::size_t f = 0; f < scores->size(); ++f)
        rows[k].push_back({subject.name(),
                           run.rows.front().data,
                           name_of(perturbations[p]),
                           labels_of(sample),
                           static_cast<int>(f),
                           (*scores)[f],
                           (*scores)[f] ? "" : "no_face"});
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, chosen.size());
  });
  for (auto& part : rows) run.robustness.insert(run.robustness.end(), part.begin(), part.end());
}

// What each detector got most wrong.
Section error_sheets(const std::vector<DetectorRun>& runs,
                     const std::vector<Dataset>& sets,
                     const std::vector<std::string>& names) {
  constexpr std::size_t kShownDetectors = 4;
  Section out{"The worst errors", {}, false};
  std::map<std::string, std::filesystem::path> files;
  for (std::size_t s = 0; s < sets.size(); ++s)
    for (const Sample& sample : sets[s].samples)
      if (!sample.path.empty()) files.emplace(names[s] + "\n" + sample.id, sets[s].file_of(sample));
  for (std::size_t r = 0; r < std::min(kShownDetectors, runs.size()); ++r) {
    const DetectorRun& run = runs[r];
    for (const bool attack : {true, false}) {
      std::vector<ScoredSample> wrong = mean_scores(run.rows);
      std::erase_if(wrong, [&](const ScoredSample& sample) {
        return sample.labels.attack != attack || !sample.score || (*sample.score >= run.threshold) == attack;
      });
      std::stable_sort(wrong.begin(), wrong.end(), [&](const ScoredSample& a, const ScoredSample& b) {
        return attack ? *a.score < *b.score : *a.score > *b.score;
      });
      std::vector<SheetCandidate> candidates;
      for (const ScoredSample& sample : wrong) {
        const auto found = files.find(sample.data + "\n" + sample.labels.sample);
        if (found == files.end()) continue;
        candidates.push_back(
            {[file = found->second] { return frames_to_show({file}); },
             (attack ? sample.labels.species + " " + sample.labels.compression : "bona fide") + "\n" +
                 sample.labels.sample + "\nscore " + number_text(*sample.score, 3)});
      }
      const std::string& system = run.rows.front().system;
      if (auto sheet = worst_errors((attack ? "missed_" : "refused_") + file_word(system),
                                    (attack ? "Attacks that " + system + " called bona fide"
                                            : "Bona fide samples that " + system + " called attacks"),
                                    attack ? "A frame of each, the lowest score first."
                                           : "A frame of each, the highest score first.",
                                    candidates,
                                    12,
                                    6))
        out.blocks.emplace_back(std::move(*sheet));
    }
  }
  return out;
}

std::string name_of(const Dataset& dataset) {
  const std::filesystem::path& folder = dataset.folder;
  return folder.has_filename() ? folder.filename().string() : folder.parent_path().filename().string();
}

std::vector<DetectorRun> runs_from_file(const EvaluateDetectionFlags& options) {
  std::map<std::string, std::vector<AttackScoreRow>> by_system;
  std::set<std::string> species;
  for (AttackScoreRow& row : read_attack_scores(options.scores)) {
    if (row.labels.attack) species.insert(row.labels.species);
    if (!wanted(row.labels.attack, row.labels.species, options)) continue;
    if (row.system.empty()) row.system = std::filesystem::path(options.scores).stem().string();
    by_system[row.system].push_back(std::move(row));
  }
  check_species(species, options);
  std::vector<DetectorRun> out;
  for (auto& [system, rows] : by_system) {
    out.emplace_back();
    choose_threshold(out.back(), rows, std::nullopt, options);
    out.back().record = {{"scores", options.scores + ", sha256 " + sha256_hex_of_file(options.scores)}};
  }
  return out;
}

int run_evaluate_detection(const EvaluateDetectionFlags& options,
                           bool liveness,
                           const GlobalOptions& global) {
  check_evaluation_options(options.run);
  std::vector<DetectorRun> runs;
  std::vector<std::string> names;
  std::vector<RecordGroup> record{program_record(global)};
  std::vector<Dataset> sets;
  if (!options.scores.empty()) {
    runs = runs_from_file(options);
    for (const DetectorRun& one : runs)
      for (const AttackScoreRow& row : one.rows)
        if (!row.data.empty() && std::find(names.begin(), names.end(), row.data) == names.end())
          names.push_back(row.data);
  } else {
    if (options.run.data.empty())
      throw Error(ErrorCode::InvalidArgument, "expected --data FOLDER or --scores FILE");
    std::vector<std::string> parts{"attack scores", KYC_VERSION, std::to_string(options.frames)};
    for (const std::string& folder : options.run.data) {
      sets.push_back(read_dataset(folder));
      names.push_back(name_of(sets.back()));
      if (std::count(names.begin(), names.end(), names.back()) > 1)
        throw Error(ErrorCode::InvalidArgument, "two data sets are called " + names.back());
      record.push_back(dataset_record(sets.back()));
      parts.push_back(sha256_hex_of_file(sets.back().folder / "manifest.jsonl"));
    }
    std::set<std::string> species;
    for (const Dataset& set : sets)
      for (const Sample& sample : set.samples)
        if (sample.kind == SampleKind::Attack) species.insert(sample.species);
    check_species(species, options);
    const ModelManifest models(global.models);
    const ModelResources resources{models, {}};
    AttackSubjectOptions subject_options{options.frames, jobs_of(global), {}};
    subject_options.limits.answer_limit_s = options.answer_limit_s;
    std::vector<std::unique_ptr<AttackSubject>> subjects;
    for (const std::string& spec : options.detectors) {
      subjects.push_back(make_attack_subject(spec, resources, subject_options));
      for (const auto& [key, value] : subjects.back()->record()) parts.push_back(value);
    }
    Journal journal(journal_of(options.run), fingerprint_of(parts));
    for (const auto& subject : subjects) {
      std::vector<AttackScoreRow> rows;
      for (std::size_t s = 0; s < sets.size(); ++s) {
        const auto part =
            run_attack_scores(*subject,
                              sets[s],
                              samples_of(sets[s], options),
                              names[s],
                              journal,
                              progress_bar(subject->name() + " on " + names[s], "samples", global));
        rows.insert(rows.end(), part.begin(), part.end());
      }
      if (rows.empty()) throw Error(ErrorCode::InvalidArgument, "no samples to test");
      runs.emplace_back();
      choose_threshold(runs.back(), rows, subject->threshold(), options);
      runs.back().record = subject->record();
      if (options.robustness > 0 && !subject->score_frames({}))
        runs.back().record.emplace_back("robustness", "not swept: it takes files, not pictures in memory");
      if (options.robustness > 0 && subject->score_frames({}))
        for (const Dataset& set : sets) sweep(runs.back(), *subject, set, options, global);
    }
    journal.remove();
  }
  Report report = liveness ? liveness_page(runs) : detection_page(runs, names, options.max_bpcer);
  if (Section worst = error_sheets(runs, sets, names); !worst.blocks.empty())
    report.sections.insert(report.sections.end() - 1, std::move(worst));
  std::string data;
  for (const std::string& name : names) data += (data.empty() ? "" : ", ") + name;
  report.subtitle = options.scores.empty()
                        ? "Data: " + data
                        : "From the scores in " + options.scores + (data.empty() ? "" : " (" + data + ")");
  report.record.insert(report.record.begin(), record.begin(), record.end());
  return finish_evaluation(std::move(report), options.run, global);
}

void add(App& app, const GlobalOptions& global, Chosen& chosen, bool liveness) {
  App* command =
      noun(app, "evaluate", "Measure a system on data")
          ->add_subcommand(
              liveness ? "liveness" : "detection",
              liveness ? "Attack detection per species, as ISO/IEC 30107-3 wants it"
                       : "Deepfake detection per frame and clip, across data sets, under disturbances");
  command->fallthrough();
  auto options = std::make_shared<EvaluateDetectionFlags>();
  add_evaluation_options(*command, options->run, true);
  command
      ->add_option("--detector",
                   options->detectors,
                   "A registered detector, onnx:FILE.json, program:COMMAND or http://HOST:PORT/PATH "
                   "(docs/evaluation.md); "
                   "repeatable")
      ->capture_default_str();
  command->add_option(
      "--scores", options->scores, "Measure these scores (CSV) instead of running over --data");
  command->add_option("--species",
                      options->species,
                      "Only attacks whose species begins so: present/, swap/graphics; repeatable");
  command
      ->add_option("--calibrate",
                   options->calibrate,
                   "Split whose bona fide samples set the threshold; the others are tested")
      ->capture_default_str();
  command->add_option("--split", options->split, "Test only this split");
  command
      ->add_option("--max-bpcer",
                   options->max_bpcer,
                   "Share of bona fide samples that the threshold may refuse where it is set")
      ->check(in_range(0, 1))
      ->capture_default_str();
  command->add_option("--threshold", options->threshold, "Use this threshold");
  command->add_option("--frames", options->frames, "Frames of every clip, evenly over its length")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--answer-limit",
                   options->answer_limit_s,
                   "Seconds without an answer after which a program is killed, or an endpoint is given up")
      ->check(kPositiveNumber)
      ->capture_default_str();
  if (!liveness)
    command
        ->add_option("--robustness",
                     options->robustness,
                     "Also score this many clips under JPEG, resizing, blur, noise and re-encoding; 0: none")
        ->check(in_range(0, 1000000))
        ->capture_default_str();
  command->callback([options, liveness, &global, &chosen] {
    chosen.run = [options, liveness, &global] { return run_evaluate_detection(*options, liveness, global); };
  });
}

}  // namespace

void add_evaluate_detection(App& app, const GlobalOptions& global, Chosen& chosen) {
  add(app, global, chosen, true);
  add(app, global, chosen, false);
}

}  // namespace kyc::cli
