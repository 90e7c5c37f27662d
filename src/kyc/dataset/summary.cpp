#include "kyc/dataset/summary.h"

#include <charconv>
#include <set>
#include <tuple>

namespace kyc {
namespace {

bool fits(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value || (wanted == "none" && value.empty());
}

std::string value_text(const std::string& name, const SampleAttribute& attribute) {
  std::string text = attribute.value;
  int years = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, years);
  if (name == "age" && failure == std::errc() && stop == end && years >= 0)
    text = std::to_string(years / 10 * 10) + "-" + std::to_string(years / 10 * 10 + 9);
  return attribute.estimated ? text + " (estimated)" : text;
}

}  // namespace

bool matches(const SampleFilter& filter, const Sample& sample) {
  const std::string kind = sample.kind == SampleKind::Attack ? "attack" : "bona_fide";
  return fits(filter.kind, kind) && fits(filter.species, sample.species) &&
         fits(filter.compression, sample.compression) && fits(filter.split, sample.split) &&
         fits(filter.identity, sample.identity) && fits(filter.driver, sample.driver) &&
         (!filter.failed_only || sample.failure);
}

DatasetSummary summarize(const std::vector<Sample>& samples) {
  DatasetSummary out;
  // Not bona fide: true sorts behind false.
  std::map<std::tuple<bool, std::string, std::string, std::string>, DatasetSummary::Row> rows;
  std::map<std::string, std::set<std::string>> identities;
  std::map<std::string, std::set<std::string>> drivers;
  std::set<std::tuple<std::string, std::string, std::string>> attributes;
  for (const Sample& sample : samples) {
    DatasetSummary::Row& row =
        rows[{sample.kind == SampleKind::Attack, sample.species, sample.compression, sample.split}];
    row.species = sample.species;
    row.compression = sample.compression;
    row.split = sample.split;
    if (!sample.licence.empty()) ++out.licences[sample.licence];
    if (sample.failure) {
      ++row.failed;
      ++out.failed;
      ++out.failures[*sample.failure];
    } else {
      ++row.samples;
      ++out.samples;
      row.bytes += sample.bytes;
      out.bytes += sample.bytes;
    }
    if (!sample.driver.empty()) drivers[sample.split].insert(sample.driver);
    if (sample.identity.empty() || sample.kind == SampleKind::Attack) continue;
    identities[sample.split].insert(sample.identity);
    for (const auto& [name, attribute] : sample.attributes)
      attributes.emplace(name, value_text(name, attribute), sample.identity);
  }
  for (auto& [key, row] : rows) out.rows.push_back(std::move(row));
  for (const auto& [split, names] : identities) out.identities[split] = names.size();
  for (const auto& [split, names] : drivers) out.drivers[split] = names.size();
  for (const auto& [name, value, identity] : attributes) ++out.attributes[name][value];
  return out;
}

}  // namespace kyc
