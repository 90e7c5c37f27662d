// Data sets and their samples, as they are searched. What a sample is, is the manifest's business
// (dataset/sample.h): here it is a row with its manifest line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kyc/store/database.h"

namespace kyc {

struct CatalogueDataset {
  std::string id;
  std::string name;
  std::string folder;  // relative to the folder that data sets are attached from
  std::string state;   // "importing", "ready", "failed"
  std::int64_t samples = 0;
  std::int64_t bytes = 0;
  std::string manifest_sha256;
  std::int64_t created_at = 0;
  std::string created_by;
};

struct CatalogueAttribute {
  std::string name;
  std::string value;
  bool estimated = false;
};

struct CatalogueSample {
  std::int64_t seq = 0;  // its line in the manifest, from 0 on
  std::string id;
  std::string path;
  std::int64_t bytes = 0;
  std::string sha256;
  std::string kind;
  std::string identity;
  std::string driver;
  std::string species;
  std::string method;
  std::string compression;
  std::string split;
  std::string licence;
  std::optional<std::int64_t> age;  // years
  bool age_estimated = false;
  bool failed = false;
  std::string clip;                            // the same for one clip in all compressions
  std::string line;                            // of the manifest: JSON
  std::vector<CatalogueAttribute> attributes;  // only when stored; they stand in `line` too
};

// returns  nothing: the folder is attached already
std::optional<std::string> create_dataset(Connection& connection,
                                          const std::string& name,
                                          const std::string& folder,
                                          const std::string& created_by,
                                          std::int64_t now);
std::optional<CatalogueDataset> find_dataset(Connection& connection, const std::string& id);
std::vector<CatalogueDataset> list_datasets(Connection& connection, const std::string& text);
void set_dataset_state(Connection& connection, const std::string& id, const std::string& state);
void finish_dataset(Connection& connection, const std::string& id, const std::string& manifest_sha256);
// Up to `limit` samples; false when none is left. For a data set of any size in transactions of a bounded
// one.
bool remove_some_samples(Connection& connection, const std::string& id, std::int64_t limit);
void remove_dataset_row(Connection& connection, const std::string& id);
void add_samples(Connection& connection,
                 const std::string& dataset_id,
                 std::span<const CatalogueSample> samples);

// What is empty or absent does not matter.
struct SampleFilter {
  std::string text;  // every word must stand somewhere in id, path, identity, driver, species, method,
                     // licence, attributes
  std::string kind;
  std::string species;  // exactly, or with all below it: "swap" finds "swap/graphics"
  std::string method;
  std::string compression;
  std::string split;
  std::string licence;
  std::string identity;
  std::optional<std::int64_t> age_from;  // both included
  std::optional<std::int64_t> age_to;
  std::vector<std::pair<std::string, std::string>> attributes;
  bool with_failed = false;
  std::optional<std::int64_t> after;  // seq
  std::int64_t limit = 50;
};
// In the order of the manifest.
std::vector<CatalogueSample> find_samples(Connection& connection,
                                          const std::string& dataset_id,
                                          const SampleFilter& filter);
std::int64_t count_samples(Connection& connection, const std::string& dataset_id, const SampleFilter& filter);
std::optional<CatalogueSample> find_sample(Connection& connection,
                                           const std::string& dataset_id,
                                           const std::string& id);
std::vector<CatalogueSample> samples_of_clip(Connection& connection,
                                             const std::string& dataset_id,
                                             const std::string& clip);
// column ("species", "method", "compression", "split", "licence", "kind") -> value -> how many samples; and
// the range of ages under "age_from", "age_to".
struct DatasetFacets {
  std::map<std::string, std::vector<std::pair<std::string, std::int64_t>>> values;
  std::map<std::string, std::vector<std::pair<std::string, std::int64_t>>>
      attributes;  // at most 50 values each
  std::optional<std::int64_t> youngest;
  std::optional<std::int64_t> oldest;
};
DatasetFacets dataset_facets(Connection& connection, const std::string& dataset_id);

}  // namespace kyc
