#include "kyc/cli/recognition_page.h"

#include <algorithm>
#include <set>

#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/report/curves.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

constexpr double kFmrs[] = {1e-2, 1e-3};

std::string upper(const std::string& protocol) {
  return protocol == "v2v" ? "V2V" : protocol == "i2v" ? "I2V" : protocol;
}

bool set_here(const ComparisonPoint& point) {
  return point.origin.starts_with("set on");
}

// "fmr1e-3" for thresholds set on these data, "own_fmr1e-3" for those that the recogniser came with.
std::string point_name(const ComparisonPoint& point) {
  return (set_here(point) ? "fmr" : "own_fmr") + rate_text(point.max_fmr);
}

double acceptance_of(const AttemptCounts& counts) {
  return counts.attempts == 0 ? 0
                              : static_cast<double>(counts.accepted) / static_cast<double>(counts.attempts);
}

// The species with the highest share of accepted attacks.
std::pair<std::string, AttemptCounts> worst_of(const ComparisonPoint& point) {
  std::pair<std::string, AttemptCounts> worst;
  for (const auto& [group, counts] : point.groups)
    if (!group.species.empty() && group.compression.empty() && counts.attempts > 0 &&
        (worst.first.empty() || acceptance_of(counts) > acceptance_of(worst.second)))
      worst = {group.species, counts};
  return worst;
}

void add_point_figures(Report& report,
                       const ComparisonResult& result,
                       const ComparisonPoint& point,
                       bool several) {
  const auto key = [&](const std::string& name, const std::string& part) {
    const std::string inside =
        (several ? result.system + "," : "") + result.protocol + (part.empty() ? "" : "," + part);
    return name + "@" + point_name(point) + "[" + inside + "]";
  };
  const auto add = [&](const std::string& name,
                       const std::string& part,
                       const std::string& meaning,
                       std::uint64_t events,
                       std::uint64_t trials) {
    Figure figure = rate_figure(key(name, part), meaning, events, trials);
    if (!point.carried)
      figure.support =
          Support::none("the threshold: fewer than 30 false matches where it was set, for this rate");
    report.figures.push_back(std::move(figure));
  };
  const auto [species, counts] = worst_of(point);
  add("iapar",
      "",
      "attacks accepted as the victim, worst species: " + species,
      counts.accepted,
      counts.attempts);
  for (const auto& [group, group_counts] : point.groups)
    add("iapar",
        group.species + (group.species.empty() || group.compression.empty() ? "" : ",") + group.compression,
        "these attacks accepted as the victim",
        group_counts.accepted,
        group_counts.attempts);
  if (const auto all = point.leaks.find({"", ""}); all != point.leaks.end())
    add("leak", "", "attacks accepted as the driver", all->second.accepted, all->second.attempts);
  add("fnmr",
      "",
      "mated comparisons that are not accepted",
      point.mated.attempts - point.mated.accepted,
      point.mated.attempts);
  add("fmr",
      "",
      "non-mated comparisons that are accepted",
      point.non_mated.accepted,
      point.non_mated.attempts);
}

Table real_table(const std::vector<ComparisonResult>& results) {
  Table out;
  out.id = "bona_fide";
  out.title = "Bona fide comparisons (V2V-real, I2V-real)";
  out.columns = {{"recogniser", false},
                 {"protocol", false},
                 {"AUC", true},
                 {"EER", true},
                 {"at", false},
                 {"threshold", true},
                 {"FMR", true},
                 {"FNMR", true},
                 {"where set", false}};
  out.row_headers = 2;
  out.note =
      "Rates on the comparisons that the threshold was not set on, where there are such. Comparisons share "
      "people: the intervals, "
      "which take them as independent, are too narrow.";
  for (const ComparisonResult& result : results)
    for (const ComparisonPoint& point : result.points) {
      Cell at = text_cell((set_here(point) ? "FMR " : "own FMR ") + rate_text(point.max_fmr),
                          point.carried ? Tone::Plain : Tone::Doubt);
      if (!point.carried) at.note = "too few data for this rate";
      out.rows.push_back(
          {text_cell(result.system),
           text_cell(upper(result.protocol)),
           result.auc ? figure_cell(*result.auc, support_of(*result.curve)) : missing_cell(),
           result.eer
               ? percent_cell(*result.eer, support_at(*result.curve, equal_error_rate(*result.curve).nearest))
               : missing_cell(),
           at,
           number_cell(point.threshold),
           rate_cell(point.non_mated.accepted, point.non_mated.attempts),
           rate_cell(point.mated.attempts - point.mated.accepted, point.mated.attempts),
           text_cell(point.origin)});
    }
  return out;
}

