// kyclops metrics identification | tandem: searches in a gallery, and recogniser and detector together.

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/metrics_page.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/metrics/interval.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/support.h"
#include "kyc/metrics/tandem.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFpirs[] = {1e-1, 1e-2, 1e-3};

struct MetricsMoreFlags {
  std::string file;
  std::string calibration;
  std::optional<double> threshold;
  std::optional<double> detector_threshold;
  EvaluationOptions end;
};

bool has_mate(const GallerySearch& search) {
  return !search.mated.empty();
}

// Of so many searches, from a share of them.
Json share_json(double share, std::ptrdiff_t trials) {
  return rate_json(static_cast<std::uint64_t>(std::llround(share * static_cast<double>(trials))),
                   static_cast<std::uint64_t>(trials));
}

// FPIR of the searches without a mate and FNIR of those with one, whichever there are.
Json searches_at_json(const std::vector<GallerySearch>& searches, double threshold) {
  const auto mates = std::count_if(searches.begin(), searches.end(), has_mate);
  const auto strangers = static_cast<std::ptrdiff_t>(searches.size()) - mates;
  Json out = {{"threshold", threshold}};
  if (strangers > 0) out["fpir"] = share_json(fpir_at(searches, threshold), strangers);
  if (mates > 0) {
    out["fnir"] = share_json(fnir_at(searches, threshold), mates);
    out["fnir_rank_1"] = share_json(fnir_at(searches, threshold, 1), mates);
  }
  return out;
}

// Rates of an object of searches_at_json as figures.
void add_search_figures(Report& report, const Json& at, const std::string& suffix, const Support& setting) {
  for (const auto& [key, meaning] :
       {std::pair("fpir", "searches without a mate that return somebody"),
        std::pair("fnir", "searches with a mate that do not return it"),
        std::pair("fnir_rank_1", "searches with a mate that do not return it first")}) {
    const auto found = at.find(key);
    if (found == at.end()) continue;
    Figure figure = rate_figure(std::string(key) + "@" + suffix,
                                meaning,
                                (*found)["errors"].get<std::uint64_t>(),
                                (*found)["trials"].get<std::uint64_t>());
    figure.support = figure.support && setting;
    report.figures.push_back(std::move(figure));
  }
}

void add_rank_figures(Report& report, const std::vector<double>& cmc, std::uint64_t mates) {
  for (const std::size_t rank : {1U, 5U, 10U, 50U, 100U}) {
    if (rank > 1 && rank > cmc.size()) break;
    const auto found = static_cast<std::uint64_t>(
        std::llround(cmc[std::min(rank, cmc.size()) - 1] * static_cast<double>(mates)));
    report.figures.push_back(
        share_figure("rank_" + std::to_string(rank),
                     "searches that find the person among the first " + std::to_string(rank),
                     found,
                     mates));
  }
}

// FNIR against FPIR at every best score there is.
Plot open_set_plot(const std::vector<GallerySearch>& searches) {
  std::vector<double> limits;
  for (const double decade : {1e-4, 1e-3, 1e-2, 1e-1})
    for (const double digit : {1.0, 1.5, 2.0, 3.0, 5.0, 7.0}) limits.push_back(decade * digit);
  limits.push_back(1);
  const auto strangers = std::count_if(
      searches.begin(), searches.end(), [](const GallerySearch& search) { return !has_mate(search); });
  LinePlot data;
  Series series{"searches", {}, true, false};
  double low = 1;
  for (const double limit : limits) {
    if (limit * static_cast<double>(strangers) < 1) continue;
    const IdentificationPoint point = fnir_at_fpir(searches, limit);
    series.points.push_back({limit, point.fnir, std::nullopt});
    low = std::min(low, limit);
  }
  data.series.push_back(std::move(series));
  data.x = {"FPIR at most", AxisScale::Log10, true, low < 1 ? low : 0.1, 1};
  data.y = {"FNIR", AxisScale::Linear, true, 0, 1};
  return {"fnir",
          "Open set: FNIR at FPIR",
          "Share of the searches with a mate that do not return it, where at most so many searches without a "
          "mate return somebody; lower is better.",
          std::move(data)};
}

