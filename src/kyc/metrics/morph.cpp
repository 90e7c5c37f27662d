#include "kyc/metrics/morph.h"

#include <algorithm>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

void check_morphs(std::span<const MorphAttempts> morphs) {
  if (morphs.empty()) throw Error(ErrorCode::InvalidArgument, "expected at least one morph, got none");
  for (const MorphAttempts& morph : morphs) {
    if (morph.subjects.size() < 2)
      throw Error(ErrorCode::InvalidArgument,
                  "morph '" + morph.morph + "': expected two contributing subjects or more, got " +
                      std::to_string(morph.subjects.size()));
    for (const auto& probes : morph.subjects) check_scores(probes, "mated (morph '" + morph.morph + "')");
  }
}

// Probes of the subject of whom the fewest are accepted.
std::size_t fewest_accepted(const MorphAttempts& morph, double threshold) {
  std::size_t fewest = morph.subjects.front().size();
  for (const auto& probes : morph.subjects) fewest = std::min(fewest, count_at_least(probes, threshold));
  return fewest;
}

void check_same_morphs(const RecogniserAttempts& first, const RecogniserAttempts& other) {
  const auto same = [](const MorphAttempts& a, const MorphAttempts& b) {
    return a.morph == b.morph &&
           std::equal(a.subjects.begin(),
                      a.subjects.end(),
                      b.subjects.begin(),
                      b.subjects.end(),
                      [](const auto& x, const auto& y) { return x.size() == y.size(); });
  };
  if (!std::equal(first.morphs.begin(), first.morphs.end(), other.morphs.begin(), other.morphs.end(), same))
    throw Error(ErrorCode::InvalidArgument,
                "recognisers '" + first.recogniser + "' and '" + other.recogniser +
                    "' were tried with different morphs or probes");
}

}  // namespace

double mmpmr(std::span<const MorphAttempts> morphs, double threshold) {
  check_morphs(morphs);
  const auto matched = std::count_if(morphs.begin(), morphs.end(), [&](const MorphAttempts& morph) {
    return fewest_accepted(morph, threshold) > 0;
  });
  return static_cast<double>(matched) / static_cast<double>(morphs.size());
}

double mmpmr_product_average(std::span<const MorphAttempts> morphs, double threshold) {
  check_morphs(morphs);
  double sum = 0;
  for (const MorphAttempts& morph : morphs) {
    double product = 1;
    for (const auto& probes : morph.subjects)
      product *= static_cast<double>(count_at_least(probes, threshold)) / static_cast<double>(probes.size());
    sum += product;
  }
  return sum / static_cast<double>(morphs.size());
}

double rmmr(double mmpmr, double fnmr) {
  check_share(mmpmr, "the MMPMR");
  check_share(fnmr, "the FNMR");
  return mmpmr + fnmr;
}

std::vector<std::vector<double>> morphing_attack_potential(std::span<const RecogniserAttempts> recognisers) {
  if (recognisers.empty())
    throw Error(ErrorCode::InvalidArgument, "expected at least one recogniser, got none");
  const RecogniserAttempts& first = recognisers.front();
  check_morphs(first.morphs);
  std::size_t probes = first.morphs.front().subjects.front().size();
  for (const MorphAttempts& morph : first.morphs)
    for (const auto& subject : morph.subjects) probes = std::min(probes, subject.size());
  std::vector<std::vector<double>> out(probes, std::vector<double>(recognisers.size(), 0));
  for (const RecogniserAttempts& other : recognisers) {
    check_morphs(other.morphs);
    check_same_morphs(first, other);
  }
  for (std::size_t m = 0; m < first.morphs.size(); ++m) {
    std::vector<std::size_t> accepted;  // per recogniser, most first
    for (const RecogniserAttempts& one : recognisers)
      accepted.push_back(fewest_accepted(one.morphs[m], one.threshold));
    std::sort(accepted.rbegin(), accepted.rend());
    for (std::size_t c = 0; c < accepted.size(); ++c)
      for (std::size_t r = 0; r < std::min(accepted[c], probes); ++r) out[r][c] += 1;
  }
  for (auto& row : out)
    for (double& cell : row) cell /= static_cast<double>(first.morphs.size());
  return out;
}

}  // namespace kyc
