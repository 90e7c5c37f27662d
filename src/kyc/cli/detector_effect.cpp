#include "kyc/cli/detector_effect.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

struct EffectCounts {
  std::uint64_t attempts = 0;
  std::uint64_t without = 0;  // got in without the fused detectors
  std::uint64_t with = 0;

  void add(const DecisionTrial& trial) {
    ++attempts;
    without += trial.accepted() || trial.reasons == std::vector<std::string>{"deepfake"} ? 1 : 0;
    with += trial.accepted() ? 1 : 0;
  }
};

std::vector<Cell> effect_row(const std::string& name, const EffectCounts& counts, bool attack) {
  const bool changed = counts.with != counts.without;
  return {text_cell(name),
          rate_cell(counts.without, counts.attempts),
          rate_cell(counts.with,
                    counts.attempts,
                    !changed ? Tone::Plain
                    : attack ? Tone::Good
                             : Tone::Bad)};
}

}  // namespace

std::optional<DetectorEffect> detector_effect(const std::vector<DecisionTrial>& trials,
                                              const std::string& detector) {
  EffectCounts attacks;
  EffectCounts bona_fide;
  std::map<std::string, EffectCounts> species;
  for (const DecisionTrial& trial : trials) {
    if (trial.kind == AttemptKind::NonMated || trial.verdict.empty()) continue;
    const bool attack = trial.kind == AttemptKind::Attack;
    (attack ? attacks : bona_fide).add(trial);
    if (attack) species[trial.selfie.species].add(trial);
  }
  if (attacks.attempts == 0 || bona_fide.attempts == 0) return std::nullopt;
  DetectorEffect out;
  out.sentence = {"Without the fused detectors (" + detector + ") " +
                      count_text(attacks.without, attacks.attempts) +
                      " attacks would have got in, with them " + count_text(attacks.with, attacks.attempts) +
                      "; of bona fide attempts " + count_text(bona_fide.without, bona_fide.attempts) +
                      " without, " + count_text(bona_fide.with, bona_fide.attempts) + " with them.",
                  attacks.with < attacks.without ? Tone::Good : Tone::Plain};
  Table table{
      kEffectTable,
      "Who gets in without and with the fused detectors",
      "Without: accepted, or stopped by nothing but " + detector +
          ". Intervals are of attempts (Clopper-Pearson); attempts that share people are less than that.",
      {{"attempts", false}, {"get in without", true}, {"get in with", true}},
      {},
      1};
  table.rows.push_back(effect_row("bona fide", bona_fide, false));
  table.rows.push_back(effect_row("all attacks", attacks, true));
  for (const auto& [name, counts] : species) table.rows.push_back(effect_row(name, counts, true));
  out.section = {"What the fused detectors change", {std::move(table)}, false};
  for (const auto& [name, counts, meaning] :
       {std::tuple("attack_accepted", attacks, "attacks that get in"),
        std::tuple("bona_fide_accepted", bona_fide, "bona fide attempts that get in")}) {
    out.figures.push_back(rate_figure(std::string(name) + "[without_fused]",
                                      std::string(meaning) + " without the fused detectors",
                                      counts.without,
                                      counts.attempts));
    out.figures.push_back(rate_figure(std::string(name) + "[with_fused]",
                                      std::string(meaning) + " with the fused detectors",
                                      counts.with,
                                      counts.attempts));
  }
  return out;
}

std::string effect_text(const Report& report) {
  for (const Section& section : report.sections)
    for (const Block& block : section.blocks) {
      const auto* table = std::get_if<Table>(&block);
      if (table == nullptr || table->id != kEffectTable) continue;
      std::string out = "\n" + table->title + "\n";
      for (const std::vector<Cell>& row : table->rows) {
        char line[160];
        const auto count = [](const Cell& cell) { return cell.note.substr(0, cell.note.find('\n')); };
        std::snprintf(line,
                      sizeof(line),
                      "  %-24s %-22s %-22s\n",
                      row[0].text.c_str(),
                      (row[1].text + "  " + count(row[1])).c_str(),
                      (row[2].text + "  " + count(row[2])).c_str());
        out += line;
      }
      return out;
    }
  return {};
}

}  // namespace kyc::cli
