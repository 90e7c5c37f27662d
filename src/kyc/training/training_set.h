// What a detector is trained on: files with labels, each in one split.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace kyc {

struct TrainingItem {
  std::filesystem::path file;  // a picture or a clip
  std::string sample;          // names it in scores: its id in a data set, else folder and name
  bool attack = false;
  std::string identity;     // whose face; nobody is in two splits of one set
  std::string driver;       // of an attack: who is in the clip that it was made of; may be empty
  std::string species;      // "bona_fide", "swap/graphics"; of plain folders: the folder's name
  std::string compression;  // "c0", "c23", "c40", or empty
  std::string split;        // "train", "val", "test"
};

struct TrainingSet {
  std::string name;  // the folder's
  std::vector<TrainingItem> items;
  std::uint64_t without_file = 0;  // samples that the data set's own build could not make
};

struct TrainingSetOptions {
  // Of plain folders that are not split, shares of identities in train, val and test; sum 1.
  std::array<double, 3> shares{0.6, 0.2, 0.2};
  std::uint64_t seed = 1;
  // Attacks whose species begins so, and no others; bona fide samples always. Empty: all. "swap/" takes all
  // swaps.
  std::vector<std::string> species{};
  // The test split keeps all species: what was trained on one attack is tested on every other.
  bool test_all_species = false;
  std::vector<std::string> compressions{};  // "" for samples as they came. Empty: all
  bool portraits = true;                    // false: clips only, where the set has clips
};

// folder  a data set (manifest.jsonl): labels and splits are the manifest's. Or plain folders: one called
// bona_fide (or real,
//         live, genuine, original) and others, each of which is a species of attack; identities are the
//         files' names. They may lie in folders train, val and test; else people are dealt out by the seed.
// throws  Error{NotFound} no such folder, no class folder in it, or files that the manifest names and that
// are not there: how
//         many, and the first; Error{Corrupt} as read_dataset
TrainingSet read_training_set(const std::filesystem::path& folder, const TrainingSetOptions& options = {});

// Bona fide and attacks, per split.
using ClassCounts = std::map<std::string, std::array<std::size_t, 2>>;
ClassCounts class_counts(const std::vector<TrainingItem>& items);

// throws  Error{InvalidArgument} that names `data` and says what is missing: both classes are needed in train
// and
//         in val; with `attacks_are_made` (self-blended images), bona fide samples
void check_classes(const std::vector<TrainingItem>& items, const std::string& data, bool attacks_are_made);

}  // namespace kyc
