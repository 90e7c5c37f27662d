#include "kyc/evaluation/non_mated.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/bootstrap.h"
#include "kyc/metrics/comparison_matrix.h"

namespace kyc {
namespace {

constexpr std::size_t kFlush = 4096;  // pairs that a thread keeps to itself

// Falling by score, and always in the same order.
bool comes_first(const ScoredPair& a, const ScoredPair& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.first != b.first ? a.first < b.first : a.second < b.second;
}

// Keeps the highest `limit` pairs of all that are added, in memory for twice as many.
class TopPairs {
 public:
  explicit TopPairs(std::size_t limit) : limit_(limit) {}

  float cut() const { return cut_.load(std::memory_order_relaxed); }  // pairs below need not be added

  void add(const std::vector<ScoredPair>& pairs) {
    const std::lock_guard lock(mutex_);
    pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
    if (pairs_.size() > 2 * limit_) shrink();
  }

  std::vector<ScoredPair> finish() {
    if (pairs_.size() > limit_) shrink();
    std::sort(pairs_.begin(), pairs_.end(), comes_first);
    return std::move(pairs_);
  }

 private:
  void shrink() {
    const auto last = pairs_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
    std::nth_element(pairs_.begin(), last, pairs_.end(), comes_first);
    cut_.store(last->score, std::memory_order_relaxed);
    pairs_.resize(limit_);
  }

  std::size_t limit_;
  std::atomic<float> cut_{-std::numeric_limits<float>::infinity()};
  std::mutex mutex_;
  std::vector<ScoredPair> pairs_;
};

std::uint64_t count_non_mated(std::span<const std::uint32_t> persons) {
  std::map<std::uint32_t, std::uint64_t> images;
  for (const auto person : persons) ++images[person];
  std::uint64_t pairs = static_cast<std::uint64_t>(persons.size()) * (persons.size() - 1) / 2;
  for (const auto& [person, count] : images) pairs -= count * (count - 1) / 2;
  return pairs;
}

// 0, 1, 2, ... in order of appearance.
struct PersonIndex {
  std::vector<std::uint32_t> of_image;
  std::vector<double> images;  // of each person
};

PersonIndex index_persons(std::span<const std::uint32_t> persons) {
  PersonIndex out;
  std::map<std::uint32_t, std::uint32_t> known;
  for (const auto person : persons) {
    const auto index = known.try_emplace(person, static_cast<std::uint32_t>(out.images.size())).first->second;
    if (index == out.images.size()) out.images.push_back(0);
    ++out.images[index];
    out.of_image.push_back(index);
  }
  return out;
}

// Of the share of non-mated pairs that are accepted, when persons are drawn anew with all their images. The
// copies of a person who is drawn twice are still the same person: no non-mated pairs.
Interval resampled_interval(std::span<const ScoredPair> accepted,
                            std::span<const std::uint32_t> persons,
                            std::uint64_t seed) {
  const PersonIndex index = index_persons(persons);
  const auto rate = [&](std::span<const std::uint32_t> weights) -> std::optional<double> {
    double all = 0;
    double mated = 0;
    for (std::size_t p = 0; p < weights.size(); ++p) {
      const double images = weights[p] * index.images[p];
      all += images;
      mated += images * images;
    }
    const double trials = (all * all - mated) / 2;
    if (trials == 0) return std::nullopt;  // one and the same person every time
    double weight = 0;
    for (const ScoredPair& pair : accepted)
      weight +=
          static_cast<double>(weights[index.of_image[pair.first]]) * weights[index.of_image[pair.second]];
    return weight / trials;
  };
  const auto resampled = bootstrap_by_subject(index.images.size(), rate, {.seed = seed});
  return resampled ? resampled->interval : Interval{0, 1};
}

}  // namespace

NonMatedTail highest_non_mated(std::span<const float> templates,
                               std::span<const std::uint32_t> persons,
                               std::size_t dimension,
                               double share,
                               int jobs) {
  if (templates.size() != persons.size() * dimension || !(share > 0 && share <= 1))
    throw Error(ErrorCode::InvalidArgument, "expected one template per image and a share in (0, 1]");
  NonMatedTail tail;
  if (persons.empty()) return tail;
  tail.trials = count_non_mated(persons);
  const std::size_t count = persons.size();
  TopPairs top(static_cast<std::size_t>(std::ceil(share * static_cast<double>(tail.trials))) + 1);
  std::vector<std::vector<ScoredPair>> found(static_cast<std::size_t>(std::max(jobs, 1)));
  const TemplateSet all{templates, count, dimension};
  visit_scores(all, all, {.jobs = jobs, .upper_only = true}, [&](const ScoreTile& tile, int worker) {
    std::vector<ScoredPair>& mine = found[static_cast<std::size_t>(worker)];
    const float cut = top.cut();
    for (std::size_t r = 0; r < tile.rows; ++r) {
      const float* scores = tile.scores + r * tile.stride;
      const std::size_t a = tile.first_row + r;
      for (std::size_t c = 0; c < tile.columns; ++c) {
        const std::size_t b = tile.first_column + c;
        if (scores[c] < cut || b <= a || persons[a] == persons[b]) continue;
        mine.push_back({scores[c], static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)});
      }
    }
    if (mine.size() < kFlush) return;
    top.add(mine);
    mine.clear();
  });
  for (const std::vector<ScoredPair>& rest : found) top.add(rest);
  tail.pairs = top.finish();
  return tail;
}

NonMatedThreshold threshold_at_fmr(const NonMatedTail& tail,
                                   std::span<const std::uint32_t> persons,
                                   double max_fmr,
                                   std::uint64_t seed) {
  const auto trials = static_cast<double>(tail.trials);
  if (tail.trials == 0)
    throw Error(ErrorCode::InvalidArgument, "a threshold needs non-mated pairs: only one person is there");
  const auto rate = [&](std::size_t false_matches) { return static_cast<double>(false_matches) / trials; };
  const bool all_are_there = tail.pairs.size() == tail.trials;
  if (!(max_fmr >= 0) || (!all_are_there && rate(tail.pairs.size()) <= max_fmr))
    throw Error(ErrorCode::InvalidArgument,
                "an FMR of " + std::to_string(max_fmr) + " is more than the kept pairs can tell");

  // The most pairs that may be accepted, then back over ties that would be accepted as well.
  auto accepted = static_cast<std::size_t>(std::min(trials, std::floor(max_fmr * trials) + 1));
  accepted = std::min(accepted, tail.pairs.size());
  while (accepted > 0 && rate(accepted) > max_fmr) --accepted;
  while (accepted > 0 && accepted < tail.pairs.size() &&
         tail.pairs[accepted].score == tail.pairs[accepted - 1].score)
    --accepted;

  NonMatedThreshold out;
  out.threshold = accepted > 0 ? static_cast<double>(tail.pairs[accepted - 1].score)
                               : static_cast<double>(std::nextafter(tail.pairs[0].score, 2.0F));
  out.false_matches = accepted;
  out.fmr = rate(accepted);
  out.interval = resampled_interval(std::span(tail.pairs).first(accepted), persons, seed);
  out.carried = satisfies_rule_of_thirty(accepted) && out.interval.low >= out.fmr / 2 &&
                out.interval.high <= out.fmr * 2;
  return out;
}

}  // namespace kyc
