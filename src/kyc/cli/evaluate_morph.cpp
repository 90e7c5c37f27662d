// kyclops evaluate morph: do morphs match everybody they were made of?

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "kyc/cli/evaluation_run.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/text.h"
#include "kyc/evaluation/external.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/evaluation/templates.h"
#include "kyc/metrics/morph.h"
#include "kyc/report/curves.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

struct EvaluateMorphFlags {
  EvaluationOptions run;
  std::string scores;
  std::vector<std::string> models{"fr_feature"};
  std::vector<std::string> thresholds;
  std::string threshold = "fmr_1e-3";
  int frames = 8;
  double answer_limit_s = 60;
};

// The most alike comparison of a morph with each of its people: for the contact sheet.
struct MorphMatch {
  std::string morph;
  double weakest = 0;                        // of these comparisons
  std::vector<std::filesystem::path> files;  // the morph, then a sample of each person
};

struct PlannedMorph {
  std::size_t morph = 0;
  std::map<std::string, std::vector<std::size_t>> probes;  // of every contributing person
};

// Probes are bona fide samples of the people in the morph, but not the pictures it was made of.
std::vector<PlannedMorph> plan(const Dataset& dataset, const MediaIndex& index) {
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) by_id.emplace(dataset.samples[i].id, i);
  std::vector<PlannedMorph> out;
  for (const std::size_t i : index.pictures()) {
    const Sample& sample = dataset.samples[i];
    if (sample.kind != SampleKind::Attack || !sample.species.starts_with("morph")) continue;
    std::set<std::string> people{sample.identity, sample.driver};
    std::set<std::string> sources;
    for (const SampleParent& parent : sample.parents)
      if (const auto found = by_id.find(parent.id); found != by_id.end()) {
        people.insert(dataset.samples[found->second].identity);
        sources.insert(index.origin(found->second));
      }
    PlannedMorph morph{i, {}};
    for (const std::string& person : people) {
      if (person.empty()) continue;
      for (const auto& samples : {index.recordings(person), index.portraits(person)})
        for (const std::size_t probe : samples)
          if (!sources.contains(index.origin(probe))) morph.probes[person].push_back(probe);
    }
    if (morph.probes.size() >= 2) out.push_back(std::move(morph));
  }
  return out;
}

std::string scores_csv(const std::vector<RecogniserAttempts>& all) {
  std::string out = "recogniser,morph,subject,score\n";
  for (const RecogniserAttempts& recogniser : all)
    for (const MorphAttempts& morph : recogniser.morphs)
      for (std::size_t s = 0; s < morph.subjects.size(); ++s)
        for (const double score : morph.subjects[s])
          out += csv_field(recogniser.recogniser) + "," + csv_field(morph.morph) + "," +
                 std::to_string(s + 1) + "," + exact_text(score) + "\n";
  return out;
}

// --at, else what the recogniser came with.
double threshold_for(const std::string& model,
                     const ModelManifest& models,
                     const EvaluateMorphFlags& options,
                     const std::map<std::string, double>& given) {
  if (const auto found = given.find(model); found != given.end()) return found->second;
  if (const auto described = described_threshold(model)) return *described;
  if (is_external(model) || model.starts_with("onnx:"))
    throw Error(ErrorCode::InvalidArgument,
                model + " comes with no threshold: expected --at '" + model + "=THRESHOLD'");
  return threshold(models.entry(model), options.threshold).value;
}

// Similarity of a probe and a morph, both indices into the data set; nothing: failed.
using MorphScores = std::map<std::pair<std::size_t, std::size_t>, std::optional<double>>;

