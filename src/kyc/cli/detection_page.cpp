#include "kyc/cli/detection_page.h"

#include <algorithm>
#include <map>
#include <set>

#include "kyc/cli/detection_parts.h"
#include "kyc/evaluation/perturb.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

Cell chosen_cell(const std::optional<ChosenFigure>& figure) {
  return figure ? percent_cell(figure->value, figure->support) : missing_cell();
}

Table iso_table(const std::vector<DetectionResult>& results) {
  Table out;
  out.id = "pad";
  out.title = "Attack detection (ISO/IEC 30107-3)";
  out.note =
      "APCER and BPCER at the threshold that was set elsewhere. D-EER and BPCER10/20/100 choose their "
      "thresholds on these very "
      "data: they compare detectors, they do not foretell rates.";
  out.columns = {{"detector", false},
                 {"worst species", false},
                 {"APCER", true},
                 {"BPCER", true},
                 {"no answer, bona fide", true},
                 {"D-EER", true},
                 {"BPCER10", true},
                 {"BPCER20", true},
                 {"BPCER100", true}};
  for (const DetectionResult& result : results) {
    if (!result.rates) continue;
    const PresentationRates& worst = result.rates->attacks[result.rates->worst];
    const PresentationRates& bona_fide = result.rates->bona_fide;
    out.rows.push_back(
        {text_cell(result.system),
         text_cell(worst.species),
         rate_cell(worst.errors, worst.responses),
         rate_cell(bona_fide.errors, bona_fide.responses),
         percent_cell(bona_fide.no_response, Support::of_trials(bona_fide.responses, "samples")),
         chosen_cell(result.d_eer),
         chosen_cell(result.bpcer10),
         chosen_cell(result.bpcer20),
         chosen_cell(result.bpcer100)});
  }
  return out;
}

Sentence headline(const DetectionResult& result) {
  if (!result.rates)
    return {result.system + ": no rates, because one of the classes was never answered.", Tone::Doubt};
  const PresentationRates& worst = result.rates->attacks[result.rates->worst];
  const PresentationRates& bona_fide = result.rates->bona_fide;
  return {result.system + " calls " + count_text(worst.errors, worst.responses) +
              " attacks of its worst species, " + worst.species + ", bona fide (APCER " +
              percent_text(worst.rate) + "), and " + count_text(bona_fide.errors, bona_fide.responses) +
              " bona fide samples attacks (BPCER " + percent_text(bona_fide.rate) + ").",
          worst.rate > 0.1 || bona_fide.rate > 0.1 ? Tone::Bad : Tone::Plain};
}

void add_common(Report& report,
                const std::vector<DetectorRun>& runs,
                const std::vector<DetectionResult>& results) {
  bool carried = true;
  for (const DetectionResult& result : results) {
    report.summary.push_back(headline(result));
    add_rate_figures(report, result, results.size() > 1);
    if (result.failures > 0)
      report.summary.push_back({result.system + " gave no answer for " + std::to_string(result.failures) +
                                    " samples: they are in none of the rates.",
                                Tone::Doubt});
    if (result.rates)
      carried = carried && satisfies_rule_of_thirty(result.rates->attacks[result.rates->worst].errors);
  }
  for (const DetectorRun& run : runs)
    if (run.calibrated_on_test)
      report.summary.push_back({run.rows.front().system +
                                    ": the threshold was set on these very samples, so its BPCER is no "
                                    "finding and its APCER flatters: name a split (--calibrate) or a "
                                    "threshold (--threshold).",
                                Tone::Doubt});
  if (!carried)
    report.summary.push_back(
        {"Fewer than 30 errors stand behind some of these rates: see their intervals.", Tone::Doubt});
  report.record.push_back(subject_record(runs, results));
  add_score_files(report, runs);
}

std::vector<Block> species_blocks(const std::vector<DetectionResult>& results) {
  std::vector<Block> out{species_table(results)};
  for (const DetectionResult& result : results)
    if (!result.groups.empty()) out.emplace_back(species_map(result));
  return out;
}

