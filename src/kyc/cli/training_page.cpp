#include "kyc/cli/training_page.h"

#include <algorithm>

#include "kyc/core/files.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

Series series_of(const TrainedDetector& detector, const std::string& name, const std::string& metric) {
  Series out{name, {}, true, detector.run.history.size() < 40};
  for (const EpochResult& epoch : detector.run.history) {
    const auto x = static_cast<double>(epoch.epoch + 1);
    if (metric.empty()) out.points.push_back({x, epoch.loss});
    if (!epoch.validation) continue;
    for (const auto& [key, value] : epoch.validation->metrics)
      if (key == metric) out.points.push_back({x, value});
  }
  return out;
}

// From 0 to what the highest point needs.
Axis axis_over(const std::vector<Series>& series, const std::string& label) {
  double most = 0;
  for (const Series& one : series)
    for (const PlotPoint& point : one.points) most = std::max(most, point.y);
  return {label, AxisScale::Linear, false, 0, most > 0 ? 1.05 * most : 1};
}

Axis epoch_axis(const TrainedDetector& detector) {
  return {"epoch", AxisScale::Linear, false, 0, static_cast<double>(detector.run.history.size()) + 0.5};
}

std::string data_name(const std::string& split, const SplitResult& result) {
  return result.condition.empty() ? split : split + ", " + result.condition;
}

std::vector<std::pair<std::string, const SplitResult*>> results_of(const TrainedDetector& detector) {
  std::vector<std::pair<std::string, const SplitResult*>> out;
  if (detector.validation) out.emplace_back("validation", &*detector.validation);
  for (const SplitResult& test : detector.tests) out.emplace_back(data_name("test", test), &test);
  return out;
}

Support support_of(const AucWithInterval& auc) {
  return Support::of_trials(std::min(auc.attacks, auc.bona_fide), "samples in the smaller class");
}

Cell auc_cell(const std::optional<AucWithInterval>& auc) {
  if (!auc) return missing_cell();
  Cell out = figure_cell(auc->auc, support_of(*auc));
  if (auc->interval)
    out.note = "[" + number_text(auc->interval->low) + ", " + number_text(auc->interval->high) + "]";
  return out;
}

