#include "kyc/evaluation/attempts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace kyc {
namespace {

class AttemptPlanner {
 public:
  AttemptPlanner(const Dataset& dataset, const MediaIndex& index, const AttemptOptions& options)
      : dataset_(dataset), index_(index), options_(options), random_(options.seed) {
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) by_id_.emplace(dataset.samples[i].id, i);
  }

  AttemptPlan plan() {
    for (const std::size_t clip : index_.clips()) {
      const Sample& sample = dataset_.samples[clip];
      if (!wanted(sample)) continue;
      if (sample.kind == SampleKind::Attack)
        add_attack(clip);
      else
        add_bona_fide(clip);
    }
    for (const std::size_t picture : index_.pictures())
      if (wanted(dataset_.samples[picture]) && dataset_.samples[picture].kind == SampleKind::Attack)
        add_morph(picture);
    return std::move(plan_);
  }

 private:
  bool wanted(const Sample& sample) const { return options_.split.empty() || sample.split == options_.split; }

  // Of `identity`, for a selfie that stems from the recording `origin`, and from the samples `parents`.
  std::optional<Reference> reference_of(const std::string& identity,
                                        const std::string& origin,
                                        const std::set<std::string>& parents = {}) const {
    for (const std::size_t picture : index_.portraits(identity))
      if (index_.origin(picture) != origin) return Reference{picture, false, dataset_.samples[picture].id};
    for (const std::size_t clip : index_.recordings(identity))
      if (index_.origin(clip) != origin && !parents.contains(index_.origin(clip)))
        return Reference{clip, true, dataset_.samples[clip].id + "#frame"};
    return std::nullopt;
  }

  void add(AttemptKind kind,
           std::size_t labels,
           const std::string& claimed,
           const Reference& reference,
           std::size_t probe) {
    auto [found, is_new] = reference_index_.try_emplace(reference.id, plan_.references.size());
    if (is_new) plan_.references.push_back(reference);
    plan_.attempts.push_back({kind, labels_of(dataset_.samples[labels]), claimed, found->second, probe});
  }

  void add_bona_fide(std::size_t clip) {
    const Sample& sample = dataset_.samples[clip];
    const std::string& origin = index_.origin(clip);
    if (const auto own = reference_of(sample.identity, origin))
      add(AttemptKind::Mated, clip, sample.identity, *own, clip);
    else
      ++plan_.without_reference;
    std::vector<std::string> others = index_.identities();
    std::shuffle(others.begin(), others.end(), random_);
    int left = options_.zero_effort;
    for (const std::string& other : others) {
      if (left == 0) break;
      if (other == sample.identity) continue;
      if (const auto reference = reference_of(other, origin)) {
        add(AttemptKind::NonMated, clip, other, *reference, clip);
        --left;
      }
    }
  }

  void add_attack(std::size_t clip) {
    const Sample& sample = dataset_.samples[clip];
    std::set<std::string> parents;
    for (const SampleParent& parent : sample.parents)
      if (const auto found = by_id_.find(parent.id); found != by_id_.end())
        parents.insert(index_.origin(found->second));
      else
        parents.insert(parent.sha256);  // a file from outside: what its copies in the set stem from
    if (const auto reference = reference_of(sample.identity, index_.origin(clip), parents))
      add(AttemptKind::Attack, clip, sample.identity, *reference, clip);
    else
      ++plan_.without_reference;
  }

  void add_morph(std::size_t picture) {
    const Sample& sample = dataset_.samples[picture];
    std::set<std::string> people{sample.identity, sample.driver};
    for (const SampleParent& parent : sample.parents)
      if (const auto found = by_id_.find(parent.id); found != by_id_.end())
        people.insert(dataset_.samples[found->second].identity);
    bool used = false;
    for (const std::string& person : people) {
      const std::vector<std::size_t> recordings = index_.recordings(person);
      if (person.empty() || recordings.empty()) continue;
      add(AttemptKind::Attack, picture, person, {picture, false, sample.id}, recordings.front());
      used = true;
    }
    if (!used) ++plan_.without_reference;
  }

  const Dataset& dataset_;
  const MediaIndex& index_;
  const AttemptOptions& options_;
  std::mt19937_64 random_;
  std::map<std::string, std::size_t> by_id_;
  std::map<std::string, std::size_t> reference_index_;
  AttemptPlan plan_;
};

}  // namespace

AttemptPlan plan_attempts(const Dataset& dataset, const MediaIndex& index, const AttemptOptions& options) {
  return AttemptPlanner(dataset, index, options).plan();
}

}  // namespace kyc
