#include "kyc/training/training_set.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "kyc/core/error.h"
#include "kyc/dataset/partition.h"
#include "kyc/dataset/sample.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const char* const kBonaFide = "bona_fide";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

bool has_extension(const fs::path& file, const std::set<std::string>& known) {
  return known.contains(lower(file.extension().string()));
}

bool is_picture(const fs::path& file) {
  static const std::set<std::string> kKnown = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
  return has_extension(file, kKnown);
}

bool is_clip(const fs::path& file) {
  static const std::set<std::string> kKnown = {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm"};
  return has_extension(file, kKnown);
}

bool is_bona_fide_folder(const std::string& name) {
  static const std::set<std::string> kNames = {kBonaFide, "real", "live", "genuine", "original"};
  return kNames.contains(lower(name));
}

bool is_wanted(const TrainingItem& item, const TrainingSetOptions& options) {
  const auto begins_so = [&](const std::string& start) { return item.species.rfind(start, 0) == 0; };
  const bool any_species = options.species.empty() || (options.test_all_species && item.split == "test");
  if (item.attack && !any_species && std::none_of(options.species.begin(), options.species.end(), begins_so))
    return false;
  return options.compressions.empty() ||
         std::find(options.compressions.begin(), options.compressions.end(), item.compression) !=
             options.compressions.end();
}

void refuse_missing(const TrainingSet& set) {
  std::vector<const TrainingItem*> missing;
  for (const TrainingItem& item : set.items) {
    std::error_code ignored;
    if (!fs::is_regular_file(item.file, ignored)) missing.push_back(&item);
  }
  if (missing.empty()) return;
  throw Error(ErrorCode::NotFound,
              set.name + ": " + std::to_string(missing.size()) + " of " + std::to_string(set.items.size()) +
                  " files are not there, the first is " + missing.front()->file.string() +
                  "; 'kyclops dataset verify' lists them");
}

TrainingSet of_manifest(const fs::path& folder, const TrainingSetOptions& options) {
  TrainingSet out{folder.filename().string(), {}, 0};
  const Dataset dataset = read_dataset(folder);
  for (const Sample& sample : dataset.samples) {
    if (sample.path.empty() || sample.failure) {
      ++out.without_file;
      continue;
    }
    TrainingItem item{dataset.file_of(sample),
                      sample.id,
                      sample.kind == SampleKind::Attack,
                      sample.identity,
                      sample.driver,
                      sample.species,
                      sample.compression,
                      sample.split};
    if (!is_picture(item.file) && !is_clip(item.file)) continue;
    if (!options.portraits && is_picture(item.file)) continue;
    if (is_wanted(item, options)) out.items.push_back(std::move(item));
  }
  refuse_missing(out);
  return out;
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

void add_class(const fs::path& folder, const std::string& split, TrainingSet& set) {
  const std::string name = folder.filename().string();
  const bool bona_fide = is_bona_fide_folder(name);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && (is_picture(entry.path()) || is_clip(entry.path())))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const std::string inside = fs::relative(file, folder).replace_extension().generic_string();
    set.items.push_back({file,
                         name + "/" + inside,
                         !bona_fide,
                         name + "/" + inside,
                         "",
                         bona_fide ? kBonaFide : name,
                         "",
                         split});
  }
}

// Both classes are dealt out by the shares, each for itself.
void deal_out(const TrainingSetOptions& options, TrainingSet& set) {
  std::vector<PartitionPerson> people;
  for (const TrainingItem& item : set.items)
    people.push_back({.identity = item.identity, .victim = !item.attack, .driver = item.attack});
  const std::vector<int> splits = partition(people, {}, options.shares, options.seed);
  for (std::size_t i = 0; i < set.items.size(); ++i)
    set.items[i].split = kSplits.at(static_cast<std::size_t>(splits[i]));
}

TrainingSet of_folders(const fs::path& folder, const TrainingSetOptions& options) {
  TrainingSet out{folder.filename().string(), {}, 0};
  bool is_split = false;
  for (const char* split : kSplits)
    if (fs::is_directory(folder / split)) {
      is_split = true;
      for (const fs::path& entry : sorted_entries(folder / split))
        if (fs::is_directory(entry)) add_class(entry, split, out);
    }
  if (!is_split)
    for (const fs::path& entry : sorted_entries(folder))
      if (fs::is_directory(entry)) add_class(entry, "", out);
  if (out.items.empty())
    throw Error(
        ErrorCode::NotFound,
        folder.string() +
            ": expected a data set (manifest.jsonl), or folders of pictures or clips: bona_fide, and one "
            "for each species of attack");
  if (!is_split) deal_out(options, out);  // a person's split does not depend on which species are taken
  std::erase_if(out.items, [&](const TrainingItem& item) { return !is_wanted(item, options); });
  return out;
}

}  // namespace

TrainingSet read_training_set(const fs::path& folder, const TrainingSetOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorCode::NotFound, folder.string() + ": no such folder");
  return fs::is_regular_file(folder / "manifest.jsonl", ignored) ? of_manifest(folder, options)
                                                                 : of_folders(folder, options);
}

ClassCounts class_counts(const std::vector<TrainingItem>& items) {
  ClassCounts out;
  for (const char* split : kSplits) out[split] = {0, 0};
  for (const TrainingItem& item : items) ++out[item.split][item.attack ? 1 : 0];
  return out;
}

void check_classes(const std::vector<TrainingItem>& items, const std::string& data, bool attacks_are_made) {
  const ClassCounts counts = class_counts(items);
  for (const char* split : {"train", "val"}) {
    const auto& [bona_fide, attacks] = counts.at(split);
    if (bona_fide > 0 && (attacks > 0 || attacks_are_made)) continue;
    throw Error(ErrorCode::InvalidArgument,
                data + ": the split '" + split + "' has " + std::to_string(bona_fide) +
                    " bona fide samples and " + std::to_string(attacks) + " attacks: " +
                    (attacks_are_made ? "self-blended images are made from bona fide samples"
                                      : "a detector is trained on both; from bona fide samples alone with "
                                        "self-blended images (--self-blended 1)"));
  }
}

}  // namespace kyc
