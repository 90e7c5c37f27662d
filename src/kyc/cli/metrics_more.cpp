// kyclops metrics identification|tandem|morph|attribution: the figures of score files of special kinds.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/metrics/attribution.h"
#include "kyc/metrics/interval.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/tandem.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFpirs[] = {1e-1, 1e-2, 1e-3};
constexpr std::size_t kFewTrials = 30;

struct MetricsMoreFlags {
  std::string file;
  std::string calibration;
  std::optional<double> threshold;
  std::optional<double> detector_threshold;
  double fnmr = 0;
  double fmr = 1e-3;
  std::vector<std::string> thresholds;
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

// Its rates stand on too few errors.
bool rates_carried(const Json& at) {
  return (!at.contains("fpir") || at["fpir"]["carried"].get<bool>()) &&
         (!at.contains("fnir") || at["fnir"]["carried"].get<bool>());
}

int identification(const MetricsMoreFlags& options, const GlobalOptions& global) {
  const std::vector<GallerySearch> searches = read_searches(options.file);
  const std::vector<GallerySearch> setting =
      options.calibration.empty() ? searches : read_searches(options.calibration);
  const auto mates = std::count_if(searches.begin(), searches.end(), has_mate);
  const auto strangers = static_cast<std::ptrdiff_t>(searches.size()) - mates;
  const auto can_set = std::count_if(setting.begin(), setting.end(), has_mate);
  Json not_carried = Json::array();
  Json out = {{"file", options.file}, {"with_mate", mates}, {"without_mate", strangers}};
  if (mates > 0) {
    const std::vector<double> cmc = cumulative_match(searches);
    out["rank_1"] = cmc.front();
    out["rank_1_interval"] = share_json(cmc.front(), mates)["interval"];
    out["cmc"] = cmc;
    if (!satisfies_rule_of_thirty(
            static_cast<std::uint64_t>(std::llround((1 - cmc.front()) * static_cast<double>(mates)))))
      not_carried.push_back("rank_1");
  }
  out["thresholds_from"] = options.calibration.empty() ? options.file : options.calibration;
  if (can_set > 0 && can_set < static_cast<std::ptrdiff_t>(setting.size())) {
    Json points;
    for (const double max_fpir : kFpirs) {
      const Json at = searches_at_json(searches, fnir_at_fpir(setting, max_fpir).threshold);
      points[rate_text(max_fpir)] = at;
      if (!rates_carried(at)) not_carried.push_back("fnir_at_fpir." + rate_text(max_fpir));
    }
    out["fnir_at_fpir"] = points;
  } else if (!options.calibration.empty()) {
    throw Error(ErrorCode::Corrupt,
                options.calibration + ": expected searches with and without a mate to set thresholds on");
  }
  if (options.threshold) out["at_threshold"] = searches_at_json(searches, *options.threshold);
  out["not_carried"] = not_carried;
  print_object(out, global.json);
  return kDone;
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

int tandem(const MetricsMoreFlags& options, const GlobalOptions& global) {
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
  Json not_carried = Json::array();
  const bool few =
      std::min({scores.mated.size(), scores.non_mated.size(), scores.attacks.size()}) < kFewTrials;
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
    if (few) not_carried.push_back("min_" + name);
    if (few && fixed) not_carried.push_back("act_" + name);
  }
  out["not_carried"] = not_carried;
  print_object(out, global.json);
  return kDone;
}

// "name=0.4" for one recogniser, "0.4" for all that are not named.
void set_thresholds(const std::vector<std::string>& texts, std::vector<RecogniserAttempts>& recognisers) {
  std::vector<bool> done(recognisers.size(), false);
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
    double value = 0;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failure != std::errc() || end != number.data() + number.size() || std::isnan(value))
      throw Error(ErrorCode::InvalidArgument, "--threshold: expected T or RECOGNISER=T, got '" + text + "'");
    for (std::size_t i = 0; i < recognisers.size(); ++i) {
      if (equals == std::string::npos ? done[i] : recognisers[i].recogniser != name) continue;
      recognisers[i].threshold = value;
      done[i] = true;
    }
  }
  for (std::size_t i = 0; i < recognisers.size(); ++i)
    if (!done[i])
      throw Error(ErrorCode::InvalidArgument,
                  "--threshold: none for recogniser '" + recognisers[i].recogniser + "'");
}

// From bona fide comparisons at an FMR: the thresholds, and what each recogniser's FNMR is there.
std::vector<double> calibrate(const MetricsMoreFlags& options, std::vector<RecogniserAttempts>& recognisers) {
  const std::map<std::string, ComparisonScores> comparisons = read_recogniser_scores(options.calibration);
  std::vector<double> fnmr;
  for (RecogniserAttempts& one : recognisers) {
    const auto found = comparisons.find(one.recogniser);
    if (found == comparisons.end())
      throw Error(
          ErrorCode::Corrupt,
          options.calibration + ": expected comparisons of recogniser '" + one.recogniser + "', got none");
    const OperatingPoint point =
        fnmr_at_fmr(error_curve(found->second.mated, found->second.non_mated), options.fmr);
    one.threshold = point.threshold;
    fnmr.push_back(point.fnmr);
  }
  return fnmr;
}

