// What a score file says about the sample behind a score: enough to group by, without the data set.
#pragma once

#include <string>
#include <vector>

#include "kyc/dataset/sample.h"
#include "kyc/evaluation/csv.h"

namespace kyc {

struct SampleLabels {
  std::string sample;  // id
  bool attack = false;
  std::string identity;     // shown or claimed: of an attack its victim
  std::string driver;       // of an attack: whose recording it was made of; may be empty
  std::string species;      // "bona_fide", "swap/graphics+restore/sharpen"
  std::string compression;  // "c0", "c23", "c40", or empty
  std::string split;

  bool operator==(const SampleLabels&) const = default;
};

SampleLabels labels_of(const Sample& sample);

// "sample,attack,identity,driver,species,compression,split"
std::string label_header();
std::string label_fields(const SampleLabels& labels);

// Reads them back by the names of the columns.
class LabelColumns {
 public:
  // throws  Error{Corrupt} if a column is not there. driver, compression and split may be absent
  explicit LabelColumns(const CsvReader& table);
  // throws  Error{Corrupt} with the line if attack and species contradict each other
  SampleLabels read(const CsvReader& table) const;

 private:
  std::size_t sample_, attack_, identity_, species_;
  std::optional<std::size_t> driver_, compression_, split_;
};

// Distinct values in the order of their names, species before their post-processed variants.
std::vector<std::string> species_of(const std::vector<SampleLabels>& labels);

}  // namespace kyc
