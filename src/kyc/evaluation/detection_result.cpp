#include "kyc/evaluation/detection_result.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kyc/core/error.h"
#include "kyc/core/text.h"

namespace kyc {
namespace {

void split(std::span<const AttackScoreRow> rows,
           std::vector<double>& attacks,
           std::vector<double>& bona_fide) {
  for (const AttackScoreRow& row : rows)
    if (row.score) (row.labels.attack ? attacks : bona_fide).push_back(*row.score);
}

void count_sample(ErrorCounts& counts, const ScoredSample& sample, double threshold) {
  if (!sample.score) {
    ++counts.no_response;
    return;
  }
  ++counts.responses;
  if (*sample.score < threshold) ++counts.errors;
}

}  // namespace

std::vector<ScoredSample> mean_scores(std::span<const AttackScoreRow> rows) {
  struct Sum {
    std::size_t at = 0;
    double sum = 0;
    std::uint64_t frames = 0;
  };
  std::map<std::string, Sum> sums;
  std::vector<ScoredSample> out;
  for (const AttackScoreRow& row : rows) {
    auto [found, is_new] = sums.try_emplace(row.data + '\n' + row.labels.sample, Sum{out.size(), 0, 0});
    if (is_new) out.push_back({row.data, row.labels, std::nullopt});
    if (!row.score) continue;
    Sum& sum = found->second;
    sum.sum += *row.score;
    ++sum.frames;
    out[sum.at].score = sum.sum / static_cast<double>(sum.frames);
  }
  return out;
}

std::string sample_scores_csv(std::span<const ScoredSample> samples) {
  std::string out = "data," + label_header() + ",score\n";
  for (const ScoredSample& sample : samples)
    out += csv_field(sample.data) + "," + label_fields(sample.labels) + "," + exact_text(sample.score) + "\n";
  return out;
}

bool PadSets::complete() const {
  return !bona_fide.scores.empty() && !attacks.empty() &&
         std::all_of(
             attacks.begin(), attacks.end(), [](const Presentations& p) { return !p.scores.empty(); });
}

PadSets pad_sets(std::span<const ScoredSample> samples) {
  PadSets out;
  std::map<std::string, std::size_t> index;
  std::vector<SampleLabels> labels;
  for (const ScoredSample& sample : samples) labels.push_back(sample.labels);
  for (const std::string& species : species_of(labels)) {
    index.emplace(species, out.attacks.size());
    out.attacks.push_back({species, {}, 0});
  }
  for (const ScoredSample& sample : samples) {
    Presentations& set = sample.labels.attack ? out.attacks[index.at(sample.labels.species)] : out.bona_fide;
    if (sample.score)
      set.scores.push_back(*sample.score);
    else
      ++set.no_response;
  }
  return out;
}

ClassFigures class_figures(std::span<const double> attacks, std::span<const double> bona_fide) {
  const ErrorCurve curve = error_curve(attacks, bona_fide);
  const EqualErrorRate equal = equal_error_rate(curve);
  ClassFigures out{auc(curve),
                   std::nullopt,
                   equal.value,
                   average_precision(curve),
                   support_of(curve),
                   support_at(curve, equal.nearest)};
  if (attacks.size() > 1 && bona_fide.size() > 1) out.interval = delong_interval(attacks, bona_fide);
  return out;
}

DetectionResult detection_result(std::span<const AttackScoreRow> rows,
                                 double threshold,
                                 const std::string& origin) {
  if (rows.empty()) throw Error(ErrorCode::InvalidArgument, "detection: expected scores, got none");
  DetectionResult out;
  out.system = rows.front().system;
  out.threshold = threshold;
  out.threshold_origin = origin;
  std::vector<double> attacks, bona_fide;
  split(rows, attacks, bona_fide);
  if (!attacks.empty() && !bona_fide.empty()) out.frames = class_figures(attacks, bona_fide);

  const std::vector<ScoredSample> samples = mean_scores(rows);
  attacks.clear();
  bona_fide.clear();
  for (const ScoredSample& sample : samples) {
    if (!sample.score) ++out.failures;
    if (sample.score) {
      (sample.labels.attack ? attacks : bona_fide).push_back(*sample.score);
      if ((*sample.score >= threshold) == sample.labels.attack) ++out.right;
    }
    if (!sample.labels.attack) continue;
    const SampleLabels& labels = sample.labels;
    count_sample(out.groups[{labels.species, ""}], sample, threshold);
    if (labels.compression.empty()) continue;
    count_sample(out.groups[{"", labels.compression}], sample, threshold);
    count_sample(out.groups[{labels.species, labels.compression}], sample, threshold);
  }
  out.answered = attacks.size() + bona_fide.size();
  if (out.answered > 0) out.accuracy = static_cast<double>(out.right) / static_cast<double>(out.answered);
  if (!attacks.empty() && !bona_fide.empty()) out.clips = class_figures(attacks, bona_fide);
  const PadSets sets = pad_sets(samples);
  if (!sets.complete()) return out;
  out.rates = pad_rates_at(sets.attacks, sets.bona_fide, threshold);
  const PadEqualErrorRate equal = pad_equal_error_rate(sets.attacks, sets.bona_fide);
  out.d_eer = {equal.value, support_at(equal.nearest)};
  const auto bpcer_at = [&](double max_apcer) {
    const PadRates rates = bpcer_at_apcer(sets.attacks, sets.bona_fide, max_apcer);
    return ChosenFigure{rates.bpcer(), support_at(rates, max_apcer)};
  };
  out.bpcer10 = bpcer_at(0.1);
  out.bpcer20 = bpcer_at(0.05);
  out.bpcer100 = bpcer_at(0.01);
  return out;
}

double threshold_at_bpcer(std::span<const ScoredSample> samples, double max_bpcer) {
  std::vector<double> scores;
  for (const ScoredSample& sample : samples)
    if (!sample.labels.attack && sample.score) scores.push_back(*sample.score);
  if (scores.empty())
    throw Error(ErrorCode::InvalidArgument,
                "detection: expected answered bona fide samples to set a threshold on, got none");
  std::sort(scores.begin(), scores.end());
  const auto allowed =
      static_cast<std::size_t>(std::floor(max_bpcer * static_cast<double>(scores.size()) + 1e-9));
  if (allowed >= scores.size()) return scores.front();
  // Just above the highest score that must not be called an attack.
  return std::nextafter(scores[scores.size() - 1 - allowed], std::numeric_limits<double>::infinity());
}

std::optional<double> half_total_error(std::span<const ScoredSample> samples, double threshold) {
  double attacks = 0, missed = 0, bona_fide = 0, refused = 0;
  for (const ScoredSample& sample : samples) {
    if (!sample.score) continue;
    const bool called = *sample.score >= threshold;
    (sample.labels.attack ? attacks : bona_fide) += 1;
    if (sample.labels.attack && !called) missed += 1;
    if (!sample.labels.attack && called) refused += 1;
  }
  if (attacks == 0 || bona_fide == 0) return std::nullopt;
  return (missed / attacks + refused / bona_fide) / 2;
}

}  // namespace kyc