int morph(const MetricsMoreFlags& options, const GlobalOptions& global) {
  if (options.thresholds.empty() == options.calibration.empty())
    throw Error(ErrorCode::InvalidArgument,
                "metrics morph: expected --threshold or --calibrate, one of them");
  std::vector<RecogniserAttempts> recognisers = read_morph_attempts(options.file);
  std::vector<double> fnmr(recognisers.size(), options.fnmr);
  if (options.calibration.empty())
    set_thresholds(options.thresholds, recognisers);
  else
    fnmr = calibrate(options, recognisers);
  Json each = Json::array();
  Json not_carried = Json::array();
  for (std::size_t i = 0; i < recognisers.size(); ++i) {
    const RecogniserAttempts& one = recognisers[i];
    const double rate = mmpmr(one.morphs, one.threshold);
    const Json counted = share_json(rate, static_cast<std::ptrdiff_t>(one.morphs.size()));
    each.push_back({{"recogniser", one.recogniser},
                    {"threshold", one.threshold},
                    {"morphs", one.morphs.size()},
                    {"mmpmr", rate},
                    {"mmpmr_interval", counted["interval"]},
                    {"mmpmr_product_average", mmpmr_product_average(one.morphs, one.threshold)},
                    {"fnmr", fnmr[i]},
                    {"rmmr", rmmr(rate, fnmr[i])}});
    if (!counted["carried"].get<bool>())
      not_carried.push_back(one.recogniser.empty() ? "mmpmr" : "mmpmr." + one.recogniser);
  }
  Json out = {{"file", options.file},
              {"thresholds_from", options.calibration.empty() ? "--threshold" : options.calibration}};
  if (!options.calibration.empty()) out["fmr"] = options.fmr;
  out["recognisers"] = each;
  out["map"] = morphing_attack_potential(recognisers);
  out["not_carried"] = not_carried;
  print_object(out, global.json);
  return kDone;
}

int attribution(const MetricsMoreFlags& options, const GlobalOptions& global) {
  const AttributionLabels labels = read_attribution_labels(options.file);
  print_object({{"file", options.file},
                {"samples", labels.truth.size()},
                {"accuracy", label_accuracy(labels.truth, labels.predicted)},
                {"mapped_accuracy", mapped_accuracy(labels.truth, labels.predicted)},
                {"nmi", normalized_mutual_information(labels.truth, labels.predicted)},
                {"ari", adjusted_rand_index(labels.truth, labels.predicted)},
                {"not_carried",
                 labels.truth.size() < kFewTrials ? Json({"accuracy", "mapped_accuracy", "nmi", "ari"})
                                                  : Json::array()}},
               global.json);
  return kDone;
}

using MoreRun = int (*)(const MetricsMoreFlags&, const GlobalOptions&);

}  // namespace

void add_metrics_more(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name, const std::string& description, MoreRun run) {
    const auto options = std::make_shared<MetricsMoreFlags>();
    App* command = metrics->add_subcommand(name, description);
    command->add_option("file", options->file, "Score file (CSV)")->required();
    command->callback([options, &global, &chosen, run] {
      chosen.run = [options, &global, run] { return run(*options, global); };
    });
    return std::pair(command, options);
  };
  const auto [search_command, search] =
      add("identification",
          "One-to-many searches: columns probe, mated (1 or 0), score; reference",
          identification);
  search_command->add_option("--threshold", search->threshold, "Also report the rates at this threshold");
  search_command->add_option(
      "--calibrate", search->calibration, "Searches on which the thresholds are set: the normal way");

  const auto [tandem_command, both] =
      add("tandem",
          "Recogniser and detector: columns kind (mated, non_mated, attack), similarity, attack_score",
          tandem);
  tandem_command->add_option(
      "--threshold", both->threshold, "Of the recogniser; the one at its EER if not given");
  tandem_command->add_option("--detector-threshold",
                             both->detector_threshold,
                             "Of the detector: the actual cost, beside the least one that is possible");
  tandem_command->add_option("--calibrate",
                             both->calibration,
                             "Trials on which both thresholds are set (EER; least cost): the normal way");

  const auto [morph_command, morphs] =
      add("morph", "Morphs: columns morph, subject, score; recogniser", morph);
  morph_command->add_option(
      "--threshold", morphs->thresholds, "T for all recognisers, or RECOGNISER=T; may be repeated");
  morph_command->add_option(
      "--calibrate",
      morphs->calibration,
      "Bona fide comparisons (columns mated, score; recogniser) on which the thresholds are set, "
      "at --fmr: the normal way");
  morph_command->add_option("--fmr", morphs->fmr, "At which --calibrate sets them")
      ->check(in_range(0.0, 1.0))
      ->capture_default_str();
  morph_command->add_option("--fnmr", morphs->fnmr, "Of bona fide comparisons at --threshold, for RMMR")
      ->check(in_range(0.0, 1.0));

  add("attribution", "Which method made a fake: columns truth, predicted", attribution);
}

}  // namespace kyc::cli
