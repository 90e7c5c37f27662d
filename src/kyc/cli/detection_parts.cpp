#include "kyc/cli/detection_parts.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kyc/report/curves.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

double error_rate_of(const ErrorCounts& counts) {
  return counts.responses == 0 ? 0
                               : static_cast<double>(counts.errors) / static_cast<double>(counts.responses);
}

Cell apcer_cell(const DetectionResult& result, const SpeciesGroup& group) {
  const auto found = result.groups.find(group);
  return found == result.groups.end() ? rate_cell(0, 0)
                                      : rate_cell(found->second.errors, found->second.responses);
}

// PresentationRates has the share only.
std::uint64_t unanswered_of(const PresentationRates& rates) {
  return static_cast<std::uint64_t>(
      std::llround(static_cast<double>(rates.responses) * rates.no_response / (1 - rates.no_response)));
}

std::string joined(const std::string& a, const std::string& b) {
  return a + (a.empty() || b.empty() ? "" : ",") + b;
}

}  // namespace

std::vector<DetectionResult> results_of(const std::vector<DetectorRun>& runs) {
  std::vector<DetectionResult> out;
  for (const DetectorRun& run : runs)
    out.push_back(detection_result(run.rows, run.threshold, run.threshold_origin));
  return out;
}

std::string figure_key(const std::string& name,
                       const std::string& system,
                       bool several,
                       const std::string& part) {
  const std::string inside = joined(several ? system : "", part);
  return inside.empty() ? name : name + "[" + inside + "]";
}

Table species_table(const std::vector<DetectionResult>& results) {
  std::set<std::string> species, compressions;
  for (const DetectionResult& result : results)
    for (const auto& [group, counts] : result.groups) {
      if (!group.species.empty()) species.insert(group.species);
      if (!group.compression.empty()) compressions.insert(group.compression);
    }
  Table out;
  out.id = "apcer_by_species";
  out.title = "APCER: attacks called bona fide, by species and compression";
  out.note =
      "Share of the attacks that were answered, with counts and 95 % interval (Clopper-Pearson). The species "
      "with the highest "
      "APCER stands for the detector; an average over species means nothing.";
  out.columns = {{"detector", false}, {"species", false}, {"all", true}};
  out.row_headers = 2;
  for (const std::string& compression : compressions) out.columns.push_back({compression, true});
  out.columns.push_back({"no answer", true});
  for (const DetectionResult& result : results)
    for (const std::string& name : species) {
      std::vector<Cell> row{text_cell(result.system), text_cell(name), apcer_cell(result, {name, ""})};
      for (const std::string& compression : compressions)
        row.push_back(apcer_cell(result, {name, compression}));
      const auto found = result.groups.find({name, ""});
      row.push_back(count_cell(found == result.groups.end() ? 0 : found->second.no_response));
      out.rows.push_back(std::move(row));
    }
  return out;
}

Plot species_map(const DetectionResult& result) {
  std::set<std::string> species, compressions;
  for (const auto& [group, counts] : result.groups) {
    if (!group.species.empty()) species.insert(group.species);
    compressions.insert(group.compression.empty() ? "all" : group.compression);
  }
  HeatPlot data;
  data.row_title = "species";
  data.column_title = "compression";
  data.rows.assign(species.begin(), species.end());
  data.columns.assign(compressions.begin(), compressions.end());
  for (const std::string& name : data.rows)
    for (const std::string& column : data.columns) {
      const auto found = result.groups.find({name, column == "all" ? "" : column});
      const bool answered = found != result.groups.end() && found->second.responses > 0;
      data.values.push_back(answered ? std::optional(error_rate_of(found->second)) : std::nullopt);
      data.notes.push_back(answered ? count_text(found->second.errors, found->second.responses) : "");
    }
  return {"apcer_map_" + file_word(result.system),
          "APCER of " + result.system,
          "Share of the attacks that were called bona fide at its threshold; darker is worse.",
          data};
}

std::vector<Block> curve_blocks(const std::vector<DetectorRun>& runs,
                                const std::vector<DetectionResult>& results) {
  std::vector<NamedCurve> clips;
  std::vector<Block> histograms;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::vector<double> attacks, bona_fide;
    for (const ScoredSample& sample : mean_scores(runs[i].rows))
      if (sample.score) (sample.labels.attack ? attacks : bona_fide).push_back(*sample.score);
    if (attacks.empty() || bona_fide.empty()) continue;
    clips.push_back({results[i].system, error_curve(attacks, bona_fide)});
    const std::vector<NamedScores> sets{{"bona fide", bona_fide}, {"attacks", attacks}};
    const std::vector<NamedThreshold> thresholds{{"attack from here", runs[i].threshold}};
    histograms.emplace_back(histogram_plot("scores_" + file_word(results[i].system),
                                           "Scores of " + results[i].system,
                                           "attack score (mean of the clip's frames)",
                                           sets,
                                           thresholds,
                                           40));
  }
  std::vector<Block> out;
  if (!clips.empty()) {
    out.emplace_back(det_plot("det", "DET per clip, all species together", clips, attack_rate_names()));
    out.emplace_back(roc_plot("roc", "ROC per clip, all species together", clips, attack_rate_names()));
  }
  out.insert(out.end(), histograms.begin(), histograms.end());
  return out;
}

