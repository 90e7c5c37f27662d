// Shared by the tests of report/: a report with one of everything.
#pragma once

#include "kyc/report/format.h"
#include "kyc/report/report.h"

namespace kyc {

inline Report sample_report() {
  Report report;
  report.protocol = "verification";
  report.title = "A <report> & more";
  report.subtitle = "of a test";
  report.summary = {{"3 of 20 attacks got in.", Tone::Bad}, {"Too few data.", Tone::Doubt}};
  report.figures = {rate_figure("iapar@fmr1e-3", "attacks that got in", 3, 20),
                    rate_figure("iapar@fmr1e-3[swap/graphics,c23]", "of these", 0, 0),
                    value_figure("auc", "area under ROC", 0.75, Support::of_trials(40, "clips")),
                    value_figure("eer", "equal error rate", 0.5, Support::of_trials(2, "clips"))};
  Table table{"rates",
              "Rates <by> species",
              "A note.",
              {{"species", false}, {"IAPAR", true}},
              {{text_cell("swap, \"graphics\""), rate_cell(3, 20, Tone::Bad)},
               {text_cell("present_50%"), missing_cell()}},
              1};
  const Axis share{"share", AxisScale::Linear, true, 0, 1};
  LinePlot lines{share,
                 share,
                 {{"a & b", {{0, 0, {}}, {0.5, 0.25, Interval{0.125, 0.5}}, {1, 1, {}}}, true, true}},
                 {{"here", 0.5, 0.25}},
                 true};
  BarPlot bars{share,
               {{"swap", 0.5, Interval{0.25, 0.75}, "1 of 2", Tone::Bad}, {"none", {}, {}, "", Tone::Plain}}};
  HeatPlot heat{
      "species", "compression", {"swap"}, {"c0", "c23"}, {0.5, std::nullopt}, {"1 of 2", ""}, 0, 1, true};
  HistogramPlot histogram{
      {"score", AxisScale::Linear, false, 0, 2}, 2, {{"mated", {1, 3}}}, {{"limit", 1.5, 0}}};
  report.sections = {{"First",
                      {std::string("Words."),
                       table,
                       Plot{"lines", "Lines", "Some lines.", lines},
                       Plot{"bars", "Bars", "Some bars.", bars}},
                      false},
                     {"Second",
                      {Plot{"heat", "Heat", "A map.", heat},
                       Plot{"histogram", "Scores", "Two bins.", histogram},
                       Picture{"worst", "Worst", "The worst.", 2, 1, {0xFF, 0xD8, 0xFF}}},
                      true}};
  report.record = {{"Models", {{"fr_feature", "sha256 0123"}}}};
  report.attachments = {{"scores/decisions.csv", "decisions", "decisions", "a,b\n1,2\n"}};
  return report;
}

}  // namespace kyc