MorphScores scores_of_model(const std::string& model,
                            const std::vector<PlannedMorph>& morphs,
                            const Dataset& dataset,
                            const ModelManifest& models,
                            const EvaluateMorphFlags& options,
                            Journal& journal,
                            RecordGroup& subjects,
                            const GlobalOptions& global) {
  MorphScores out;
  std::map<std::size_t, std::size_t> places;
  std::vector<TemplateFile> files;
  const auto want = [&](std::size_t sample) {
    if (places.emplace(sample, files.size()).second)
      files.push_back({dataset.samples[sample].id, dataset.file_of(dataset.samples[sample])});
  };
  for (const PlannedMorph& morph : morphs)
    for (const auto& [person, probes] : morph.probes)
      for (const std::size_t probe : probes) {
        want(morph.morph);
        want(probe);
        out.emplace(std::pair(probe, morph.morph), std::nullopt);
      }
  if (is_external(model)) {
    ExternalLimits limits;
    limits.answer_limit_s = options.answer_limit_s;
    ExternalSystem system(model, AnswerKind::Score, {"probe", "reference"}, limits, jobs_of(global));
    std::vector<std::vector<std::filesystem::path>> questions;
    for (const auto& [pair, ignored] : out)
      questions.push_back({std::filesystem::absolute(dataset.file_of(dataset.samples[pair.first])),
                           std::filesystem::absolute(dataset.file_of(dataset.samples[pair.second]))});
    const auto answers = system.ask(questions, progress_bar("answers of " + model, "comparisons", global));
    std::size_t next = 0;
    for (auto& [pair, score] : out) {
      const ExternalAnswer& answer = answers[next++];
      if (answer) score = answer->score;
    }
    for (const auto& [key, value] : system.record()) subjects.entries.emplace_back(model + ", " + key, value);
    return out;
  }
  const auto templates = templates_of({models, {}},
                                      model,
                                      files,
                                      options.frames,
                                      jobs_of(global),
                                      journal,
                                      progress_bar("templates of " + model, "samples", global));
  for (auto& [pair, score] : out) {
    const auto& probe = templates[places.at(pair.first)];
    const auto& reference = templates[places.at(pair.second)];
    if (probe && reference) score = compare(*probe, *reference);
  }
  subjects.entries.emplace_back(model, "sha256 " + recogniser_sha256(models, model));
  return out;
}

RecogniserAttempts attempts_of(const std::string& model,
                               double limit,
                               const std::vector<PlannedMorph>& morphs,
                               const MorphScores& scores,
                               const Dataset& dataset,
                               std::size_t& failed,
                               std::vector<MorphMatch>& matches) {
  RecogniserAttempts out{model, limit, {}};
  for (const PlannedMorph& morph : morphs) {
    const Sample& sample = dataset.samples[morph.morph];
    MorphAttempts attempts{sample.id, {}};
    MorphMatch match{sample.id, std::numeric_limits<double>::infinity(), {dataset.file_of(sample)}};
    for (const auto& [person, probes] : morph.probes) {
      std::vector<double> of_person;
      std::pair<double, std::size_t> best{-std::numeric_limits<double>::infinity(), 0};
      for (const std::size_t probe : probes)
        if (const auto& score = scores.at({probe, morph.morph})) {
          of_person.push_back(*score);
          best = std::max(best, {*score, probe});
        }
      if (of_person.empty()) continue;
      match.weakest = std::min(match.weakest, best.first);
      match.files.push_back(dataset.file_of(dataset.samples[best.second]));
      attempts.subjects.push_back(std::move(of_person));
    }
    if (attempts.subjects.size() != morph.probes.size()) {
      ++failed;
      continue;
    }
    out.morphs.push_back(std::move(attempts));
    if (match.weakest >= limit) matches.push_back(std::move(match));
  }
  return out;
}

std::optional<Picture> match_sheet(const std::string& model, std::vector<MorphMatch> matches) {
  std::stable_sort(matches.begin(), matches.end(), [](const MorphMatch& a, const MorphMatch& b) {
    return a.weakest > b.weakest;
  });
  std::vector<SheetCandidate> candidates;
  for (const MorphMatch& match : matches)
    candidates.push_back({[files = match.files] { return frames_to_show(files); },
                          match.morph + "\nboth at " + number_text(match.weakest, 3) + " or more"});
  return worst_errors("matches_" + file_word(model),
                      "Morphs that match everybody they were made of, " + model,
                      "The morph, and of each person the sample that is most like it; the most alike first.",
                      candidates);
}

