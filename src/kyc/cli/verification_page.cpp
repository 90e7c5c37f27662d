#include "kyc/cli/verification_page.h"

#include <algorithm>
#include <map>

#include "kyc/core/error.h"
#include "kyc/report/curves.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

double rate_of(const AttemptCounts& counts) {
  return counts.attempts == 0 ? 0
                              : static_cast<double>(counts.accepted) / static_cast<double>(counts.attempts);
}

Tone attack_tone(const AttemptCounts& counts) {
  return counts.attempts == 0 ? Tone::Plain : counts.accepted == 0 ? Tone::Good : Tone::Bad;
}

std::string people(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string rate_with_interval(const AttemptCounts& counts) {
  return percent_text(rate_of(counts)) + ", 95 % interval " +
         interval_text(clopper_pearson_interval(counts.accepted, counts.attempts));
}

// "a (3), b (2), c (1)", most frequent first.
std::string by_frequency(const std::map<std::string, std::uint64_t>& counts, std::size_t at_most) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (std::size_t i = 0; i < std::min(at_most, sorted.size()); ++i)
    out += (i == 0 ? "" : ", ") + reason_in_words(sorted[i].first) + " (" + std::to_string(sorted[i].second) +
           ")";
  if (sorted.size() > at_most) out += ", and others";
  return out;
}

std::vector<Sentence> summary_of(const VerificationResult& result) {
  std::vector<Sentence> out;
  if (result.mated.attempts > 0) {
    std::string text = std::to_string(result.mated.accepted) + " of " +
                       people(result.mated.attempts, "bona fide attempt", "bona fide attempts") +
                       " got in (" + rate_with_interval(result.mated) + ")";
    if (const std::uint64_t refused = result.mated.attempts - result.mated.accepted; refused > 0) {
      text += "; ";
      if (result.mated.review > 0)
        text += std::to_string(result.mated.review) + " left to a person, " +
                std::to_string(refused - result.mated.review) + " refused";
      else
        text += std::to_string(refused) + " refused";
      text += ": " + by_frequency(result.mated_reasons, 3);
    }
    out.push_back({text + ".", result.mated.accepted == result.mated.attempts ? Tone::Good : Tone::Plain});
  } else {
    out.push_back(
        {"No bona fide attempt could be made: the data holds no second recording or document of anybody.",
         Tone::Doubt});
  }
  if (result.attacks.attempts == 0) {
    out.push_back({"No attack was tried.", Tone::Doubt});
    return out;
  }
  out.push_back({std::to_string(result.attacks.accepted) + " of " +
                     people(result.attacks.attempts, "attack", "attacks") + " got in (" +
                     rate_with_interval(result.attacks) + ").",
                 attack_tone(result.attacks)});
  std::string species;
  for (const std::string& name : result.species) {
    const AttemptCounts& counts = result.attack_groups.at({name, ""});
    species += (species.empty() ? "" : ", ") + name + " " + count_text(counts.accepted, counts.attempts);
  }
  out.push_back({"Attacks that got in, by species: " + species + ".", Tone::Plain});
  if (!result.compressions.empty()) {
    std::string compressions;
    for (const std::string& name : result.compressions) {
      const auto found = result.attack_groups.find({"", name});
      if (found == result.attack_groups.end()) continue;
      compressions += (compressions.empty() ? "" : ", ") + name + " " +
                      count_text(found->second.accepted, found->second.attempts);
    }
    if (!compressions.empty())
      out.push_back({"Attacks that got in, by compression: " + compressions + ".", Tone::Plain});
  }
  if (const auto found = result.stopped_by.find(""); found != result.stopped_by.end())
    out.push_back({"The other " + std::to_string(result.attacks.attempts - result.attacks.accepted) +
                       " were stopped by: " + by_frequency(found->second, 4) + ".",
                   Tone::Plain});
  if (result.non_mated.attempts > 0)
    out.push_back({std::to_string(result.non_mated.accepted) + " of " +
                       people(result.non_mated.attempts, "impostor", "impostors") +
                       " who came with somebody else's document and their own face got in.",
                   result.non_mated.accepted == 0 ? Tone::Good : Tone::Bad});
  if (result.people < 30 || !satisfies_rule_of_thirty(result.attacks.accepted))
    out.push_back({"The attempts are of " + people(result.people, "person", "people") +
                       " only: the intervals take attempts as independent, so the true ones are wider. This "
                       "shows how the "
                       "check fails, not how often it would in use.",
                   Tone::Doubt});
  const std::uint64_t failures =
      result.mated.no_answer + result.attacks.no_answer + result.non_mated.no_answer;
  if (failures > 0)
    out.push_back(
        {people(failures, "attempt", "attempts") + " got no answer at all and are in none of these rates.",
         Tone::Doubt});
  return out;
}

