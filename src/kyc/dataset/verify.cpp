#include "kyc/dataset/verify.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const std::set<std::string> kMedia = {
    ".jpg", ".jpeg", ".png", ".bmp", ".webp", ".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm"};
const std::set<std::string> kOwnFolders = {"protocols", "scores", "reports", ".work"};

// What build.json says; nothing where there is none.
struct BuildFacts {
  bool built = false;     // by `dataset build`
  bool imported = false;  // by `dataset import`
  std::uint64_t samples = 0;
  bool counted = false;
  std::vector<std::string> beside;  // folders of an imported tree whose files its lists know; '/' at the end
};

BuildFacts read_facts(const fs::path& folder) {
  BuildFacts facts;
  const fs::path file = folder / "build.json";
  if (!fs::exists(file)) return facts;
  try {
    const auto json = nlohmann::json::parse(read_text_file(file));
    facts.imported = json.contains("imported");
    facts.built = json.contains("recipe");
    facts.counted = json.contains("samples");
    if (facts.counted) facts.samples = json["samples"].get<std::uint64_t>();
    facts.beside = json.value("beside", facts.beside);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::Corrupt, file.string() + ": expected what a build writes: " + error.what());
  }
  return facts;
}

// A file that the manifest lists: a sample's own, or a mask, which several samples may share.
struct ListedFile {
  std::string path;
  std::string sha256;
  std::uint64_t bytes = 0;
};

std::vector<ListedFile> listed_files(const Dataset& dataset, VerifyReport& report) {
  std::vector<ListedFile> out;
  std::map<std::string, std::string> masks;
  for (const Sample& sample : dataset.samples) {
    report.failed += sample.failure ? 1 : 0;
    if (!sample.failure) out.push_back({sample.path, sample.sha256, sample.bytes});
    if (!sample.mask) continue;
    const auto [known, fresh] = masks.emplace(sample.mask->path, sample.mask->sha256);
    if (fresh)
      out.push_back({sample.mask->path, sample.mask->sha256, sample.mask->bytes});
    else if (known->second != sample.mask->sha256)
      report.broken.push_back(sample.path + ": its mask " + sample.mask->path +
                              " has another SHA-256 in another line");
  }
  return out;
}

void check_files(const Dataset& dataset, int jobs, const Progress& progress, VerifyReport& report) {
  const std::vector<ListedFile> listed = listed_files(dataset, report);
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(listed.size(), jobs, [&](std::size_t i, int) {
    const ListedFile& entry = listed[i];
    const fs::path file = dataset.folder / entry.path;
    bool altered = false;
    std::uint64_t bytes = 0;
    std::error_code failure;
    const bool missing = !fs::is_regular_file(file, failure);
    if (!missing) {
      bytes = fs::file_size(file, failure);
      altered = (entry.bytes != 0 && bytes != entry.bytes) || sha256_hex_of_file(file) != entry.sha256;
    }
    const std::lock_guard lock(mutex);
    report.files += missing ? 0 : 1;
    report.bytes += bytes;
    if (missing) report.missing.push_back(entry.path);
    if (altered) report.altered.push_back(entry.path);
    if (progress) progress(++done, listed.size());
  });
  std::sort(report.missing.begin(), report.missing.end());
  std::sort(report.altered.begin(), report.altered.end());
}

void find_extra(const Dataset& dataset, const BuildFacts& facts, VerifyReport& report) {
  std::unordered_set<std::string> listed;
  for (const Sample& sample : dataset.samples) {
    listed.insert(sample.path);
    if (sample.mask) listed.insert(sample.mask->path);
  }
  auto walk =
      fs::recursive_directory_iterator(dataset.folder, fs::directory_options::follow_directory_symlink);
  for (; walk != fs::recursive_directory_iterator(); ++walk) {
    const std::string path = walk->path().lexically_relative(dataset.folder).generic_string();
    if (walk->is_directory()) {
      if (walk.depth() == 0 && kOwnFolders.contains(path)) walk.disable_recursion_pending();
      continue;
    }
    if (path == "manifest.jsonl" || path == "build.json" || listed.contains(path)) continue;
    std::string extension = walk->path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    const bool beside = path.find("masks/") != std::string::npos ||
                        std::any_of(facts.beside.begin(), facts.beside.end(), [&](const std::string& folder) {
                          return path.starts_with(folder);
                        });
    if (!facts.imported || (kMedia.contains(extension) && !beside)) report.extra.push_back(path);
  }
  std::sort(report.extra.begin(), report.extra.end());
}

void check_chains(const Dataset& dataset, bool built, VerifyReport& report) {
  std::unordered_map<std::string, const Sample*> by_id;
  std::unordered_set<std::string> paths;
  for (const Sample& sample : dataset.samples) {
    by_id.emplace(sample.id, &sample);
    if (!sample.failure && !paths.insert(sample.path).second)
      report.broken.push_back(sample.path + ": two samples are this file");
  }
  for (const Sample& sample : dataset.samples) {
    const std::string name = sample.failure ? "sample " + sample.id : sample.path;
    if (built && !sample.failure && sample.parents.empty())
      report.broken.push_back(name + ": the manifest does not say what it was made from");
    for (const SampleParent& parent : sample.parents) {
      if (built && !sample.failure && parent.sha256.empty())
        report.broken.push_back(name + ": no SHA-256 of its " + parent.role);
      if (parent.id.empty()) continue;
      const auto found = by_id.find(parent.id);
      if (found == by_id.end())
        report.broken.push_back(name + ": its " + parent.role + " " + parent.id +
                                " is no sample of this set");
      else if (!found->second->failure && !parent.sha256.empty() && found->second->sha256 != parent.sha256)
        report.broken.push_back(name + ": was made from other bytes than its " + parent.role + " " +
                                found->second->path + " has");
    }
  }
}

void check_splits(const Dataset& dataset, VerifyReport& report) {
  std::map<std::string, std::string> split_of;
  for (const Sample& sample : dataset.samples)
    for (const std::string& person : {sample.identity, sample.driver}) {
      // Of two people at once ("a+b"), each has samples of their own.
      if (person.empty() || sample.split.empty() || person.find('+') != std::string::npos) continue;
      const auto [known, fresh] = split_of.emplace(person, sample.split);
      if (!fresh && known->second != sample.split) {
        report.broken.push_back((sample.failure ? "sample " + sample.id : sample.path) + ": identity " +
                                person + " is in " + known->second + " and in " + sample.split);
        known->second = sample.split;
      }
    }
}

}  // namespace

VerifyReport verify_dataset(const fs::path& folder, int jobs, const Progress& progress) {
  const Dataset dataset = read_dataset(folder);
  const BuildFacts facts = read_facts(folder);
  VerifyReport report;
  check_files(dataset, jobs, progress, report);
  find_extra(dataset, facts, report);
  check_chains(dataset, facts.built, report);
  if (facts.built) check_splits(dataset, report);
  if (facts.counted && facts.samples != dataset.samples.size())
    report.broken.push_back("manifest.jsonl: expected " + std::to_string(facts.samples) +
                            " lines as build.json says, got " + std::to_string(dataset.samples.size()));
  if (fs::exists(folder / ".work"))
    report.broken.push_back(".work: a build of this set was begun and not finished: start it again");
  return report;
}

}  // namespace kyc
