#include "kyc/report/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kyc/report/axis.h"

namespace kyc {
namespace {

// The rate below which a set of `trials` can show nothing but zero, as a round number.
double floor_rate(std::uint64_t trials) {
  double rate = 0.1;
  while (rate > 1e-6 && rate > 0.5 / static_cast<double>(std::max<std::uint64_t>(1, trials))) rate /= 10;
  return rate;
}

// A curve without ties has a point per trial; what can not be drawn is not kept.
std::vector<PlotPoint> points_of(const ErrorCurve& curve, bool detected) {
  std::vector<PlotPoint> out;
  out.reserve(curve.size());
  for (std::size_t i = curve.size(); i-- > 0;) {
    const OperatingPoint point = curve.point(i);
    out.push_back({point.fmr, detected ? 1 - point.fnmr : point.fnmr, std::nullopt});
  }
  return out;
}

}  // namespace

RateNames attack_rate_names() {
  return {"APCER", "BPCER"};
}

Plot det_plot(std::string id, std::string title, std::span<const NamedCurve> curves, const RateNames& names) {
  LinePlot data;
  double low_x = 0.1;
  double low_y = 0.1;
  for (const NamedCurve& named : curves) {
    low_x = std::min(low_x, floor_rate(named.curve.non_mated));
    low_y = std::min(low_y, floor_rate(named.curve.mated));
  }
  data.x = {names.low_errors, AxisScale::Probit, true, low_x, 0.9};
  data.y = {names.high_errors, AxisScale::Probit, true, low_y, 0.9};
  for (const NamedCurve& named : curves)
    data.series.push_back({named.name, decimated(points_of(named.curve, false), data.x, data.y)});
  return {std::move(id),
          std::move(title),
          "Detection error trade-off: each curve shows both kinds of errors at every threshold, " +
              names.low_errors + " to the right and " + names.high_errors +
              " upwards; nearer to the lower left corner is better. The axes are normal deviates; rates of 0 "
              "lie on "
              "their ends.",
          std::move(data)};
}

Plot roc_plot(std::string id,
              std::string title,
              std::span<const NamedCurve> curves,
              const RateNames& names,
              bool log_x) {
  LinePlot data;
  double low = 0.1;
  for (const NamedCurve& named : curves) low = std::min(low, floor_rate(named.curve.non_mated));
  data.x = {names.low_errors, log_x ? AxisScale::Log10 : AxisScale::Linear, true, log_x ? low : 0, 1};
  data.y = {"1 - " + names.high_errors, AxisScale::Linear, true, 0, 1};
  data.diagonal = !log_x;
  for (const NamedCurve& named : curves)
    data.series.push_back({named.name, decimated(points_of(named.curve, true), data.x, data.y)});
  return {std::move(id),
          std::move(title),
          "Receiver operating characteristic: what is rightly found (upwards) against what is wrongly taken "
          "for it (" +
              names.low_errors + ", to the right); nearer to the upper left corner is better." +
              (log_x ? "" : " The dotted line is guessing."),
          std::move(data)};
}

Plot histogram_plot(std::string id,
                    std::string title,
                    std::string score_name,
                    std::span<const NamedScores> sets,
                    std::span<const NamedThreshold> thresholds,
                    std::size_t bins) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto include = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const NamedScores& set : sets)
    for (const double score : set.scores) include(score);
  for (const NamedThreshold& threshold : thresholds) include(threshold.value);
  if (!(low < high)) {
    low = std::isfinite(low) ? low - 0.5 : 0;
    high = low + 1;
  }
  HistogramPlot data;
  data.x = {std::move(score_name), AxisScale::Linear, false, low, high};
  data.bins = bins;
  for (const NamedScores& set : sets) {
    HistogramSeries series{set.name + " (" + std::to_string(set.scores.size()) + ")",
                           std::vector<std::uint64_t>(bins, 0)};
    for (const double score : set.scores) {
      const double at = std::clamp((score - low) / (high - low), 0.0, 1.0) * static_cast<double>(bins);
      ++series.counts[std::min(static_cast<std::size_t>(at), bins - 1)];
    }
    data.series.push_back(std::move(series));
  }
  for (const NamedThreshold& threshold : thresholds)
    data.thresholds.push_back({threshold.name, threshold.value, 0});
  return {std::move(id),
          std::move(title),
          "How the scores of each class are distributed, as shares of the class; the less the outlines "
          "overlap, the "
          "better. Dashed upright lines are thresholds.",
          std::move(data)};
}

Plot cmc_plot(std::string id, std::string title, std::span<const NamedCmc> curves) {
  LinePlot data;
  std::size_t ranks = 2;
  for (const NamedCmc& named : curves) ranks = std::max(ranks, named.shares.size());
  data.x = {"rank", AxisScale::Log10, false, 1, static_cast<double>(ranks)};
  data.y = {"found at that rank or better", AxisScale::Linear, true, 0, 1};
  for (const NamedCmc& named : curves) {
    Series series{named.name, {}};
    for (std::size_t r = 0; r < named.shares.size(); ++r)
      series.points.push_back({static_cast<double>(r + 1), named.shares[r], std::nullopt});
    data.series.push_back(std::move(series));
  }
  return {
      std::move(id),
      std::move(title),
      "Cumulative match characteristic: share of searches that find the person within the first candidates; "
      "higher and flatter is better.",
      std::move(data)};
}

}  // namespace kyc