Report page(const std::vector<RecogniserAttempts>& all) {
  Report report;
  report.protocol = "morph";
  report.title = "Do morphs match everybody they were made of?";
  Table table{"mmpmr",
              "Morphs that match",
              "MMPMR (min-max): share of morphs that some probe of every contributing person matches; "
              "product average: probability that one "
              "random probe of each does.",
              {{"recogniser", false}, {"threshold", true}, {"MMPMR", true}, {"product average", true}},
              {},
              1};
  Section section{"Morphing", {}, false};
  for (const RecogniserAttempts& recogniser : all) {
    const std::size_t morphs = recogniser.morphs.size();
    const double rate = mmpmr(recogniser.morphs, recogniser.threshold);
    const double product = mmpmr_product_average(recogniser.morphs, recogniser.threshold);
    const auto matched = static_cast<std::uint64_t>(rate * static_cast<double>(morphs) + 0.5);
    table.rows.push_back({text_cell(recogniser.recogniser),
                          number_cell(recogniser.threshold),
                          rate_cell(matched, morphs),
                          percent_cell(product, Support::of_trials(morphs, "morphs"))});
    const std::string part = all.size() > 1 ? "[" + recogniser.recogniser + "]" : "";
    report.figures.push_back(rate_figure(
        "mmpmr" + part, "morphs that some probe of every contributing person matches", matched, morphs));
    report.figures.push_back(value_figure(
        "mmpmr_product" + part, "product average", product, Support::of_trials(morphs, "morphs")));
    report.summary.push_back({recogniser.recogniser + ": " + count_text(matched, morphs) +
                                  " morphs match everybody they were made of (MMPMR " + percent_text(rate) +
                                  ").",
                              matched > 0 ? Tone::Bad : Tone::Good});
  }
  section.blocks.emplace_back(std::move(table));
  bool same = true;
  for (const RecogniserAttempts& recogniser : all)
    same = same && recogniser.morphs.size() == all.front().morphs.size();
  if (same) {
    const auto potential = morphing_attack_potential(all);
    HeatPlot map;
    map.row_title = "accepted probes of every person, at least";
    map.column_title = "recognisers deceived, at least";
    for (std::size_t r = 0; r < potential.size(); ++r) {
      map.rows.push_back(std::to_string(r + 1));
      for (std::size_t c = 0; c < potential[r].size(); ++c) {
        map.values.emplace_back(potential[r][c]);
        report.figures.push_back(
            value_figure("map[" + std::to_string(r + 1) + "," + std::to_string(c + 1) + "]",
                         "morphing attack potential",
                         potential[r][c],
                         Support::of_trials(all.front().morphs.size(), "morphs")));
      }
    }
    for (std::size_t c = 0; c < all.size(); ++c) map.columns.push_back(std::to_string(c + 1));
    section.blocks.emplace_back(Plot{"map",
                                     "Morphing attack potential (MAP)",
                                     "Share of morphs for which at least so many recognisers accept at least "
                                     "so many probes of every contributing person.",
                                     map});
  }
  report.sections.push_back(std::move(section));
  report.attachments.push_back({"scores/morphs.csv", "every comparison of a morph", "", scores_csv(all)});
  return report;
}

// "RECOGNISER=THRESHOLD", or a threshold for the one without name.
std::map<std::string, double> given_thresholds(const std::vector<std::string>& texts) {
  std::map<std::string, double> out;
  for (const std::string& text : texts) {
    const std::size_t at = text.rfind('=');
    const std::string number = text.substr(at == std::string::npos ? 0 : at + 1);
    double value = 0;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failure != std::errc() || end != number.data() + number.size() || std::isnan(value))
      throw Error(ErrorCode::InvalidArgument, "--at: expected RECOGNISER=THRESHOLD, got '" + text + "'");
    out[at == std::string::npos ? "" : text.substr(0, at)] = value;
  }
  return out;
}