Table result_table(const TrainedDetector& detector) {
  Table out{"results",
            "What it reaches",
            "AUC over clips and pictures, of a clip the median of its frames, or the quantile that was asked "
            "for; in brackets 95 % intervals of "
            "a bootstrap "
            "by person. Rates at the thresholds that were set on the validation split.",
            {{"data", false}, {"bona fide", true}, {"attacks", true}, {"AUC", true}, {"AUC of frames", true}},
            {},
            1};
  for (const ModelThreshold& one : detector.thresholds) {
    out.columns.push_back({"APCER at " + one.name, true});
    out.columns.push_back({"BPCER at " + one.name, true});
  }
  for (const auto& [name, result] : results_of(detector)) {
    std::vector<Cell> row{text_cell(name),
                          count_cell(result->auc ? result->auc->bona_fide : 0),
                          count_cell(result->auc ? result->auc->attacks : 0),
                          auc_cell(result->auc),
                          result->frame_auc && result->auc
                              ? figure_cell(*result->frame_auc, support_of(*result->auc))
                              : missing_cell()};
    for (std::size_t i = 0; i < detector.thresholds.size(); ++i) {
      const bool known = i < result->rates.size();
      row.push_back(known ? rate_cell(result->rates[i].attacks_missed, result->rates[i].attacks)
                          : missing_cell());
      row.push_back(known ? rate_cell(result->rates[i].bona_fide_rejected, result->rates[i].bona_fide)
                          : missing_cell());
    }
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table group_table(const TrainedDetector& detector) {
  Table out{"groups",
            "By species and compression",
            "Each against the bona fide samples of the same compression.",
            {{"data", false}, {"species", false}, {"compression", false}, {"attacks", true}, {"AUC", true}},
            {},
            3};
  for (const auto& [name, result] : results_of(detector))
    for (const GroupAuc& group : result->groups)
      out.rows.push_back({text_cell(name),
                          text_cell(group.species.empty() ? "all" : group.species),
                          text_cell(group.compression.empty() ? "as it came" : group.compression),
                          count_cell(group.auc.attacks),
                          auc_cell(group.auc)});
  return out;
}

Table species_table(const TrainedDetector& detector) {
  Table out{"species",
            "APCER by species",
            "Attacks that are called bona fide at each threshold.",
            {{"data", false}, {"species", false}, {"attacks", true}},
            {},
            2};
  for (const ModelThreshold& one : detector.thresholds) out.columns.push_back({"APCER at " + one.name, true});
  for (const auto& [name, result] : results_of(detector)) {
    if (result->rates.empty()) continue;
    for (const auto& [species, missed] : result->rates.front().species) {
      std::vector<Cell> row{text_cell(name), text_cell(species), count_cell(missed.attacks)};
      for (const ErrorRatesAt& rates : result->rates) {
        const ErrorRatesAt::Missed& here = rates.species.at(species);
        row.push_back(rate_cell(here.attacks_missed, here.attacks));
      }
      out.rows.push_back(std::move(row));
    }
  }
  return out;
}

Table data_table(const TrainedDetector& detector) {
  Table out{"data", "Data", "", {{"split", false}, {"bona fide", true}, {"attacks", true}}, {}, 1};
  for (const char* split : {"train", "val", "test"}) {
    const auto& [bona_fide, attacks] = detector.counts.at(split);
    out.rows.push_back({text_cell(split), count_cell(bona_fide), count_cell(attacks)});
  }
  return out;
}

// "faceres (13 tensors, views)": the whole of it stands in the record below.
std::string short_architecture(const std::string& architecture) {
  const auto tensors = 1 + std::count(architecture.begin(), architecture.end(), ',');
  const std::size_t views = architecture.find('#');
  if (tensors < 2) return architecture;
  return architecture.substr(0, architecture.find('@')) + " (" + std::to_string(tensors) + " tensors" +
         (views == std::string::npos ? "" : ", " + architecture.substr(views + 1)) + ")";
}

}  // namespace

Plot learning_curve(const TrainedDetector& detector) {
  const std::vector<Series> series{series_of(detector, "training", ""),
                                   series_of(detector, "validation", "loss")};
  LinePlot plot{epoch_axis(detector), axis_over(series, "cross entropy, nats"), series, {}, false};
  return {"learning_curve",
          "Loss",
          "Mean cross entropy by epoch; guessing gives 0.693. Training pictures are altered at random, "
          "validation "
          "pictures are not.",
          plot};
}

Report training_page(const DetectorTrainingOptions& options,
                     const TrainedDetector& detector,
                     const std::string& program) {
  Report out;
  out.protocol = "training";
  out.title = "Training of " + options.name;
  out.subtitle = short_architecture(options.architecture) + ", " + std::to_string(detector.parameters) +
                 " parameters, " + std::to_string(detector.training_crops) + " faces";
  for (const auto& [name, result] : results_of(detector)) {
    const std::string key = result->condition.empty() ? name : "test[" + result->condition + "]";
    Figure figure = value_figure("auc@" + key,
                                 "area under ROC, " + name,
                                 result->auc ? std::optional(result->auc->auc) : std::nullopt,
                                 result->auc ? support_of(*result->auc) : Support::none("not measured"));
    if (result->auc) figure.interval = result->auc->interval;
    out.figures.push_back(figure);
    if (!result->auc) continue;
    out.summary.insert(
        name == "test" ? out.summary.begin() : out.summary.end(),
        {"AUC " + number_text(result->auc->auc) + " on " + name + " (" +
             std::to_string(result->auc->attacks) + " attacks, " + std::to_string(result->auc->bona_fide) +
             " bona fide samples of " + std::to_string(result->auc->identities) + " people).",
         result->auc->auc < 0.8 ? Tone::Bad : Tone::Plain});
  }
  if (detector.validated_on_blended)
    out.summary.push_back(
        {"The validation split has no attacks: they were made from its bona fide samples by "
         "self-blending.",
         Tone::Doubt});
  if (!detector.failures.empty() || detector.without_file > 0)
    out.summary.push_back({std::to_string(detector.failures.size()) +
                               " files showed no face or could not be read, " +
                               std::to_string(detector.without_file) + " were never built.",
                           Tone::Doubt});
  const bool solved = options.closed_form.ridge > 0;
  const std::vector<Series> aucs{series_of(detector, "clips and pictures", "auc"),
                                 series_of(detector, "frames", "frame_auc")};
  LinePlot auc_plot{epoch_axis(detector), {"AUC", AxisScale::Linear, false, 0.5, 1}, aucs, {}, false};
  out.sections.push_back(
      {"Results", {result_table(detector), group_table(detector), species_table(detector)}, false});
  if (solved)
    out.sections.push_back({"Data", {data_table(detector)}, false});
  else
    out.sections.push_back(
        {"Training",
         {learning_curve(detector),
          Plot{"validation_auc", "AUC of the validation split", "By epoch; 0.5 is guessing.", auc_plot},
          data_table(detector)},
         false});
  if (!detector.failures.empty()) {
    Table failures{"failures", "Without a face, or unreadable", "", {{"reason", false}}, {}, 1};
    for (const std::string& reason : detector.failures) failures.rows.push_back({text_cell(reason)});
    out.sections.push_back({"Left out", {failures}, true});
  }
  out.record.push_back(
      {"Detector",
       {{"program", program},
        {"architecture", options.architecture},
        {"sha256", sha256_hex(detector.model)},
        {"seed", std::to_string(options.seed)},
        {"last layer",
         solved ? "ridge regression, strength " + number_text(options.closed_form.ridge) + ", " +
                      std::to_string(options.closed_form.copies) + " copies of every face"
                : "trained with the others"},
        {"epochs", std::to_string(detector.run.history.size())},
        {"best epoch", detector.run.best_epoch ? std::to_string(*detector.run.best_epoch + 1) : "-"}}});
  return out;
}

}  // namespace kyc::cli
