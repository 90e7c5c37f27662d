#include "kyc/report/report.h"

#include <algorithm>

#include "kyc/report/format.h"

namespace kyc {

const Figure* find_figure(const Report& report, const std::string& key) {
  for (const Figure& figure : report.figures)
    if (figure.key == key) return &figure;
  return nullptr;
}

Table table_of_figures(const Report& report) {
  Table out;
  out.id = "figures";
  out.title = "Every figure by its name, as --assert takes it";
  out.columns = {{"name", false},
                 {"value", true},
                 {"95 % interval", true},
                 {"counts", true},
                 {"carried", false},
                 {"meaning", false}};
  for (const Figure& figure : report.figures) {
    std::vector<Cell> row{
        text_cell(figure.key),
        figure.value ? figure_cell(*figure.value, figure.support) : text_cell("not measured", Tone::Doubt),
        text_cell(figure.interval ? "[" + number_text(figure.interval->low) + ", " +
                                        number_text(figure.interval->high) + "]"
                                  : "-"),
        text_cell(figure.trials > 0 ? count_text(figure.events, figure.trials) : "-"),
        text_cell(figure.carried() ? "yes" : "no"),
        text_cell(figure.meaning)};
    if (figure.value) row[4].note = figure.support.reason();
    out.rows.push_back(std::move(row));
  }
  return out;
}

bool shows_figures(const Report& report) {
  for (const Section& section : report.sections)
    for (const Block& block : section.blocks)
      if (const auto* table = std::get_if<Table>(&block); table != nullptr && table->id == "figures")
        return true;
  return false;
}

void add_carried_sentence(Report& report) {
  constexpr std::size_t kNamed = 6;
  constexpr const char* kBegin = "Too few data for ";
  if (std::any_of(report.summary.begin(), report.summary.end(), [&](const Sentence& sentence) {
        return sentence.text.starts_with(kBegin);
      }))
    return;
  std::size_t measured = 0, weak = 0;
  std::string names;
  for (const Figure& figure : report.figures) {
    if (!figure.value) continue;
    ++measured;
    if (figure.carried()) continue;
    if (weak++ < kNamed) names += (names.empty() ? "" : ", ") + figure.key;
  }
  if (weak == 0) return;
  if (weak > kNamed) names += ", and " + std::to_string(weak - kNamed) + " more";
  report.summary.push_back({kBegin + std::to_string(weak) + " of the " + std::to_string(measured) +
                                " figures: " + names +
                                ". They are marked; a demand (--assert) of one of them fails.",
                            Tone::Doubt});
}

}  // namespace kyc
