#include "kyc/cli/verification_page.h"

#include <algorithm>
#include <map>
#include <optional>

#include "kyc/cli/verification_summary.h"
#include "kyc/report/curves.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

Cell group_cell(const VerificationResult& result,
                const std::string& species,
                const std::string& compression) {
  const auto found = result.attack_groups.find({species, compression});
  if (found == result.attack_groups.end()) return rate_cell(0, 0);
  return rate_cell(found->second.accepted, found->second.attempts, attack_tone(found->second));
}

Table acceptance_table(const VerificationResult& result) {
  Table out;
  out.id = "iapar";
  out.title = "Attacks that got in (IAPAR), by species and compression";
  out.note =
      "Share of the attempts that were accepted as the person attacked, with counts and 95 % interval "
      "(Clopper-Pearson, "
      "attempts taken as independent). Attempts left to a person for review did not get in.";
  out.columns = {{"species", false}, {"all", true}};
  for (const std::string& compression : result.compressions) out.columns.push_back({compression, true});
  for (const std::string& species : result.species) {
    std::vector<Cell> row{text_cell(species), group_cell(result, species, "")};
    for (const std::string& compression : result.compressions)
      row.push_back(group_cell(result, species, compression));
    out.rows.push_back(std::move(row));
  }
  std::vector<Cell> all{
      text_cell("all species"),
      rate_cell(result.attacks.accepted, result.attacks.attempts, attack_tone(result.attacks))};
  for (const std::string& compression : result.compressions)
    all.push_back(group_cell(result, "", compression));
  out.rows.push_back(std::move(all));
  return out;
}

Plot acceptance_map(const VerificationResult& result) {
  HeatPlot data;
  data.row_title = "species";
  data.column_title = "compression";
  data.rows = result.species;
  data.columns = result.compressions;
  for (const std::string& species : result.species)
    for (const std::string& compression : result.compressions) {
      const auto found = result.attack_groups.find({species, compression});
      const bool tried = found != result.attack_groups.end() && found->second.attempts > 0;
      data.values.push_back(tried ? std::optional(rate_of(found->second)) : std::nullopt);
      data.notes.push_back(tried ? count_text(found->second.accepted, found->second.attempts) : "");
    }
  return {"iapar_map",
          "IAPAR by species and compression",
          "Share of the attacks that got in; darker is worse.",
          data};
}

Plot acceptance_bars(const VerificationResult& result) {
  BarPlot data;
  data.x = {"share that got in", AxisScale::Linear, true, 0, 1};
  const auto add = [&](const std::string& label, const AttemptCounts& counts, Tone tone) {
    Bar bar{label, std::nullopt, std::nullopt, count_text(counts.accepted, counts.attempts), tone};
    if (counts.attempts > 0) {
      bar.value = rate_of(counts);
      bar.interval = clopper_pearson_interval(counts.accepted, counts.attempts);
    }
    data.bars.push_back(std::move(bar));
  };
  add("bona fide", result.mated, Tone::Good);
  if (result.non_mated.attempts > 0) add("zero-effort impostors", result.non_mated, Tone::Bad);
  for (const std::string& species : result.species)
    add(species, result.attack_groups.at({species, ""}), Tone::Bad);
  return {"accepted",
          "Who got in",
          "Share of the attempts that were accepted, with 95 % intervals: of bona fide people all should be, "
          "of the others none.",
          data};
}

Table bona_fide_table(const VerificationResult& result) {
  Table out;
  out.id = "bona_fide";
  out.title = "Bona fide people and impostors without disguise";
  out.columns = {
      {"who", false}, {"got in", true}, {"left to a person", true}, {"refused", true}, {"no answer", true}};
  const auto add = [&](const std::string& label, const AttemptCounts& counts) {
    out.rows.push_back({text_cell(label),
                        rate_cell(counts.accepted, counts.attempts),
                        count_cell(counts.review),
                        count_cell(counts.attempts - counts.accepted - counts.review),
                        count_cell(counts.no_answer)});
  };
  add("bona fide, with their own document", result.mated);
  for (const auto& [compression, counts] : result.mated_by_compression)
    if (!compression.empty()) add("of these, clips at " + compression, counts);
  add("impostors with somebody else's document", result.non_mated);
  return out;
}