// Of costs and shares that all three kinds of attempts go into.
Support fewest_attempts(const VerificationResult& result) {
  return Support::of_trials(
      std::min({result.mated.attempts, result.non_mated.attempts, result.attacks.attempts}),
      "attempts of the rarest kind");
}

std::vector<Figure> figures_of(const VerificationResult& result) {
  std::vector<Figure> out;
  AttemptCounts worst;
  if (!result.worst_species.empty()) worst = result.attack_groups.at({result.worst_species, ""});
  out.push_back(rate_figure("iapar",
                            "impostor attack presentation accept rate of the worst species" +
                                (result.worst_species.empty() ? "" : ": " + result.worst_species),
                            worst.accepted,
                            worst.attempts));
  out.push_back(rate_figure(
      "iapar_pooled", "share of all attacks that got in", result.attacks.accepted, result.attacks.attempts));
  for (const auto& [group, counts] : result.attack_groups) {
    const std::string name =
        group.species + (group.species.empty() || group.compression.empty() ? "" : ",") + group.compression;
    out.push_back(rate_figure(
        "iapar[" + name + "]", "share of these attacks that got in", counts.accepted, counts.attempts));
  }
  const std::uint64_t refused = result.mated.attempts - result.mated.accepted;
  out.push_back(rate_figure(
      "frr", "bona fide attempts that did not get in, review included", refused, result.mated.attempts));
  for (const auto& [compression, counts] : result.mated_by_compression)
    if (!compression.empty())
      out.push_back(rate_figure("frr[" + compression + "]",
                                "the same of these clips",
                                counts.attempts - counts.accepted,
                                counts.attempts));
  out.push_back(rate_figure(
      "review_rate", "bona fide attempts left to a person", result.mated.review, result.mated.attempts));
  out.push_back(rate_figure(
      "far", "zero-effort impostors that got in", result.non_mated.accepted, result.non_mated.attempts));
  std::optional<double> riapar;
  if (worst.attempts > 0 && result.mated.attempts > 0)
    riapar = rate_of(worst) + static_cast<double>(refused) / static_cast<double>(result.mated.attempts);
  out.push_back(value_figure(
      "riapar",
      "IAPAR of the worst species + FRR (ISO/IEC 30107-3:2023)",
      riapar,
      Support::of_rate(worst.accepted, worst.attempts) && Support::of_rate(refused, result.mated.attempts)));
  if (result.tandem) {
    out.push_back(value_figure(
        "t_dcf",
        "tandem detection cost of recogniser and attack detector, version 2, at their thresholds",
        result.tandem->actual,
        fewest_attempts(result)));
    out.push_back(value_figure("min_t_dcf",
                               "the same at the best threshold of the detector",
                               result.tandem->minimal,
                               fewest_attempts(result)));
  }
  if (result.timed > 0) {
    out.push_back(value_figure("median_s",
                               "seconds per decision, median",
                               result.median_s,
                               Support::of_trials(result.timed, "timed decisions")));
    out.push_back(value_figure("p95_s",
                               "seconds per decision, 95th percentile",
                               result.p95_s,
                               Support::of_rate(result.timed / 20, result.timed)));
  }
  return out;
}

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

std::string reason_in_words(const std::string& code) {
  static const std::map<std::string, std::string> kWords{
      {"different_person", "the face is not that of the document"},
      {"similarity_doubtful", "the faces are not alike enough (review)"},
      {"presentation_attack", "looks like a picture or screen"},
      {"deepfake", "the face looks forged"},
      {"still_picture", "a still picture"},
      {"no_head_movement", "the head does not move (review)"},
      {"selfie_identity_change", "the person changes in the clip"},
      {"selfie_second_face", "a second person in the clip"},
      {"selfie_no_face", "no face in the clip"},
      {"selfie_face_lost", "the face is lost in the clip"},
      {"selfie_face_small", "the face in the clip is small (review)"},
      {"selfie_too_short", "the clip is too short"},
      {"selfie_too_long", "the clip is too long"},
      {"selfie_single_frame", "a single picture, not a clip"},
      {"selfie_unreadable", "the clip is unreadable"},
      {"selfie_damaged", "the clip is damaged (review)"},
      {"document_unreadable", "the document is unreadable"},
      {"document_no_face", "no face on the document"},
      {"document_two_faces", "two people on the document"},
      {"document_face_small", "the document's portrait is small (review)"}};
  const auto found = kWords.find(code);
  return found == kWords.end() ? code : found->second;
}

Report verification_page(const std::vector<DecisionTrial>& trials, const VerificationPageOptions& options) {
  const VerificationResult result = verification_result(trials, options.thresholds);
  Report out;
  out.protocol = "verification";
  out.title = "Who gets past " + options.system;
  out.summary = summary_of(result);
  out.figures = figures_of(result);
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
