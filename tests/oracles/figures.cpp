// The figures of metrics/ for score sets on stdin, one JSON object a line, for figures.py, which has them
// from a second implementation: one process for thousands of sets. Scores may be "inf" and "-inf".

#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/metrics/attribution.h"
#include "kyc/metrics/calibration.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/demographics.h"
#include "kyc/metrics/detection.h"
#include "kyc/metrics/expected_performance.h"
#include "kyc/metrics/identification.h"
#include "kyc/metrics/localization.h"
#include "kyc/metrics/morph.h"
#include "kyc/metrics/pad.h"
#include "kyc/metrics/tandem.h"
#include "kyc/metrics/verification.h"

namespace kyc {
namespace {

using nlohmann::json;

double number(const json& value) {
  if (!value.is_string()) return value.get<double>();
  const double infinity = std::numeric_limits<double>::infinity();
  return value.get<std::string>() == "inf" ? infinity : -infinity;
}

std::vector<double> numbers(const json& values) {
  std::vector<double> out;
  for (const json& value : values) out.push_back(number(value));
  return out;
}

json text_of(double value) {
  if (std::isfinite(value)) return value;
  return value > 0 ? "inf" : "-inf";
}

template <typename T>
json optional_of(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json verification(const json& in) {
  const std::vector<double> mated = numbers(in["mated"]), non_mated = numbers(in["non_mated"]);
  const ErrorCurve curve = error_curve(mated, non_mated);
  const double t = number(in["threshold"]);
  const ErrorRates at = error_rates_at(mated, non_mated, t);
  const TransactionRates transactions = transaction_rates(at, in["fta"]);
  const TransactionRates all = generalised_rates(transactions, in["fte"]);
  json out = {{"auc", auc(curve)},
              {"eer", equal_error_rate(curve).value},
              {"eer_interpolated", equal_error_rate(curve, EerDefinition::Interpolated).value},
              {"eer_convex_hull", equal_error_rate(curve, EerDefinition::ConvexHull).value},
              {"eer_fvc", equal_error_rate(curve, EerDefinition::Fvc).value},
              {"fmr100", fnmr_at_fmr(curve, 1e-2).fnmr},
              {"fmr1000", fnmr_at_fmr(curve, 1e-3).fnmr},
              {"fmr10000", fnmr_at_fmr(curve, 1e-4).fnmr},
              {"zero_fmr", fnmr_at_fmr(curve, 0).fnmr},
              {"zero_fnmr", fmr_at_fnmr(curve, 0).fmr},
              {"fmr_at_fnmr", fmr_at_fnmr(curve, 0.05).fmr},
              {"fmr", at.fmr},
              {"fnmr", at.fnmr},
              {"far", transactions.far},
              {"frr", transactions.frr},
              {"gfar", all.far},
              {"gfrr", all.frr},
              {"d_prime", optional_of(d_prime(mated, non_mated))},
              {"accuracy", most_accurate_threshold(curve).accuracy},
              {"cllr", text_of(cllr(mated, non_mated))},
              {"min_cllr", minimal_cllr(mated, non_mated)},
              {"ap", average_precision(curve)},
              {"accuracy_at", accuracy_at(curve, t)},
              {"deepfakebench_eer", deepfakebench_eer(curve)}};
  json epc = json::array();
  for (const ExpectedPerformance& point : expected_performance_curve(
           mated, non_mated, numbers(in["other_mated"]), numbers(in["other_non_mated"]), 5))
    epc.push_back(point.hter);
  out["epc"] = epc;
  if (mated.size() > 1 && non_mated.size() > 1) {
    const AucEstimate estimate = delong_interval(mated, non_mated);
    out["auc_interval"] = {estimate.interval.low, estimate.interval.high};
  }
  return out;
}

json probabilities(const json& in) {
  const std::vector<double> yes = numbers(in["yes"]), no = numbers(in["no"]);
  const std::vector<ReliabilityBin> bins = reliability(yes, no, in["bins"]);
  json means = json::array();
  for (const ReliabilityBin& bin : bins) means.push_back({bin.samples, bin.mean_probability, bin.share_true});
  return {{"brier", brier_score(yes, no)}, {"ece", expected_calibration_error(bins)}, {"bins", means}};
}

json groups(const json& in) {
  std::vector<GroupRates> rates;
  for (const json& one : in["groups"]) rates.push_back({"g", one[0], one[1]});
  const double alpha = in["alpha"];
  return {{"fdr", fairness_discrepancy_rate(rates, alpha)},
          {"inequity_rate", optional_of(inequity_rate(rates, alpha))},
          {"garbe", garbe(rates, alpha)}};
}

json morphs(const json& in) {
  std::vector<RecogniserAttempts> recognisers;
  json each = json::array();
  for (const json& one : in["recognisers"]) {
    RecogniserAttempts attempts{"r", number(one["threshold"]), {}};
    for (const json& morph : one["morphs"]) {
      attempts.morphs.push_back({"m", {}});
      for (const json& subject : morph) attempts.morphs.back().subjects.push_back(numbers(subject));
    }
    for (std::size_t i = 0; i < attempts.morphs.size(); ++i) attempts.morphs[i].morph = std::to_string(i);
    const double rate = mmpmr(attempts.morphs, attempts.threshold);
    each.push_back({{"mmpmr", rate},
                    {"product", mmpmr_product_average(attempts.morphs, attempts.threshold)},
                    {"rmmr", rmmr(rate, one["fnmr"])}});
    recognisers.push_back(std::move(attempts));
  }
  for (std::size_t i = 0; i < recognisers.size(); ++i) recognisers[i].recogniser = std::to_string(i);
  return {{"each", each}, {"map", morphing_attack_potential(recognisers)}};
}

json masks(const json& in) {
  const std::vector<double> scores = numbers(in["scores"]);
  const std::vector<std::uint8_t> truth = in["truth"], predicted = in["predicted"];
  json out = {{"mask_iou", optional_of(mask_iou(predicted, truth))},
              {"score_iou", optional_of(score_iou(scores, truth, number(in["threshold"])))}};
  if (in["both"]) out["pixel_auc"] = pixel_auc(scores, truth);
  return out;
}

json segments(const json& in) {
  std::vector<Segment> truth;
  std::vector<ScoredSegment> predicted;
  for (const json& one : in["truth"]) truth.push_back({one[0], one[1], one[2]});
  for (const json& one : in["predicted"]) predicted.push_back({{one[0], one[1], one[2]}, number(one[3])});
  json out = {{"ap", json::array()}, {"ar", json::array()}};
  for (const double overlap : {0.3, 0.5, 0.75})
    out["ap"].push_back(temporal_average_precision(predicted, truth, overlap));
  for (const std::size_t count : {1U, 2U, 5U})
    out["ar"].push_back(temporal_average_recall(predicted, truth, count));
  return out;
}

json searches(const json& in) {
  std::vector<GallerySearch> all;
  for (const json& one : in["searches"]) all.push_back({numbers(one[0]), numbers(one[1])});
  const double t = number(in["threshold"]);
  json at = json::array();
  for (const double limit : {0.0, 0.01, 0.1, 0.5}) {
    const IdentificationPoint point = fnir_at_fpir(all, limit);
    at.push_back({point.fpir, point.fnir});
  }
  return {{"cmc", cumulative_match(all)},
          {"fpir", fpir_at(all, t)},
          {"fnir", {fnir_at(all, t), fnir_at(all, t, 1), fnir_at(all, t, 2)}},
          {"at", at}};
}

json tandem(const json& in) {
  const RecogniserRates rates = recogniser_rates_at(
      numbers(in["mated"]), numbers(in["non_mated"]), numbers(in["attacks"]), number(in["threshold"]));
  const ErrorCurve detector = error_curve(numbers(in["detector_attacks"]), numbers(in["detector_bona_fide"]));
  json out;
  for (const auto& [name, version] : {std::pair("v1", TandemVersion::V1), std::pair("v2", TandemVersion::V2)})
    try {
      out[name] = {minimal_tandem_cost(rates, detector, version).value,
                   tandem_cost(rates, in["apcer"], in["bpcer"], version)};
    } catch (const Error&) {
      out[name] = nullptr;
    }
  return out;
}

json pad(const json& in) {
  std::vector<Presentations> attacks;
  for (const json& one : in["species"])
    attacks.push_back({std::to_string(attacks.size()), numbers(one[0]), one[1]});
  const Presentations bona_fide{"", numbers(in["bona_fide"][0]), in["bona_fide"][1]};
  const PadRates rates = pad_rates_at(attacks, bona_fide, number(in["threshold"]));
  const ImpostorAttackRates impostors =
      impostor_attack_rates({"s", in["attempts"], in["accepted"]}, in["frr"]);
  json each = json::array();
  for (const PresentationRates& one : rates.attacks) each.push_back({one.rate, one.no_response});
  return {{"species", each},
          {"apcer", rates.apcer()},
          {"bpcer", rates.bpcer()},
          {"bpnrr", rates.bona_fide.no_response},
          {"acer", acer(rates)},
          {"hter", hter(rates)},
          {"d_eer", pad_equal_error_rate(attacks, bona_fide).value},
          {"bpcer_at",
           {bpcer_at_apcer(attacks, bona_fide, 0.1).bpcer(),
            bpcer_at_apcer(attacks, bona_fide, 0.05).bpcer(),
            bpcer_at_apcer(attacks, bona_fide, 0.01).bpcer()}},
          {"apcer_at", apcer_at_bpcer(attacks, bona_fide, 0.1).apcer()},
          {"iapar", impostors.iapar},
          {"iapar_interval", {impostors.interval.low, impostors.interval.high}},
          {"wilson",
           {wilson_interval(in["accepted"], in["attempts"]).low,
            wilson_interval(in["accepted"], in["attempts"]).high}},
          {"riapar", impostors.riapar}};
}

json labels(const json& in) {
  const std::vector<int> truth = in["truth"], predicted = in["predicted"];
  return {{"accuracy", label_accuracy(truth, predicted)},
          {"mapped_accuracy", mapped_accuracy(truth, predicted)},
          {"nmi", normalized_mutual_information(truth, predicted)},
          {"ari", adjusted_rand_index(truth, predicted)}};
}

int answer_all() {
  const std::map<std::string, std::function<json(const json&)>> kinds{{"verification", verification},
                                                                      {"probabilities", probabilities},
                                                                      {"groups", groups},
                                                                      {"morphs", morphs},
                                                                      {"masks", masks},
                                                                      {"segments", segments},
                                                                      {"searches", searches},
                                                                      {"tandem", tandem},
                                                                      {"pad", pad},
                                                                      {"labels", labels}};
  for (std::string line; std::getline(std::cin, line);) {
    json out;
    try {
      const json in = json::parse(line);
      out = kinds.at(in.at("kind").get<std::string>())(in);
    } catch (const std::exception& error) {
      out = {{"error", error.what()}};
    }
    std::printf("%s\n", out.dump().c_str());
  }
  return 0;
}

}  // namespace
}  // namespace kyc

int main() {
  return kyc::answer_all();
}