std::set<std::string> compressions_of(const std::vector<ComparisonResult>& results) {
  std::set<std::string> out;
  for (const ComparisonResult& result : results)
    for (const ComparisonPoint& point : result.points)
      for (const auto& [group, counts] : point.groups)
        if (!group.compression.empty()) out.insert(group.compression);
  return out;
}

Table fake_table(const std::vector<ComparisonResult>& results, const std::string& protocol, bool leak) {
  const std::set<std::string> compressions = compressions_of(results);
  Table out;
  out.id = (leak ? "leak_" : "iapar_") + protocol;
  out.title = leak ? upper(protocol) + "-fake: forged clips accepted as the driver (identity leak)"
                   : upper(protocol) + "-fake: forged clips accepted as the victim (IAPAR)";
  out.columns = {{"recogniser", false}, {"at", false}, {"species", false}, {"all", true}};
  out.row_headers = 3;
  for (const std::string& compression : compressions) out.columns.push_back({compression, true});
  for (const ComparisonResult& result : results) {
    if (result.protocol != protocol) continue;
    for (const ComparisonPoint& point : result.points) {
      const auto& groups = leak ? point.leaks : point.groups;
      for (const auto& [group, counts] : groups) {
        if (group.species.empty() || !group.compression.empty()) continue;
        std::vector<Cell> row{text_cell(result.system),
                              text_cell((set_here(point) ? "FMR " : "own FMR ") + rate_text(point.max_fmr),
                                        point.carried ? Tone::Plain : Tone::Doubt),
                              text_cell(group.species),
                              rate_cell(counts.accepted, counts.attempts)};
        for (const std::string& compression : compressions) {
          const auto found = groups.find({group.species, compression});
          row.push_back(found == groups.end() ? rate_cell(0, 0)
                                              : rate_cell(found->second.accepted, found->second.attempts));
        }
        out.rows.push_back(std::move(row));
      }
    }
  }
  return out;
}

// Recogniser x species at one rate.
std::optional<Plot> fake_map(const std::vector<ComparisonResult>& results,
                             const std::string& protocol,
                             const std::string& at) {
  std::set<std::string> columns;
  HeatPlot data;
  data.row_title = "species";
  data.column_title = "recogniser";
  std::set<std::string> species;
  std::map<std::pair<std::string, std::string>, AttemptCounts> cells;
  for (const ComparisonResult& result : results)
    for (const ComparisonPoint& point : result.points) {
      if (result.protocol != protocol || point_name(point) != at) continue;
      for (const auto& [group, counts] : point.groups) {
        if (group.species.empty()) continue;
        const std::string name = group.species + (group.compression.empty() ? "" : " " + group.compression);
        species.insert(name);
        columns.insert(result.system);
        cells[{name, result.system}] = counts;
      }
    }
  if (cells.empty()) return std::nullopt;
  data.rows.assign(species.begin(), species.end());
  data.columns.assign(columns.begin(), columns.end());
  for (const std::string& row : data.rows)
    for (const std::string& column : data.columns) {
      const auto found = cells.find({row, column});
      const bool tried = found != cells.end() && found->second.attempts > 0;
      data.values.push_back(tried ? std::optional(acceptance_of(found->second)) : std::nullopt);
      data.notes.push_back(tried ? count_text(found->second.accepted, found->second.attempts) : "");
    }
  return Plot{"iapar_" + protocol + "_" + file_word(at),
              upper(protocol) + "-fake, IAPAR at " + at,
              "Share of the forged clips that the recogniser accepts as the victim; darker is worse.",
              data};
}

std::vector<Block> curve_blocks(const std::vector<RecogniserRun>& runs,
                                const std::vector<ComparisonResult>& results) {
  std::vector<Block> out;
  for (const std::string protocol : {"v2v", "i2v"}) {
    std::vector<NamedCurve> curves;
    for (const ComparisonResult& result : results)
      if (result.protocol == protocol && result.curve) curves.push_back({result.system, *result.curve});
    if (!curves.empty()) out.emplace_back(det_plot("det_" + protocol, upper(protocol) + "-real", curves));
  }
  for (const RecogniserRun& run : runs)
    for (const ComparisonResult& result : results) {
      if (result.system != run.system) continue;
      std::vector<NamedScores> sets{
          {"mated", {}}, {"non-mated", {}}, {"attacks with victim", {}}, {"attacks with driver", {}}};
      for (const ComparisonRow& row : run.rows)
        if (row.score && row.protocol == result.protocol)
          sets[static_cast<std::size_t>(row.kind)].scores.push_back(*row.score);
      std::erase_if(sets, [](const NamedScores& set) { return set.scores.empty(); });
      std::vector<NamedThreshold> thresholds;
      for (const ComparisonPoint& point : result.points)
        thresholds.push_back({point_name(point), point.threshold});
      out.emplace_back(histogram_plot("scores_" + result.protocol + "_" + file_word(run.system),
                                      upper(result.protocol) + " scores of " + run.system,
                                      "similarity",
                                      sets,
                                      thresholds,
                                      40));
    }
  return out;
}

