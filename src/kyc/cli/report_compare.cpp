#include "kyc/cli/report_compare.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/comparisons.h"
#include "kyc/evaluation/decisions.h"
#include "kyc/evaluation/paired.h"
#include "kyc/evaluation/trial_file.h"
#include "kyc/metrics/delong.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

struct Difference {
  std::string what;
  std::string run;  // against the first
  double first = 0;
  double second = 0;
  double difference = 0;
  std::optional<Interval> interval;
  std::uint64_t trials = 0;
};

const Attachment* file_of_kind(const Report& report, const std::string& kind) {
  for (const Attachment& file : report.attachments)
    if (file.kind == kind) return &file;
  return nullptr;
}

std::string key_of(const DecisionTrial& trial) {
  return to_string(trial.kind) + "\n" + trial.selfie.sample + "\n" + trial.reference + "\n" + trial.probe;
}

// Rates of the attempts that both runs made.
std::vector<Difference> decision_differences(const ComparedRun& first, const ComparedRun& second) {
  const Attachment* a = file_of_kind(first.report, "decisions");
  const Attachment* b = file_of_kind(second.report, "decisions");
  if (a == nullptr || b == nullptr) return {};
  std::map<std::string, DecisionTrial> known;
  for (DecisionTrial& trial : read_decisions(first.folder / a->path))
    known.emplace(key_of(trial), std::move(trial));
  std::map<std::string, std::vector<PairedTrial>> trials;
  for (const DecisionTrial& trial : read_decisions(second.folder / b->path)) {
    const auto found = known.find(key_of(trial));
    if (found == known.end() || trial.verdict.empty() || found->second.verdict.empty()) continue;
    const bool was = found->second.accepted();
    const bool is = trial.accepted();
    const std::string& person = trial.selfie.identity;
    switch (trial.kind) {
      case AttemptKind::Mated:
        trials["frr"].push_back({person, !was, !is});
        break;
      case AttemptKind::NonMated:
        trials["far"].push_back({person, was, is});
        break;
      case AttemptKind::Attack:
        trials["iapar_pooled"].push_back({person, was, is});
        trials["iapar " + trial.selfie.species].push_back({person, was, is});
        break;
    }
  }
  std::vector<Difference> out;
  for (const auto& [what, paired] : trials) {
    const PairedDifference result = paired_difference(paired);
    const auto count = static_cast<double>(result.trials);
    out.push_back({what,
                   second.name,
                   static_cast<double>(result.first) / count,
                   static_cast<double>(result.second) / count,
                   result.difference,
                   result.interval,
                   result.trials});
  }
  return out;
}

// Score files with columns of their own: trial -> (is high class, score).
struct ScoreSet {
  std::map<std::string, std::pair<bool, double>> trials;
};

ScoreSet score_set_of(const std::filesystem::path& path, const std::string& kind) {
  ScoreSet out;
  if (kind == "comparisons") {
    for (const ComparisonRow& row : read_comparisons(path))
      if (row.score && (row.kind == ComparisonKind::Mated || row.kind == ComparisonKind::NonMated))
        out.trials[row.protocol + "\n" + row.labels.sample + "\n" + row.reference] = {
            row.kind == ComparisonKind::Mated, *row.score};
    return out;
  }
  if (kind == "trials") {
    for (const Trial& trial : read_trials(path))
      if (trial.score) out.trials[trial.key] = {trial.high, *trial.score};
    return out;
  }
  CsvReader table(read_text_file(path), path.string());
  const std::size_t sample = table.column("sample");
  const std::size_t attack = table.column("attack");
  const std::size_t score = table.column("score");
  while (table.next())
    if (!table.field(score).empty())
      out.trials[table.field(sample)] = {table.boolean(attack), table.number(score)};
  return out;
}

std::optional<Difference> auc_difference(const ComparedRun& first,
                                         const ComparedRun& second,
                                         const std::string& kind) {
  const Attachment* a = file_of_kind(first.report, kind);
  const Attachment* b = file_of_kind(second.report, kind);
  if (a == nullptr || b == nullptr) return std::nullopt;
  const ScoreSet known = score_set_of(first.folder / a->path, kind);
  std::vector<double> first_high, first_low, second_high, second_low;
  for (const auto& [key, trial] : score_set_of(second.folder / b->path, kind).trials) {
    const auto found = known.trials.find(key);
    if (found == known.trials.end() || found->second.first != trial.first) continue;
    (trial.first ? first_high : first_low).push_back(found->second.second);
    (trial.first ? second_high : second_low).push_back(trial.second);
  }
  if (first_high.size() < 2 || first_low.size() < 2) return std::nullopt;
  const AucComparison result = compare_auc(second_high, second_low, first_high, first_low);
  const double before = delong_interval(first_high, first_low).auc;
  return Difference{"auc",
                    second.name,
                    before,
                    before + result.difference,
                    result.difference,
                    result.interval,
                    first_high.size() + first_low.size()};
}

std::vector<Difference> all_differences(const std::vector<ComparedRun>& runs) {
  std::vector<Difference> out;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const auto decisions = decision_differences(runs.front(), runs[i]);
    out.insert(out.end(), decisions.begin(), decisions.end());
    for (const char* kind : {"presentations", "comparisons", "trials"})
      if (auto difference = auc_difference(runs.front(), runs[i], kind))
        out.push_back(std::move(*difference));
  }
  return out;
}

bool is_clear(const Difference& difference) {
  return difference.interval && (difference.interval->low > 0 || difference.interval->high < 0);
}

