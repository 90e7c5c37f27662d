// A tree in another set's layout -> a manifest over it.

#include <algorithm>
#include <map>
#include <mutex>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/dataset/exchange.h"
#include "kyc/dataset/layouts.h"
#include "kyc/dataset/plan.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, LayoutReader>& readers() {
  static const std::map<std::string, LayoutReader> map = {{"faceforensics", read_faceforensics},
                                                          {"celeb-df", read_celeb_df},
                                                          {"dfdc", read_dfdc},
                                                          {"deepfakebench", read_deepfakebench},
                                                          {"df40", read_df40},
                                                          {"forgerynet", read_forgerynet},
                                                          {"deeperforensics", read_deeperforensics}};
  return map;
}

void hash_files(const fs::path& tree, std::vector<Sample>& samples, int jobs, const Progress& progress) {
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(samples.size(), jobs, [&](std::size_t i, int) {
    Sample& sample = samples[i];
    if (!sample.failure) {
      sample.sha256 = sha256_hex_of_file(tree / sample.path);
      sample.bytes = fs::file_size(tree / sample.path);
    }
    if (sample.mask) {
      sample.mask->sha256 = sha256_hex_of_file(tree / sample.mask->path);
      sample.mask->bytes = fs::file_size(tree / sample.mask->path);
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, samples.size());
  });
}

// Parents by path become parents by id; those that are not in the tree stay paths without a hash.
void connect_parents(const std::string& format, std::vector<Sample>& samples) {
  std::map<std::string, const Sample*> by_path;
  for (Sample& sample : samples) {
    sample.id = sha256_of_text(format + "/" + sample.path).substr(0, 32);
    by_path[sample.path] = &sample;
  }
  for (Sample& sample : samples)
    for (SampleParent& parent : sample.parents) {
      const auto found = by_path.find(parent.path);
      if (found == by_path.end() || found->second->failure) continue;
      parent.id = found->second->id;
      parent.sha256 = found->second->sha256;
      parent.path.clear();
    }
}

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code failure;
  return fs::equivalent(a, b, failure) && !failure;
}

}  // namespace

std::vector<std::string> import_formats() {
  std::vector<std::string> out;
  for (const auto& [name, reader] : readers()) out.push_back(name);
  return out;
}

ImportResult import_dataset(const std::string& format,
                            const fs::path& tree,
                            const fs::path& out,
                            const ImportOptions& options,
                            const Progress& progress) {
  const auto reader = readers().find(format);
  if (reader == readers().end()) {
    std::string known;
    for (const std::string& name : import_formats()) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::InvalidArgument, "no format '" + format + "'; known: " + known);
  }
  LayoutTree layout(tree);
  reader->second(layout);
  std::vector<Sample> samples = layout.take();
  if (samples.empty())
    throw Error(
        ErrorCode::InvalidArgument,
        tree.string() + ": nothing in it is as in " + format + " (docs/dataset.md shows the layouts)");
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.path < b.path; });
  hash_files(tree, samples, options.jobs, progress);
  connect_parents(format, samples);

  fs::create_directories(out);
  const bool in_place = same_folder(tree, out);
  if (!in_place) {
    std::error_code failure;
    fs::remove(out / "media", failure);
    fs::create_directory_symlink(fs::canonical(tree), out / "media", failure);
    if (failure)
      throw Error(ErrorCode::Unavailable,
                  (out / "media").string() + ": could not be written: " + failure.message());
  }
  const std::string prefix = in_place ? "" : "media/";
  ImportResult result;
  std::string manifest;
  for (Sample& sample : samples) {
    sample.consent = options.consent;
    sample.licence = options.licence;
    if (sample.failure) {
      sample.path.clear();
      sample.mask.reset();
    } else {
      sample.path = prefix + sample.path;
      if (sample.mask) sample.mask->path = prefix + sample.mask->path;
    }
    ++result.samples;
    result.failed += sample.failure ? 1 : 0;
    manifest += to_json_line(sample) + "\n";
  }
  nlohmann::ordered_json record = {
      {"imported", format}, {"samples", result.samples}, {"failed", result.failed}};
  for (const std::string& folder : layout.known()) record["beside"].push_back(prefix + folder);
  write_text_file(out / "build.json", record.dump(2) + "\n");
  write_text_file(out / "manifest.jsonl", manifest);
  return result;
}

}  // namespace kyc