int run_evaluate_morph(const EvaluateMorphFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  std::vector<RecogniserAttempts> all;
  std::vector<RecordGroup> record{program_record(global)};
  std::size_t failed = 0;
  std::vector<Block> sheets;
  const std::map<std::string, double> values = given_thresholds(options.thresholds);
  if (!options.scores.empty()) {
    all = read_morph_attempts(options.scores);
    for (RecogniserAttempts& recogniser : all) {
      const auto found = values.find(recogniser.recogniser);
      if (found == values.end())
        throw Error(ErrorCode::InvalidArgument, "expected --at " + recogniser.recogniser + "=THRESHOLD");
      recogniser.threshold = found->second;
    }
    record.push_back({"Scores", {{"file", options.scores}, {"sha256", sha256_hex_of_file(options.scores)}}});
  } else {
    const Dataset dataset = read_dataset(options.run.data.front());
    const MediaIndex index(dataset);
    const std::vector<PlannedMorph> morphs = plan(dataset, index);
    if (morphs.empty())
      throw Error(ErrorCode::InvalidArgument,
                  dataset.folder.string() +
                      ": expected morphs (pictures of species morph/...) with other samples of both their "
                      "people, got none");
    const ModelManifest models(global.models);
    Journal journal(journal_of(options.run),
                    fingerprint_of({"morph",
                                    KYC_VERSION,
                                    sha256_hex_of_file(dataset.folder / "manifest.jsonl"),
                                    std::to_string(options.frames)}));
    RecordGroup subjects{"Recognisers", {}};
    for (const std::string& model : options.models) {
      const double limit = threshold_for(model, models, options, values);
      const MorphScores scores =
          scores_of_model(model, morphs, dataset, models, options, journal, subjects, global);
      std::vector<MorphMatch> matches;
      all.push_back(attempts_of(model, limit, morphs, scores, dataset, failed, matches));
      if (auto sheet = match_sheet(model, std::move(matches))) sheets.emplace_back(std::move(*sheet));
    }
    for (const RecogniserAttempts& recogniser : all)
      if (recogniser.morphs.empty())
        throw Error(ErrorCode::InvalidArgument, recogniser.recogniser + ": no morph gave a template");
    journal.remove();
    record.push_back(dataset_record(dataset));
    record.push_back(std::move(subjects));
  }
  Report report = page(all);
  if (!sheets.empty()) report.sections.push_back({"The worst errors", std::move(sheets), false});
  if (failed > 0)
    report.summary.push_back(
        {std::to_string(failed) + " morphs could not be compared for want of a face.", Tone::Doubt});
  report.record = record;
  return finish_evaluation(std::move(report), options.run, global);
}

}  // namespace

void add_evaluate_morph(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command = noun(app, "evaluate", "Measure a system on data")
                     ->add_subcommand("morph", "Do morphs match everybody they were made of? (MMPMR, MAP)");
  command->fallthrough();
  auto options = std::make_shared<EvaluateMorphFlags>();
  add_evaluation_options(*command, options->run);
  command->add_option(
      "--scores",
      options->scores,
      "Measure these scores (CSV: morph, subject, score, recogniser) instead of running over --data");
  command->add_option("--at",
                      options->thresholds,
                      "RECOGNISER=THRESHOLD: with --scores of every one, with --data instead of its own; "
                      "repeatable");
  command
      ->add_option("--model",
                   options->models,
                   "Recogniser of the manifest, onnx:FILE.json, program:COMMAND or http://HOST:PORT/PATH "
                   "(docs/evaluation.md); repeatable")
      ->capture_default_str();
  command
      ->add_option("--answer-limit",
                   options->answer_limit_s,
                   "Seconds without an answer after which a program or endpoint is given up")
      ->check(kPositiveNumber)
      ->capture_default_str();
  command->add_option("--threshold", options->threshold, "Name of the recognisers' threshold")
      ->capture_default_str();
  command->add_option("--frames", options->frames, "Frames of a clip whose templates are averaged")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  command->callback([options, &global, &chosen] {
    if (options->run.data.empty() && options->scores.empty())
      throw UsageError("expected --data FOLDER or --scores FILE");
    chosen.run = [options, &global] { return run_evaluate_morph(*options, global); };
  });
}

}  // namespace kyc::cli