Table stop_table(const VerificationResult& result) {
  std::map<std::string, std::uint64_t> all;
  if (const auto found = result.stopped_by.find(""); found != result.stopped_by.end()) all = found->second;
  Table out;
  out.id = "stopped_by";
  out.title = "What stopped the attacks: the weightiest reason";
  out.note = "Every attack that did not get in is counted once, under the weightiest of its reasons.";
  out.columns = {{"species", false}, {"stopped", true}};
  for (const auto& [reason, count] : all) out.columns.push_back({reason_in_words(reason), true});
  for (const auto& [species, reasons] : result.stopped_by) {
    std::uint64_t stopped = 0;
    for (const auto& [reason, count] : reasons) stopped += count;
    std::vector<Cell> row{text_cell(species.empty() ? "all species" : species), count_cell(stopped)};
    for (const auto& [reason, ignored] : all) {
      const auto found = reasons.find(reason);
      row.push_back(count_cell(found == reasons.end() ? 0 : found->second));
    }
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table layer_table(const VerificationResult& result) {
  Table out;
  out.id = "layers";
  out.title = "What each layer of the check noticed";
  out.note =
      "A layer that is the only one to notice an attack is what stands between that attack and success.";
  out.columns = {{"signal", false}, {"attacks noticed", true}, {"by this one alone", true}};
  const auto failed = result.failed.find("");
  if (failed == result.failed.end()) return out;
  for (const auto& [signal, count] : failed->second) {
    std::uint64_t alone = 0;
    if (const auto all = result.failed_alone.find(""); all != result.failed_alone.end())
      if (const auto found = all->second.find(signal); found != all->second.end()) alone = found->second;
    out.rows.push_back({text_cell(signal), rate_cell(count, result.attacks.attempts), count_cell(alone)});
  }
  return out;
}

std::vector<double> scores_of(const std::vector<DecisionTrial>& trials,
                              AttemptKind kind,
                              std::optional<double> DecisionTrial::*score) {
  std::vector<double> out;
  for (const DecisionTrial& trial : trials)
    if (trial.kind == kind && trial.*score) out.push_back(*(trial.*score));
  return out;
}

Section score_section(const std::vector<DecisionTrial>& trials,
                      const VerificationResult& result,
                      const std::optional<TandemThresholds>& thresholds) {
  Section out{"Scores", {}, false};
  const auto set = [&](const char* name, AttemptKind kind, std::optional<double> DecisionTrial::*score) {
    return NamedScores{name, scores_of(trials, kind, score)};
  };
  std::vector<NamedScores> similarity{set("bona fide", AttemptKind::Mated, &DecisionTrial::similarity),
                                      set("impostors", AttemptKind::NonMated, &DecisionTrial::similarity),
                                      set("attacks", AttemptKind::Attack, &DecisionTrial::similarity)};
  std::vector<NamedScores> attack{set("bona fide", AttemptKind::Mated, &DecisionTrial::attack_score),
                                  set("attacks", AttemptKind::Attack, &DecisionTrial::attack_score)};
  std::vector<NamedThreshold> same, called;
  if (thresholds) {
    same.push_back({"accepted from here", thresholds->similarity});
    called.push_back({"attack from here", thresholds->attack_score});
  }
  const auto any = [](const std::vector<NamedScores>& sets) {
    return std::any_of(sets.begin(), sets.end(), [](const NamedScores& s) { return !s.scores.empty(); });
  };
  if (any(similarity))
    out.blocks.emplace_back(histogram_plot(
        "similarity", "Similarity of selfie and document", "similarity", similarity, same, 40));
  if (any(attack))
    out.blocks.emplace_back(
        histogram_plot("attack_score", "Attack scores", "attack score", attack, called, 40));
  if (!attack[0].scores.empty() && !attack[1].scores.empty()) {
    const std::vector<NamedCurve> curves{
        {"attack detector", error_curve(attack[1].scores, attack[0].scores)}};
    out.blocks.emplace_back(
        det_plot("detector_det", "The attack detector by itself", curves, attack_rate_names()));
  }
  if (!result.tandem) return out;
  const TandemResult& tandem = *result.tandem;
  const Support all = fewest_attempts(result);
  const Support genuine = Support::of_trials(result.mated.attempts, "bona fide attempts");
  const Support attacked = Support::of_trials(result.attacks.attempts, "attacks");
  const auto cost = [&](const std::optional<double>& value) {
    return value ? figure_cell(*value, all) : text_cell("not defined", Tone::Doubt);
  };
  out.blocks.emplace_back(Table{
      "tandem",
      "Recogniser and attack detector together",
      "Tandem detection cost function, version 2, with the priors and costs of ASVspoof "
      "(docs/metrics.md): 1 is the cost of the "
      "better of a detector that accepts everything and one that refuses everything. Not defined where "
      "nothing is left to decide.",
      {{"figure", false}, {"value", true}},
      {{text_cell("recogniser: FMR of impostors"),
        percent_cell(tandem.recogniser.fmr, Support::of_trials(result.non_mated.attempts, "impostors"))},
       {text_cell("recogniser: FNMR of bona fide people"), percent_cell(tandem.recogniser.fnmr, genuine)},
       {text_cell("recogniser: share of attacks it accepts"),
        percent_cell(tandem.recogniser.attack_acceptance, attacked)},
       {text_cell("attack detector: APCER, species pooled"), percent_cell(tandem.apcer, attacked)},
       {text_cell("attack detector: BPCER"), percent_cell(tandem.bpcer, genuine)},
       {text_cell("t-DCF at these thresholds"), cost(tandem.actual)},
       {text_cell("lowest t-DCF"), cost(tandem.minimal)}},
      1});
  return out;
}

std::string sheet_caption(const DecisionTrial& trial) {
  std::string out = trial.selfie.sample;
  if (trial.selfie.attack)
    out = trial.selfie.species + (trial.selfie.compression.empty() ? "" : " " + trial.selfie.compression);
  out += "\nclaims " + trial.claimed;
  if (trial.similarity) out += "\nsimilarity " + number_text(*trial.similarity, 3);
  if (trial.attack_score) out += ", attack score " + number_text(*trial.attack_score, 3);
  if (!trial.accepted() && !trial.reasons.empty()) out += "\n" + trial.reasons.front();
  return out;
}

// The attempts of one kind of error, the most surprising first.
void add_sheet(Section& section,
               const std::vector<DecisionTrial>& trials,
               const VerificationPageOptions& options,
               AttemptKind kind,
               bool accepted,
               const std::string& id,
               const std::string& title,
               const std::string& caption) {
  std::vector<const DecisionTrial*> wrong;
  for (const DecisionTrial& trial : trials)
    if (trial.kind == kind && !trial.verdict.empty() && trial.accepted() == accepted) wrong.push_back(&trial);
  if (wrong.empty()) return;
  std::stable_sort(wrong.begin(), wrong.end(), [&](const DecisionTrial* a, const DecisionTrial* b) {
    const double left = a->similarity.value_or(-1);
    const double right = b->similarity.value_or(-1);
    return accepted ? left > right : left < right;
  });
  std::vector<SheetCandidate> candidates;
  for (const DecisionTrial* trial : wrong)
    candidates.push_back({[&options, trial] { return options.pictures(*trial); }, sheet_caption(*trial)});
  if (auto sheet = worst_errors(id, title, caption, candidates, options.worst))
    section.blocks.emplace_back(std::move(*sheet));
}

}  // namespace

Report verification_page(const std::vector<DecisionTrial>& trials, const VerificationPageOptions& options) {
  const VerificationResult result = verification_result(trials, options.thresholds);
  Report out;
  out.protocol = "verification";
  out.title = "Who gets past " + options.system;
  out.summary = verification_summary(result);
  out.figures = verification_figures(result);
  Section who{"Who got in", {}, false};
  who.blocks.emplace_back(acceptance_bars(result));
  if (!result.compressions.empty() && !result.species.empty())
    who.blocks.emplace_back(acceptance_map(result));
  if (!result.species.empty()) who.blocks.emplace_back(acceptance_table(result));
  who.blocks.emplace_back(bona_fide_table(result));
  out.sections.push_back(std::move(who));
  if (!result.stopped_by.empty())
    out.sections.push_back({"What stopped the others", {stop_table(result), layer_table(result)}, false});
  if (options.pictures) {
    Section worst{"The worst errors", {}, false};
    add_sheet(worst,
              trials,
              options,
              AttemptKind::Attack,
              true,
              "attacks_in",
              "Attacks that got in",
              "Document and a frame of the selfie, the most alike first.");
    add_sheet(worst,
              trials,
              options,
              AttemptKind::NonMated,
              true,
              "impostors_in",
              "Impostors that got in",
              "Document and a frame of the selfie, the most alike first.");
    add_sheet(worst,
              trials,
              options,
              AttemptKind::Mated,
              false,
              "bona_fide_out",
              "Bona fide people who did not get in",
              "Document and a frame of the selfie, the least alike first.");
    if (!worst.blocks.empty()) out.sections.push_back(std::move(worst));
  }
  Section scores = score_section(trials, result, options.thresholds);
  if (!scores.blocks.empty()) out.sections.push_back(std::move(scores));
  out.attachments.push_back(
      {"scores/decisions.csv", "every decision as CSV", "decisions", decisions_csv(trials)});
  return out;
}

}  // namespace kyc::cli