Sentence sentence_of(const ComparisonResult& result, const ComparisonPoint& point) {
  const auto [species, counts] = worst_of(point);
  std::string text = upper(result.protocol) + ", " + result.system + " at " +
                     (set_here(point) ? "FMR " : "its own threshold for FMR ") + rate_text(point.max_fmr) +
                     ": ";
  if (point.mated.attempts > 0)
    text += count_text(point.mated.accepted, point.mated.attempts) + " mated comparisons are accepted";
  if (!species.empty())
    text += (point.mated.attempts > 0 ? ", and " : "") +
            count_text(point.attacks.accepted, point.attacks.attempts) +
            " forged clips as their victim; worst " + species + ", " +
            count_text(counts.accepted, counts.attempts) + " (" + percent_text(acceptance_of(counts)) + ")";
  if (const auto leaks = point.leaks.find({"", ""}); leaks != point.leaks.end() && leaks->second.attempts > 0)
    text += "; " + count_text(leaks->second.accepted, leaks->second.attempts) + " still as the driver";
  return {text + ".", !point.carried ? Tone::Doubt : Tone::Plain};
}

}  // namespace

Report recognition_page(const std::vector<RecogniserRun>& runs, const std::string& calibration) {
  Report out;
  out.protocol = "recognition";
  out.title = "Face recognition under deepfakes";
  std::vector<ComparisonResult> results;
  for (const RecogniserRun& run : runs)
    for (const std::string protocol : {"v2v", "i2v"}) {
      std::vector<ComparisonRow> rows;
      for (const ComparisonRow& row : run.rows)
        if (row.protocol == protocol) rows.push_back(row);
      const bool can = std::any_of(rows.begin(), rows.end(), [](const ComparisonRow& row) {
        return row.kind == ComparisonKind::NonMated && row.score;
      });
      if (can) results.push_back(comparison_result(rows, calibration, kFmrs, run.fixed));
    }
  if (results.empty())
    throw Error(ErrorCode::InvalidArgument,
                "recognition: the data hold no bona fide comparisons of different people");
  bool carried = true, on_test = false;
  std::uint64_t failures = 0;
  for (const ComparisonResult& result : results) {
    on_test = on_test || result.calibrated_on_test;
    failures += result.failures;
    for (const ComparisonPoint& point : result.points) {
      carried = carried && point.carried;
      add_point_figures(out, result, point, runs.size() > 1);
      out.summary.push_back(sentence_of(result, point));
    }
    if (result.auc) {
      const std::string inside = "[" + (runs.size() > 1 ? result.system + "," : "") + result.protocol + "]";
      out.figures.push_back(value_figure(
          "auc" + inside, "area under ROC of bona fide comparisons", result.auc, support_of(*result.curve)));
      out.figures.push_back(value_figure("eer" + inside,
                                         "equal error rate of bona fide comparisons",
                                         result.eer,
                                         support_at(*result.curve, equal_error_rate(*result.curve).nearest)));
    }
  }
  if (!carried)
    out.summary.push_back(
        {"The bona fide comparisons here are too few for some of these false match rates (fewer than 30 "
         "false "
         "matches would stand behind them): prefer the thresholds that the recognisers came with.",
         Tone::Doubt});
  if (on_test)
    out.summary.push_back(
        {"There was no separate split to calibrate on: thresholds and bona fide rates come from the same "
         "comparisons.",
         Tone::Doubt});
  if (failures > 0)
    out.summary.push_back(
        {std::to_string(failures) + " comparisons failed for want of a face: they are in none of the rates.",
         Tone::Doubt});
  Section fake{"Forged clips", {}, false};
  for (const std::string protocol : {"v2v", "i2v"}) {
    for (const std::string at : {"fmr1e-2", "fmr1e-3", "own_fmr1e-2", "own_fmr1e-3"})
      if (auto map = fake_map(results, protocol, at)) fake.blocks.emplace_back(std::move(*map));
    for (const bool leak : {false, true})
      if (Table table = fake_table(results, protocol, leak); !table.rows.empty())
        fake.blocks.emplace_back(std::move(table));
  }
  if (!fake.blocks.empty()) out.sections.push_back(std::move(fake));
  out.sections.push_back({"Bona fide", {real_table(results)}, false});
  out.sections.push_back({"Curves", curve_blocks(runs, results), false});
  for (const RecogniserRun& run : runs)
    out.attachments.push_back({"scores/comparisons_" + file_word(run.system) + ".csv",
                               "comparisons" + (runs.size() > 1 ? " of " + run.system : ""),
                               "comparisons",
                               comparisons_csv(run.rows)});
  return out;
}

}  // namespace kyc::cli