std::vector<NamedScores> best_scores(const std::vector<GallerySearch>& searches) {
  NamedScores mates{"the person searched for", {}}, others{"best of the others", {}};
  for (const GallerySearch& search : searches) {
    if (!search.mated.empty())
      mates.scores.push_back(*std::max_element(search.mated.begin(), search.mated.end()));
    if (!search.non_mated.empty())
      others.scores.push_back(*std::max_element(search.non_mated.begin(), search.non_mated.end()));
  }
  std::vector<NamedScores> out{std::move(mates), std::move(others)};
  std::erase_if(out, [](const NamedScores& set) { return set.scores.empty(); });
  return out;
}

int metrics_identification(const MetricsMoreFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const std::vector<GallerySearch> searches = read_searches(options.file);
  const std::vector<GallerySearch> setting =
      options.calibration.empty() ? searches : read_searches(options.calibration);
  const auto mates = std::count_if(searches.begin(), searches.end(), has_mate);
  const auto strangers = static_cast<std::ptrdiff_t>(searches.size()) - mates;
  const auto can_set = std::count_if(setting.begin(), setting.end(), has_mate);
  const auto setters = static_cast<std::ptrdiff_t>(setting.size()) - can_set;
  Report report = metrics_report(
      "metrics identification", "Searches in a gallery", {options.file, options.calibration}, global);
  Json out = {{"file", options.file}, {"with_mate", mates}, {"without_mate", strangers}};
  Section curves{"Curves", {}, false};
  if (mates > 0) {
    const std::vector<double> cmc = cumulative_match(searches);
    out["rank_1"] = cmc.front();
    out["rank_1_interval"] = share_json(cmc.front(), mates)["interval"];
    out["cmc"] = cmc;
    add_rank_figures(report, cmc, static_cast<std::uint64_t>(mates));
    const std::vector<NamedCmc> named{{"searches", cmc}};
    curves.blocks.emplace_back(cmc_plot("cmc", "CMC", named));
  }
  out["thresholds_from"] = options.calibration.empty() ? options.file : options.calibration;
  std::vector<NamedThreshold> thresholds;
  if (can_set > 0 && setters > 0) {
    Json points;
    for (const double max_fpir : kFpirs) {
      const IdentificationPoint set = fnir_at_fpir(setting, max_fpir);
      const Json at = searches_at_json(searches, set.threshold);
      points[rate_text(max_fpir)] = at;
      add_search_figures(
          report,
          at,
          "fpir" + rate_text(max_fpir),
          Support::of_rate(static_cast<std::uint64_t>(std::llround(set.fpir * static_cast<double>(setters))),
                           static_cast<std::uint64_t>(setters),
                           max_fpir));
      thresholds.push_back({"FPIR " + rate_text(max_fpir), set.threshold});
    }
    out["fnir_at_fpir"] = points;
  } else if (!options.calibration.empty()) {
    throw Error(ErrorCode::Corrupt,
                options.calibration + ": expected searches with and without a mate to set thresholds on");
  }
  if (options.threshold) {
    out["at_threshold"] = searches_at_json(searches, *options.threshold);
    add_search_figures(
        report, out["at_threshold"], "threshold", Support::stated(true, "the threshold was given"));
    thresholds.push_back({"--threshold", *options.threshold});
  }
  report.summary.push_back({std::to_string(mates) + " searches for people who are enrolled, and " +
                                std::to_string(strangers) + " for people who are not.",
                            Tone::Plain});
  add_sentence(report, "Found at rank 1", "rank_1");
  add_sentence(report, "Not found (FNIR) at the threshold for FPIR 1e-2", "fnir@fpir1e-2");
  if (mates > 0 && strangers > 0) curves.blocks.emplace_back(open_set_plot(searches));
  curves.blocks.emplace_back(histogram_plot(
      "scores", "Best scores of every search", "similarity", best_scores(searches), thresholds, 40));
  report.sections.push_back(std::move(curves));
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

// Where the thresholds of both parts come from: other trials, or these, or the user.
struct TandemSetting {
  TandemScores scores;
  double recogniser = 0;
  ErrorCurve detector;

  TandemSetting(const std::string& file, const std::optional<double>& threshold)
      : scores(read_tandem_scores(file)),
        recogniser(threshold.value_or(
            equal_error_rate(error_curve(scores.mated, scores.non_mated)).nearest.threshold)),
        detector(error_curve(scores.attack_attack_scores, scores.bona_fide_attack_scores)) {}

  RecogniserRates rates_at(double threshold) const {
    return recogniser_rates_at(scores.mated, scores.non_mated, scores.attacks, threshold);
  }
};

// Of the detector at a threshold that was set without these trials.
Json actual_cost_json(const TandemSetting& trials,
                      const RecogniserRates& rates,
                      double threshold,
                      TandemVersion version) {
  const std::vector<double>& attacks = trials.scores.attack_attack_scores;
  const std::vector<double>& bona_fide = trials.scores.bona_fide_attack_scores;
  const std::size_t refused = count_at_least(bona_fide, threshold);
  const std::size_t passed = attacks.size() - count_at_least(attacks, threshold);
  const double apcer = static_cast<double>(passed) / static_cast<double>(attacks.size());
  const double bpcer = static_cast<double>(refused) / static_cast<double>(bona_fide.size());
  return {{"value", tandem_cost(rates, apcer, bpcer, version)},
          {"threshold", threshold},
          {"apcer", rate_json(passed, attacks.size())},
          {"bpcer", rate_json(refused, bona_fide.size())}};
}

Report tandem_report(const TandemSetting& trials,
                     const TandemSetting& setting,
                     const RecogniserRates& rates,
                     const Json& object,
                     const MetricsMoreFlags& options,
                     const GlobalOptions& global) {
  Report out = metrics_report("metrics tandem",
                              "Recogniser and attack detector together",
                              {options.file, options.calibration},
                              global);
  const auto& scores = trials.scores;
  const Support all =
      Support::of_trials(std::min({scores.mated.size(), scores.non_mated.size(), scores.attacks.size()}),
                         "trials of the rarest kind");
  for (const auto& [key, value] : object.items())
    if (key.starts_with("min_t_dcf") || key.starts_with("act_t_dcf"))
      out.figures.push_back(value_figure(key,
                                         key.starts_with("min")
                                             ? "tandem cost at the detector's best threshold"
                                             : "tandem cost at a threshold set before",
                                         value["value"].get<double>(),
                                         all));
  const auto rate = [&](const char* key, const char* meaning, double share, std::size_t count) {
    out.figures.push_back(rate_figure(
        key, meaning, static_cast<std::uint64_t>(std::llround(share * static_cast<double>(count))), count));
  };
  rate("fmr", "recogniser: non-mated accepted", rates.fmr, scores.non_mated.size());
  rate("fnmr", "recogniser: mated not accepted", rates.fnmr, scores.mated.size());
  rate("attack_acceptance", "recogniser: attacks accepted", rates.attack_acceptance, scores.attacks.size());
  const ErrorCurve recogniser = error_curve(scores.mated, scores.non_mated);
  const auto eer = [&](const char* key, const ErrorCurve& curve) {
    const EqualErrorRate equal = equal_error_rate(curve);
    out.figures.push_back(
        value_figure(key, "equal error rate by itself", equal.value, support_at(curve, equal.nearest)));
  };
  eer("recogniser_eer", recogniser);
  eer("detector_eer", trials.detector);
  out.summary.push_back(
      {std::to_string(scores.mated.size()) + " mated trials, " + std::to_string(scores.non_mated.size()) +
           " non-mated ones and " + std::to_string(scores.attacks.size()) +
           " attacks; 1 is the cost of the better of a detector that accepts everything and "
           "one that refuses everything.",
       Tone::Plain});
  for (const char* key : {"act_t_dcf_v2", "min_t_dcf_v2"})
    add_sentence(out, std::string(key).starts_with("act") ? "t-DCF" : "Lowest t-DCF", key);
  Section curves{"Curves", {}, false};
  const std::vector<NamedCurve> of_recogniser{{"recogniser", recogniser}};
  const std::vector<NamedCurve> of_detector{{"detector", trials.detector}};
  curves.blocks.emplace_back(det_plot("det_recogniser", "The recogniser by itself", of_recogniser));
  curves.blocks.emplace_back(
      det_plot("det_detector", "The attack detector by itself", of_detector, attack_rate_names()));
  const std::vector<NamedScores> similarities{
      {"mated", scores.mated}, {"non-mated", scores.non_mated}, {"attacks", scores.attacks}};
  const std::vector<NamedScores> attack_scores{{"bona fide", scores.bona_fide_attack_scores},
                                               {"attacks", scores.attack_attack_scores}};
  const std::vector<NamedThreshold> accepted{{"accepted from here", setting.recogniser}};
  curves.blocks.emplace_back(
      histogram_plot("similarities", "Similarities", "similarity", similarities, accepted, 40));
  curves.blocks.emplace_back(
      histogram_plot("attack_scores", "Attack scores", "attack score", attack_scores, {}, 40));
  out.sections.push_back(std::move(curves));
  return out;
}

int metrics_tandem(const MetricsMoreFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const TandemSetting trials(options.file, options.threshold);
  std::optional<TandemSetting> other;
  if (!options.calibration.empty()) other.emplace(options.calibration, options.threshold);
  const TandemSetting& setting = other ? *other : trials;
  const RecogniserRates rates = trials.rates_at(setting.recogniser);
  const auto& scores = trials.scores;
  Json out = {{"file", options.file},
              {"thresholds_from", other ? options.calibration : options.file},
              {"recogniser",
               {{"threshold", setting.recogniser},
                {"fmr", rates.fmr},
                {"fnmr", rates.fnmr},
                {"attack_acceptance", rates.attack_acceptance},
                {"eer", equal_error_rate(error_curve(scores.mated, scores.non_mated)).value}}},
              {"detector_eer", equal_error_rate(trials.detector).value}};
  for (const auto& [name, version] : {std::pair<std::string, TandemVersion>("t_dcf_v1", TandemVersion::V1),
                                      {"t_dcf_v2", TandemVersion::V2}}) {
    const MinimalTandemCost least = minimal_tandem_cost(rates, trials.detector, version);
    out["min_" + name] = {{"value", least.value},
                          {"threshold", least.point.threshold},
                          {"apcer", least.point.fnmr},
                          {"bpcer", least.point.fmr}};
    std::optional<double> fixed = options.detector_threshold;
    if (!fixed && other)
      fixed =
          minimal_tandem_cost(other->rates_at(setting.recogniser), other->detector, version).point.threshold;
    if (fixed) out["act_" + name] = actual_cost_json(trials, rates, *fixed, version);
  }
  Report report = tandem_report(trials, setting, rates, out, options, global);
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

}  // namespace

void add_metrics_more(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name,
                       const std::string& description,
                       int (*run)(const MetricsMoreFlags&, const GlobalOptions&)) {
    return add_metrics_command(*metrics, name, description, run, global, chosen);
  };
  const auto [search_command, search] =
      add("identification",
          "One-to-many searches: columns probe, mated (1 or 0), score; reference",
          metrics_identification);
  search_command->add_option("--threshold", search->threshold, "Also report the rates at this threshold");
  search_command->add_option(
      "--calibrate", search->calibration, "Searches on which the thresholds are set: the normal way");

  const auto [tandem_command, both] =
      add("tandem",
          "Recogniser and detector: columns kind (mated, non_mated, attack), similarity, attack_score",
          metrics_tandem);
  tandem_command->add_option(
      "--threshold", both->threshold, "Of the recogniser; the one at its EER if not given");
  tandem_command->add_option("--detector-threshold",
                             both->detector_threshold,
                             "Of the detector: the actual cost, beside the least one that is possible");
  tandem_command->add_option("--calibrate",
                             both->calibration,
                             "Trials on which both thresholds are set (EER; least cost): the normal way");
}

}  // namespace kyc::cli
