#include "kyc/evaluation/labels.h"

#include <set>

#include "kyc/core/text.h"

namespace kyc {

SampleLabels labels_of(const Sample& sample) {
  return {sample.id,
          sample.kind == SampleKind::Attack,
          sample.identity,
          sample.driver,
          sample.species,
          sample.compression,
          sample.split};
}

std::string label_header() {
  return "sample,attack,identity,driver,species,compression,split";
}

std::string label_fields(const SampleLabels& labels) {
  return csv_field(labels.sample) + (labels.attack ? ",1," : ",0,") + csv_field(labels.identity) + "," +
         csv_field(labels.driver) + "," + csv_field(labels.species) + "," + csv_field(labels.compression) +
         "," + csv_field(labels.split);
}

LabelColumns::LabelColumns(const CsvReader& table)
    : sample_(table.column("sample")),
      attack_(table.column("attack")),
      identity_(table.column("identity")),
      species_(table.column("species")),
      driver_(table.optional_column("driver")),
      compression_(table.optional_column("compression")),
      split_(table.optional_column("split")) {}

SampleLabels LabelColumns::read(const CsvReader& table) const {
  const auto optional = [&](const std::optional<std::size_t>& column) {
    return column ? table.field(*column) : std::string();
  };
  SampleLabels out{table.field(sample_),
                   table.boolean(attack_),
                   table.field(identity_),
                   optional(driver_),
                   table.field(species_),
                   optional(compression_),
                   optional(split_)};
  if (out.sample.empty()) table.fail("expected the sample's id in column 'sample', got nothing");
  if (out.attack && (out.species.empty() || out.species == "bona_fide"))
    table.fail("expected the species of the attack, got '" + out.species + "'");
  if (!out.attack && !out.species.empty() && out.species != "bona_fide")
    table.fail("expected no species or bona_fide where attack is 0, got '" + out.species + "'");
  return out;
}

std::vector<std::string> species_of(const std::vector<SampleLabels>& labels) {
  std::set<std::string> names;
  for (const SampleLabels& label : labels)
    if (label.attack) names.insert(label.species);
  return {names.begin(), names.end()};
}

}  // namespace kyc