void add_score_files(Report& report, const std::vector<DetectorRun>& runs) {
  for (const DetectorRun& run : runs) {
    const std::string name = file_word(run.rows.front().system);
    const std::string title = runs.size() > 1 ? " of " + run.rows.front().system : "";
    report.attachments.push_back({"scores/frames_" + name + ".csv",
                                  "scores per frame" + title,
                                  "frames",
                                  attack_scores_csv(run.rows)});
    report.attachments.push_back({"scores/clips_" + name + ".csv",
                                  "scores per clip" + title,
                                  "presentations",
                                  sample_scores_csv(mean_scores(run.rows))});
    if (!run.robustness.empty())
      report.attachments.push_back({"scores/robustness_" + name + ".csv",
                                    "scores under disturbances" + title,
                                    "",
                                    attack_scores_csv(run.robustness)});
  }
}

RecordGroup subject_record(const std::vector<DetectorRun>& runs,
                           const std::vector<DetectionResult>& results) {
  RecordGroup out{"Detectors", {}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& [key, value] : runs[i].record)
      out.entries.emplace_back(results[i].system + ", " + key, value);
    out.entries.emplace_back(results[i].system + ", threshold",
                             number_text(runs[i].threshold, 6) + ": " + runs[i].threshold_origin);
  }
  return out;
}

void add_rate_figures(Report& report, const DetectionResult& result, bool several) {
  const std::string& system = result.system;
  const auto key = [&](const std::string& name, const std::string& part = {}) {
    return figure_key(name, system, several, part);
  };
  if (result.rates) {
    const PresentationRates& worst = result.rates->attacks[result.rates->worst];
    report.figures.push_back(rate_figure(
        key("apcer"), "APCER of the worst species: " + worst.species, worst.errors, worst.responses));
    const PresentationRates& bona_fide = result.rates->bona_fide;
    report.figures.push_back(
        rate_figure(key("bpcer"), "bona fide samples called attacks", bona_fide.errors, bona_fide.responses));
    const auto unanswered = unanswered_of(bona_fide);
    report.figures.push_back(rate_figure(
        key("bpnrr"), "bona fide samples without answer", unanswered, bona_fide.responses + unanswered));
    report.figures.push_back(
        value_figure(key("acer"),
                     "mean of worst APCER and BPCER: for comparison with older papers only",
                     acer(*result.rates),
                     support_at(*result.rates)));
  }
  for (const auto& [group, counts] : result.groups)
    report.figures.push_back(rate_figure(key("apcer", joined(group.species, group.compression)),
                                         "these attacks called bona fide",
                                         counts.errors,
                                         counts.responses));
  if (result.clips) {
    Figure auc =
        value_figure(key("auc"), "area under ROC, per clip", result.clips->auc, result.clips->of_classes);
    if (result.clips->interval) auc.interval = result.clips->interval->interval;
    report.figures.push_back(auc);
    report.figures.push_back(value_figure(
        key("eer"), "equal error rate, per clip, species pooled", result.clips->eer, result.clips->of_eer));
    report.figures.push_back(
        value_figure(key("ap"), "average precision, per clip", result.clips->ap, result.clips->of_classes));
    report.figures.push_back(
        share_figure(key("accuracy"), "share of clips decided rightly", result.right, result.answered));
  }
  if (result.frames) {
    // Frames of a clip say nearly the same: what carries a figure of frames is the number of clips.
    const Support clips = result.clips ? result.clips->of_classes : Support::none("no clips");
    report.figures.push_back(value_figure(key("auc_frame"),
                                          "area under ROC, per frame",
                                          result.frames->auc,
                                          result.frames->of_classes && clips));
    report.figures.push_back(value_figure(
        key("eer_frame"), "equal error rate, per frame", result.frames->eer, result.frames->of_eer && clips));
  }
  if (result.d_eer) {
    const auto add = [&](const char* name, const char* meaning, const ChosenFigure& figure) {
      report.figures.push_back(value_figure(key(name), meaning, figure.value, figure.support));
    };
    add("d_eer", "detection equal error rate of the worst species", *result.d_eer);
    add("bpcer10", "lowest BPCER with every APCER at most 10 %", *result.bpcer10);
    add("bpcer20", "the same at most 5 %", *result.bpcer20);
    add("bpcer100", "the same at most 1 %", *result.bpcer100);
  }
}

}  // namespace kyc::cli