Table detection_table(const std::vector<DetectionResult>& results) {
  Table out;
  out.id = "detection";
  out.title = "Deepfake detection, per frame and per clip";
  out.note =
      "A clip's score is the mean of its frames. AUC with DeLong's 95 % interval, trials taken as "
      "independent.";
  out.columns = {
      {"detector", false}, {"unit", false}, {"AUC", true}, {"EER", true}, {"AP", true}, {"accuracy", true}};
  out.row_headers = 2;
  for (const DetectionResult& result : results)
    for (const bool clips : {false, true}) {
      const auto& figures = clips ? result.clips : result.frames;
      if (!figures) continue;
      // Frames of a clip say nearly the same: what carries their figures is the number of clips.
      const Support of_clips = result.clips ? result.clips->of_classes : Support::none("no clips");
      Cell auc = figure_cell(figures->auc, figures->of_classes && of_clips);
      if (figures->interval)
        auc.note = "[" + number_text(figures->interval->interval.low) + ", " +
                   number_text(figures->interval->interval.high) + "]";
      out.rows.push_back(
          {text_cell(result.system),
           text_cell(clips ? "clip" : "frame"),
           auc,
           percent_cell(figures->eer, figures->of_eer && of_clips),
           figure_cell(figures->ap, figures->of_classes && of_clips),
           clips ? percent_cell(result.accuracy,
                                Support::of_rate(result.answered - result.right, result.answered))
                 : missing_cell()});
    }
  return out;
}

std::vector<ScoredSample> of_set(const std::vector<ScoredSample>& samples, const std::string& data) {
  std::vector<ScoredSample> out;
  for (const ScoredSample& sample : samples)
    if (sample.data == data) out.push_back(sample);
  return out;
}

Support class_support(const std::vector<ScoredSample>& samples) {
  std::uint64_t attacks = 0, bona_fide = 0;
  for (const ScoredSample& sample : samples)
    if (sample.score) ++(sample.labels.attack ? attacks : bona_fide);
  return Support::of_trials(std::min(attacks, bona_fide), "tested clips in the smaller class");
}

Support bona_fide_support(const std::vector<ScoredSample>& samples) {
  return Support::of_trials(
      static_cast<std::uint64_t>(std::count_if(
          samples.begin(), samples.end(), [](const ScoredSample& s) { return !s.labels.attack && s.score; })),
      "bona fide clips to set the threshold on");
}

// Threshold set on the bona fide samples of the row, errors counted on the column.
Section cross_section(Report& report,
                      const std::vector<DetectorRun>& runs,
                      const std::vector<std::string>& names,
                      double max_bpcer) {
  Section out{"Across data sets", {}, false};
  out.blocks.emplace_back(
      "The threshold is set on the bona fide samples of one data set, so that at most " +
      percent_text(max_bpcer) +
      " of them are called attacks, and tried on another: the mean of (pooled) APCER and BPCER there. On the "
      "diagonal, set and test are the same data.");
  for (const DetectorRun& run : runs) {
    const std::string& system = run.rows.front().system;
    HeatPlot errors;
    errors.row_title = "threshold from";
    errors.column_title = "tested on";
    errors.rows = errors.columns = names;
    errors.high = 0.5;
    for (const std::string& from : names)
      for (const std::string& on : names) {
        const auto bona_fide = of_set(run.all, from);
        const bool possible = std::any_of(bona_fide.begin(), bona_fide.end(), [](const ScoredSample& sample) {
          return !sample.labels.attack && sample.score;
        });
        const std::vector<ScoredSample> tested = of_set(run.all, on);
        const std::optional<double> error =
            possible ? half_total_error(tested, threshold_at_bpcer(bona_fide, max_bpcer)) : std::nullopt;
        errors.values.push_back(error);
        report.figures.push_back(
            value_figure(figure_key("cross_error", system, runs.size() > 1, from + ">" + on),
                         "mean of APCER and BPCER, threshold from the first, tested on the second",
                         error,
                         class_support(tested) && bona_fide_support(bona_fide)));
      }
    out.blocks.emplace_back(Plot{"cross_" + file_word(system),
                                 "Errors of " + system + " across data sets",
                                 "Mean of pooled APCER and BPCER; 50 % is guessing.",
                                 errors});
  }
  Table aucs{"cross_auc", "AUC per clip on each data set", "", {{"detector", false}}, {}, 1};
  for (const std::string& name : names) aucs.columns.push_back({name, true});
  for (const DetectorRun& run : runs) {
    std::vector<Cell> row{text_cell(run.rows.front().system)};
    for (const std::string& name : names) {
      std::vector<double> attacks, bona_fide;
      for (const ScoredSample& sample : of_set(run.all, name))
        if (sample.score) (sample.labels.attack ? attacks : bona_fide).push_back(*sample.score);
      row.push_back(attacks.empty() || bona_fide.empty()
                        ? missing_cell()
                        : figure_cell(class_figures(attacks, bona_fide).auc,
                                      Support::of_trials(std::min(attacks.size(), bona_fide.size()),
                                                         "clips in the smaller class")));
    }
    aucs.rows.push_back(std::move(row));
  }
  out.blocks.emplace_back(std::move(aucs));
  return out;
}

struct SweepPoint {
  double strength = 0;
  ClassFigures figures;
};

