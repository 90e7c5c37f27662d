#include "kyc/training/validation.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/text.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/metrics/bootstrap.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/nn/image_input.h"
#include "kyc/training/batches.h"

namespace kyc {
namespace {

struct Classes {
  std::vector<double> attacks;
  std::vector<double> bona_fide;

  bool complete() const { return !attacks.empty() && !bona_fide.empty(); }
};

Classes item_classes(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  Classes out;
  for (const ItemScore& one : scores)
    (items[one.item].attack ? out.attacks : out.bona_fide).push_back(one.score);
  return out;
}

Classes frame_classes(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  Classes out;
  for (const ItemScore& one : scores) {
    auto& to = items[one.item].attack ? out.attacks : out.bona_fide;
    to.insert(to.end(), one.frames.begin(), one.frames.end());
  }
  return out;
}

// Probability that an attack scores above a bona fide sample, samples weighted; nothing if a class weighs
// nothing.
struct Weighted {
  double score;
  double weight;
  bool attack;
};
std::optional<double> weighted_auc(std::vector<Weighted> trials) {
  std::sort(
      trials.begin(), trials.end(), [](const Weighted& a, const Weighted& b) { return a.score < b.score; });
  double below = 0;  // bona fide weight at lower scores
  double won = 0;
  double attacks = 0;
  for (std::size_t i = 0; i < trials.size();) {
    double tied_bona_fide = 0;
    double tied_attacks = 0;
    std::size_t end = i;
    for (; end < trials.size() && trials[end].score == trials[i].score; ++end)
      (trials[end].attack ? tied_attacks : tied_bona_fide) += trials[end].weight;
    won += tied_attacks * (below + tied_bona_fide / 2);
    below += tied_bona_fide;
    attacks += tied_attacks;
    i = end;
  }
  if (!(below > 0) || !(attacks > 0)) return std::nullopt;
  return won / (below * attacks);
}

}  // namespace

std::vector<ItemScore> score_items(const CropStore& store,
                                   const std::vector<CropRef>& crops,
                                   const ModelInput& input,
                                   const LogitFunction& logits,
                                   double quantile,
                                   std::size_t batch) {
  std::vector<ItemScore> out;
  std::map<std::size_t, std::size_t> places;  // item -> index in out
  for (std::size_t start = 0; start < crops.size(); start += batch) {
    const std::size_t end = std::min(crops.size(), start + batch);
    Tensor pictures;
    for (std::size_t i = start; i < end; ++i)
      append_to(pictures, centre_of(store.crop(crops[i]).image, static_cast<int>(input.shape.at(3))), input);
    const Tensor values = logits(pictures);
    if (values.data.size() != end - start)
      throw Error(ErrorCode::InvalidArgument,
                  "the network gives " + shape_text(values.shape) + " for " + std::to_string(end - start) +
                      " pictures: expected one logit each");
    for (std::size_t i = start; i < end; ++i) {
      const auto [at, is_new] = places.try_emplace(crops[i].item, out.size());
      if (is_new) out.push_back({crops[i].item, {}, 0});
      out[at->second].frames.push_back(sigmoid(static_cast<double>(values.data[i - start])));
    }
  }
  for (ItemScore& one : out) one.score = quantile_of(one.frames, quantile);
  assert(std::is_sorted(
      out.begin(), out.end(), [](const ItemScore& a, const ItemScore& b) { return a.item < b.item; }));
  return out;
}

std::optional<AucWithInterval> auc_of(std::span<const TrainingItem> items,
                                      std::span<const ItemScore> scores,
                                      std::uint64_t seed,
                                      bool with_interval) {
  std::vector<Weighted> trials;
  std::map<std::string, std::size_t> people;
  std::vector<std::vector<std::size_t>> of_trial;  // whom a trial needs to be drawn
  AucWithInterval out;
  for (const ItemScore& one : scores) {
    const TrainingItem& item = items[one.item];
    trials.push_back({one.score, 1, item.attack});
    ++(item.attack ? out.attacks : out.bona_fide);
    std::vector<std::size_t> needed{people.try_emplace(item.identity, people.size()).first->second};
    if (!item.driver.empty() && item.driver != item.identity)
      needed.push_back(people.try_emplace(item.driver, people.size()).first->second);
    of_trial.push_back(needed);
  }
  const std::optional<double> auc = weighted_auc(trials);
  if (!auc) return std::nullopt;
  out.auc = *auc;
  out.identities = people.size();
  if (!with_interval || people.size() < 2) return out;
  const auto statistic = [&](std::span<const std::uint32_t> weights) {
    std::vector<Weighted> drawn = trials;
    for (std::size_t i = 0; i < drawn.size(); ++i)
      for (const std::size_t person : of_trial[i]) drawn[i].weight *= weights[person];
    return weighted_auc(std::move(drawn));
  };
  if (const auto interval = bootstrap_by_subject(people.size(), statistic, {.seed = seed}))
    out.interval = interval->interval;
  return out;
}

double frame_auc(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  const Classes frames = frame_classes(items, scores);
  return auc(error_curve(frames.attacks, frames.bona_fide));
}

double balanced_loss(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  constexpr double kLeast = 1e-7;
  const Classes frames = frame_classes(items, scores);
  const auto mean = [&](const std::vector<double>& values, bool attack) {
    double sum = 0;
    for (const double value : values) sum -= std::log(std::max(attack ? value : 1 - value, kLeast));
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
  };
  return (mean(frames.attacks, true) + mean(frames.bona_fide, false)) / 2;
}

std::vector<GroupAuc> auc_by_group(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  std::set<std::pair<std::string, std::string>> groups;
  std::set<std::string> all_species;
  std::set<std::string> compressions;
  for (const ItemScore& one : scores) {
    const TrainingItem& item = items[one.item];
    if (!item.attack) continue;
    groups.emplace(item.species, item.compression);
    all_species.insert(item.species);
    compressions.insert(item.compression);
  }
  if (all_species.size() > 1 && compressions.size() > 1)
    for (const std::string& compression : compressions) groups.emplace("", compression);
  std::vector<GroupAuc> out;
  for (const auto& [species, compression] : groups) {
    std::vector<ItemScore> of_group;
    for (const ItemScore& one : scores) {
      const TrainingItem& item = items[one.item];
      if (item.compression == compression && (!item.attack || species.empty() || item.species == species))
        of_group.push_back(one);
    }
    if (const auto auc = auc_of(items, of_group)) out.push_back({species, compression, *auc});
  }
  return out;
}

ErrorRatesAt rates_at(std::span<const TrainingItem> items,
                      std::span<const ItemScore> scores,
                      double threshold) {
  ErrorRatesAt out;
  out.threshold = threshold;
  for (const ItemScore& one : scores) {
    const bool called = one.score >= threshold;
    if (items[one.item].attack) {
      ++out.attacks;
      out.attacks_missed += called ? 0 : 1;
      ErrorRatesAt::Missed& of_species = out.species[items[one.item].species];
      ++of_species.attacks;
      of_species.attacks_missed += called ? 0 : 1;
    } else {
      ++out.bona_fide;
      out.bona_fide_rejected += called ? 1 : 0;
    }
  }
  return out;
}

std::vector<ModelThreshold> thresholds_of(std::span<const TrainingItem> items,
                                          std::span<const ItemScore> scores,
                                          const std::string& data) {
  const Classes classes = item_classes(items, scores);
  if (!classes.complete()) return {};
  const ErrorCurve curve = error_curve(classes.attacks, classes.bona_fide);
  const std::string origin = data + ": " + std::to_string(classes.attacks.size()) + " attacks, " +
                             std::to_string(classes.bona_fide.size()) + " bona fide samples";
  const auto percent = [](double share) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f %%", 100 * share);
    return std::string(text);
  };
  const auto made = [&](const std::string& name, const OperatingPoint& point) {
    return ModelThreshold{name,
                          point.threshold,
                          "BPCER " + percent(point.fmr) + ", APCER " + percent(point.fnmr) + " there",
                          origin};
  };
  return {made("default", fnmr_at_fmr(curve, 0.05)),
          made("bpcer_1e-2", fnmr_at_fmr(curve, 0.01)),
          made("bpcer_5e-2", fnmr_at_fmr(curve, 0.05)),
          made("eer", equal_error_rate(curve).nearest)};
}

std::string scores_csv(std::span<const TrainingItem> items, std::span<const ItemScore> scores) {
  std::string out = "sample,attack,identity,driver,species,compression,split,clip,frame,score\n";
  for (const ItemScore& one : scores) {
    const TrainingItem& item = items[one.item];
    const std::string labels = csv_field(item.sample) + (item.attack ? ",1," : ",0,") +
                               csv_field(item.identity) + "," + csv_field(item.driver) + "," +
                               csv_field(item.species) + "," + csv_field(item.compression) + "," +
                               csv_field(item.split) + "," + csv_field(item.sample) + ",";
    for (std::size_t f = 0; f < one.frames.size(); ++f)
      out += labels + std::to_string(f) + "," + exact_text(one.frames[f]) + "\n";
  }
  return out;
}

}  // namespace kyc
