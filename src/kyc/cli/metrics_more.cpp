// kyclops metrics identification|tandem|morph|attribution: the figures of score files of special kinds.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/metrics/attribution.h"
#include "kyc/metrics/tandem.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string file;
  std::optional<double> threshold;
  double fnmr = 0;
  std::vector<std::string> thresholds;
};

bool has_mate(const Search& search) {
  return !search.mated.empty();
}

int identification(const Options& options, const GlobalOptions& global) {
  const std::vector<Search> searches = read_searches(options.file);
  const auto mates = std::count_if(searches.begin(), searches.end(), has_mate);
  const auto strangers = static_cast<std::ptrdiff_t>(searches.size()) - mates;
  Json out = {{"file", options.file}, {"with_mate", mates}, {"without_mate", strangers}};
  if (mates > 0) {
    const std::vector<double> cmc = cumulative_match(searches);
    out["rank_1"] = cmc.front();
    out["cmc"] = cmc;
  }
  if (mates > 0 && strangers > 0) {
    Json points;
    for (const double max_fpir : {1e-1, 1e-2, 1e-3}) {
      const IdentificationPoint point = fnir_at_fpir(searches, max_fpir);
      points[rate_text(max_fpir)] = {
          {"threshold", point.threshold}, {"fpir", point.fpir}, {"fnir", point.fnir}};
    }
    out["fnir_at_fpir"] = points;
  }
  if (options.threshold) {
    Json at = {{"threshold", *options.threshold}};
    if (strangers > 0) at["fpir"] = fpir_at(searches, *options.threshold);
    if (mates > 0) {
      at["fnir"] = fnir_at(searches, *options.threshold);
      at["fnir_rank_1"] = fnir_at(searches, *options.threshold, 1);
    }
    out["at_threshold"] = at;
  }
  print_object(out, global.json);
  return kDone;
}

int tandem(const Options& options, const GlobalOptions& global) {
  const TandemScores scores = read_tandem_scores(options.file);
  const EqualErrorRate equal = equal_error_rate(error_curve(scores.mated, scores.non_mated));
  const double threshold = options.threshold.value_or(equal.nearest.threshold);
  const RecogniserRates rates =
      recogniser_rates_at(scores.mated, scores.non_mated, scores.attacks, threshold);
  const ErrorCurve detector = error_curve(scores.attack_attack_scores, scores.bona_fide_attack_scores);
  Json out = {{"file", options.file},
              {"recogniser",
               {{"threshold", threshold},
                {"fmr", rates.fmr},
                {"fnmr", rates.fnmr},
                {"attack_acceptance", rates.attack_acceptance},
                {"eer", equal.value}}},
              {"detector_eer", equal_error_rate(detector).value}};
  for (const auto& [name, version] :
       {std::pair("min_t_dcf_v1", TandemVersion::V1), std::pair("min_t_dcf_v2", TandemVersion::V2)}) {
    const MinimalTandemCost least = minimal_tandem_cost(rates, detector, version);
    out[name] = {{"value", least.value},
                 {"threshold", least.point.threshold},
                 {"apcer", least.point.fnmr},
                 {"bpcer", least.point.fmr}};
  }
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

int morph(const Options& options, const GlobalOptions& global) {
  std::vector<RecogniserAttempts> recognisers = read_morph_attempts(options.file);
  set_thresholds(options.thresholds, recognisers);
  Json each = Json::array();
  for (const RecogniserAttempts& one : recognisers) {
    const double rate = mmpmr(one.morphs, one.threshold);
    each.push_back({{"recogniser", one.recogniser},
                    {"threshold", one.threshold},
                    {"morphs", one.morphs.size()},
                    {"mmpmr", rate},
                    {"mmpmr_product_average", mmpmr_product_average(one.morphs, one.threshold)},
                    {"rmmr", rmmr(rate, options.fnmr)}});
  }
  print_object({{"file", options.file},
                {"fnmr", options.fnmr},
                {"recognisers", each},
                {"map", morphing_attack_potential(recognisers)}},
               global.json);
  return kDone;
}

int attribution(const Options& options, const GlobalOptions& global) {
  const AttributionLabels labels = read_attribution_labels(options.file);
  print_object({{"file", options.file},
                {"samples", labels.truth.size()},
                {"accuracy", label_accuracy(labels.truth, labels.predicted)},
                {"mapped_accuracy", mapped_accuracy(labels.truth, labels.predicted)},
                {"nmi", normalized_mutual_information(labels.truth, labels.predicted)},
                {"ari", adjusted_rand_index(labels.truth, labels.predicted)}},
               global.json);
  return kDone;
}

using Run = int (*)(const Options&, const GlobalOptions&);

}  // namespace

void add_metrics_more(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name, const std::string& description, Run run) {
    const auto options = std::make_shared<Options>();
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

  const auto [tandem_command, both] =
      add("tandem",
          "Recogniser and detector: columns kind (mated, non_mated, attack), similarity, attack_score",
          tandem);
  tandem_command->add_option(
      "--threshold", both->threshold, "Of the recogniser; the one at its EER if not given");

  const auto [morph_command, morphs] =
      add("morph", "Morphs: columns morph, subject, score; recogniser", morph);
  morph_command
      ->add_option(
          "--threshold", morphs->thresholds, "T for all recognisers, or RECOGNISER=T; may be repeated")
      ->required();
  morph_command->add_option("--fnmr", morphs->fnmr, "Of bona fide comparisons at the threshold, for RMMR")
      ->check(in_range(0.0, 1.0));

  add("attribution", "Which method made a fake: columns truth, predicted", attribution);
}

}  // namespace kyc::cli