Table difference_table(const std::vector<Difference>& differences, const std::string& first) {
  Table out;
  out.id = "differences";
  out.title = "Differences against " + first + ", on the trials that both runs made";
  out.note =
      "95 % intervals: of rates by drawing people anew (1,000 times), of AUC by DeLong. An interval that "
      "holds 0 means that the "
      "data do not tell the runs apart.";
  out.columns = {{"figure", false},
                 {"run", false},
                 {first, true},
                 {"run's value", true},
                 {"difference", true},
                 {"95 % interval", true},
                 {"trials", true},
                 {"clear?", false}};
  out.row_headers = 2;
  for (const Difference& d : differences)
    out.rows.push_back({text_cell(d.what),
                        text_cell(d.run),
                        number_cell(d.first),
                        number_cell(d.second),
                        figure_cell(d.difference, Support::stated(is_clear(d), "")),
                        text_cell(d.interval ? "[" + number_text(d.interval->low) + ", " +
                                                   number_text(d.interval->high) + "]"
                                             : "-"),
                        count_cell(d.trials),
                        text_cell(is_clear(d) ? "yes" : "no", is_clear(d) ? Tone::Plain : Tone::Doubt)});
  return out;
}

Table figure_table(const std::vector<ComparedRun>& runs) {
  Table out{"figures_of_runs", "Every figure of every run", "", {{"figure", false}}, {}, 1};
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const ComparedRun& run : runs) {
    out.columns.push_back({run.name, true});
    for (const Figure& figure : run.report.figures)
      if (seen.insert(figure.key).second) keys.push_back(figure.key);
  }
  for (const std::string& key : keys) {
    std::vector<Cell> row{text_cell(key)};
    for (const ComparedRun& run : runs) {
      const Figure* figure = find_figure(run.report, key);
      Cell cell =
          figure != nullptr && figure->value ? figure_cell(*figure->value, figure->support) : missing_cell();
      if (figure != nullptr && figure->trials > 0) cell.note = count_text(figure->events, figure->trials);
      row.push_back(std::move(cell));
    }
    out.rows.push_back(std::move(row));
  }
  return out;
}

// Line plots of one id in several runs, on one plot.
std::vector<Block> merged_plots(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> order;
  std::map<std::string, std::pair<Plot, std::set<std::string>>> plots;
  for (const ComparedRun& run : runs)
    for (const Section& section : run.report.sections)
      for (const Block& block : section.blocks) {
        const auto* plot = std::get_if<Plot>(&block);
        const auto* lines = plot != nullptr ? std::get_if<LinePlot>(&plot->data) : nullptr;
        if (lines == nullptr) continue;
        auto [found, is_new] = plots.try_emplace(plot->id, *plot, std::set<std::string>{});
        if (is_new) {
          order.push_back(plot->id);
          std::get<LinePlot>(found->second.first.data).series.clear();
        }
        auto& merged = std::get<LinePlot>(found->second.first.data);
        merged.marks.clear();
        for (Series series : lines->series) {
          series.name = run.name + ": " + series.name;
          merged.series.push_back(std::move(series));
        }
        for (Axis* axis : {&merged.x, &merged.y}) {
          const Axis& other = axis == &merged.x ? lines->x : lines->y;
          axis->low = std::min(axis->low, other.low);
          axis->high = std::max(axis->high, other.high);
        }
        found->second.second.insert(run.name);
      }
  std::vector<Block> out;
  for (const std::string& id : order)
    if (plots.at(id).second.size() > 1) out.emplace_back(std::move(plots.at(id).first));
  return out;
}

}  // namespace

Report comparison_page(const std::vector<ComparedRun>& runs) {
  if (runs.size() < 2) throw Error(ErrorCode::InvalidArgument, "report compare: expected two runs or more");
  Report out;
  out.protocol = "comparison";
  out.title = "Comparison of " + std::to_string(runs.size()) + " runs";
  for (const ComparedRun& run : runs)
    out.subtitle += (out.subtitle.empty() ? "" : "; ") + run.name + ": " + run.report.title;
  const std::vector<Difference> differences = all_differences(runs);
  for (const Difference& d : differences) {
    Figure figure = value_figure(
        "difference[" + d.what + "," + d.run + "]",
        "against " + runs.front().name,
        d.difference,
        Support::stated(is_clear(d),
                        is_clear(d) ? "its 95 % interval leaves 0 out" : "its 95 % interval holds 0"));
    figure.interval = d.interval;
    out.figures.push_back(std::move(figure));
    if (is_clear(d))
      out.summary.push_back({d.run + " differs from " + runs.front().name + " in " + d.what + ": " +
                                 number_text(d.second, 3) + " instead of " + number_text(d.first, 3) +
                                 " (difference " + number_text(d.difference, 3) + ", 95 % interval " +
                                 number_text(d.interval->low, 3) + " to " + number_text(d.interval->high, 3) +
                                 ").",
                             Tone::Plain});
  }
  if (differences.empty())
    out.summary.push_back(
        {"The runs share no trials: their figures stand side by side, differences can not be judged.",
         Tone::Doubt});
  else if (out.summary.empty())
    out.summary.push_back(
        {"On the trials that the runs share, none of their figures differ by more than chance.",
         Tone::Plain});
  if (!differences.empty())
    out.sections.push_back({"Differences", {difference_table(differences, runs.front().name)}, false});
  if (auto plots = merged_plots(runs); !plots.empty())
    out.sections.push_back({"Curves", std::move(plots), false});
  out.sections.push_back({"Figures side by side", {figure_table(runs)}, false});
  for (const ComparedRun& run : runs) {
    RecordGroup group{"Run " + run.name, {{"folder", run.folder.string()}}};
    for (const RecordGroup& inner : run.report.record)
      for (const auto& [key, value] : inner.entries)
        group.entries.emplace_back(inner.title + ", " + key, value);
    out.record.push_back(std::move(group));
  }
  return out;
}

}  // namespace kyc::cli
