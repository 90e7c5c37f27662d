#include "kyc/evaluation/quality_result.h"

#include <cmath>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/text.h"

namespace kyc {

QualityResult quality_result(std::span<const QualityRow> rows) {
  if (rows.empty()) throw Error(ErrorCode::InvalidArgument, "quality: expected samples, got none");
  struct Sum {
    SpeciesGroup group;
    double sum = 0;
    int frames = 0;
  };
  std::map<std::string, Sum> samples;
  for (const QualityRow& row : rows) {
    Sum& sum = samples[row.labels.sample];
    sum.group = {row.labels.attack ? row.labels.species : "bona_fide", row.labels.compression};
    if (!row.brisque) continue;
    sum.sum += *row.brisque;
    ++sum.frames;
  }
  QualityResult out;
  std::map<SpeciesGroup, std::vector<double>> values;
  std::set<std::string> species, compressions;
  for (const auto& [id, sum] : samples) {
    if (sum.frames == 0) {
      ++out.failed;
      continue;
    }
    values[sum.group].push_back(sum.sum / sum.frames);
    species.insert(sum.group.species);
    compressions.insert(sum.group.compression);
  }
  out.species.assign(species.begin(), species.end());
  out.compressions.assign(compressions.begin(), compressions.end());
  for (const auto& [group, set] : values) {
    QualityGroup& result = out.groups[group];
    result.samples = set.size();
    for (const double value : set) result.mean += value / static_cast<double>(set.size());
    double squares = 0;
    for (const double value : set) squares += (value - result.mean) * (value - result.mean);
    if (set.size() > 1) result.deviation = std::sqrt(squares / static_cast<double>(set.size() - 1));
  }
  return out;
}

std::string quality_csv(std::span<const QualityRow> rows) {
  std::string out = label_header() + ",frame,brisque\n";
  for (const QualityRow& row : rows)
    out += label_fields(row.labels) + "," + std::to_string(row.frame) + "," + exact_text(row.brisque) + "\n";
  return out;
}

}  // namespace kyc