// Per kind of disturbance, per system, in the order of strength.
std::map<std::string, std::map<std::string, std::vector<SweepPoint>>> sweeps_of(
    const std::vector<DetectorRun>& runs) {
  std::map<std::string, std::map<std::string, std::vector<SweepPoint>>> out;
  for (const DetectorRun& run : runs)
    for (const Perturbation& perturbation : standard_perturbations()) {
      std::vector<AttackScoreRow> rows;
      for (const AttackScoreRow& row : run.robustness)
        if (row.condition == name_of(perturbation)) rows.push_back(row);
      std::vector<double> attacks, bona_fide;
      for (const ScoredSample& sample : mean_scores(rows))
        if (sample.score) (sample.labels.attack ? attacks : bona_fide).push_back(*sample.score);
      if (!attacks.empty() && !bona_fide.empty())
        out[perturbation.kind][run.rows.front().system].push_back(
            {perturbation.strength, class_figures(attacks, bona_fide)});
    }
  return out;
}

Section robustness_section(Report& report, const std::vector<DetectorRun>& runs) {
  Section out{"Robustness", {}, false};
  static const std::map<std::string, std::string> kLabels{{"jpeg", "JPEG quality"},
                                                          {"resize", "size, there and back"},
                                                          {"blur", "Gaussian blur, sigma in pixels"},
                                                          {"noise", "Gaussian noise, sigma of 0..255"},
                                                          {"reencode", "H.264, CRF"}};
  for (const auto& [kind, systems] : sweeps_of(runs)) {
    LinePlot data;
    double low = 1e9, high = -1e9;
    for (const auto& [system, points] : systems) {
      Series series{system, {}, true, true};
      std::vector<SweepPoint> sorted = points;
      std::sort(
          sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.strength < b.strength; });
      for (const SweepPoint& point : sorted) {
        PlotPoint at{point.strength, point.figures.auc, std::nullopt};
        if (point.figures.interval) at.interval = point.figures.interval->interval;
        series.points.push_back(at);
        low = std::min(low, point.strength);
        high = std::max(high, point.strength);
        char strength[32];
        std::snprintf(strength, sizeof(strength), " %g", point.strength);
        report.figures.push_back(value_figure(figure_key("auc", system, runs.size() > 1, kind + strength),
                                              "area under ROC per clip under this disturbance",
                                              point.figures.auc,
                                              point.figures.of_classes));
      }
      data.series.push_back(std::move(series));
    }
    const double margin = std::max(0.05 * (high - low), 1e-3);
    data.x = {kLabels.at(kind), AxisScale::Linear, false, low - margin, high + margin};
    data.y = {"AUC per clip", AxisScale::Linear, false, 0, 1};
    out.blocks.emplace_back(Plot{"robustness_" + kind,
                                 "Under " + kind,
                                 "Area under ROC per clip, with DeLong's 95 % intervals; 0.5 is guessing.",
                                 data});
  }
  return out;
}

}  // namespace

Report liveness_page(const std::vector<DetectorRun>& runs) {
  const std::vector<DetectionResult> results = results_of(runs);
  Report out;
  out.protocol = "liveness";
  out.title = "Presentation attack detection";
  add_common(out, runs, results);
  out.sections.push_back({"Rates", {iso_table(results)}, false});
  out.sections.push_back({"By species", species_blocks(results), false});
  out.sections.push_back({"Curves", curve_blocks(runs, results), false});
  return out;
}

Report detection_page(const std::vector<DetectorRun>& runs,
                      const std::vector<std::string>& data_names,
                      double max_bpcer) {
  const std::vector<DetectionResult> results = results_of(runs);
  Report out;
  out.protocol = "detection";
  out.title = "Deepfake detection";
  add_common(out, runs, results);
  for (const DetectionResult& result : results)
    if (result.clips)
      out.summary.push_back({result.system + " ranks a random attack above a random bona fide clip in " +
                                 percent_text(result.clips->auc) + " of cases (AUC; 50 % is guessing" +
                                 (result.clips->of_classes.carried()
                                      ? ""
                                      : "; too few clips to carry it: " + result.clips->of_classes.reason()) +
                                 ").",
                             !result.clips->of_classes.carried() ? Tone::Doubt
                             : result.clips->auc < 0.6           ? Tone::Bad
                                                                 : Tone::Plain});
  out.sections.push_back({"Accuracy", {detection_table(results), iso_table(results)}, false});
  if (data_names.size() > 1) out.sections.push_back(cross_section(out, runs, data_names, max_bpcer));
  const bool swept =
      std::any_of(runs.begin(), runs.end(), [](const DetectorRun& run) { return !run.robustness.empty(); });
  if (swept) out.sections.push_back(robustness_section(out, runs));
  out.sections.push_back({"By species", species_blocks(results), false});
  out.sections.push_back({"Curves", curve_blocks(runs, results), false});
  return out;
}

}  // namespace kyc::cli
