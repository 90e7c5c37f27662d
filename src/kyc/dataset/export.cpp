// Our samples as the lists that others read.

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/dataset/exchange.h"
#include "kyc/dataset/layouts.h"
#include "kyc/image/codec.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kForgeryNetClasses = 15;

// A link to where the files are, so that the lists' paths lead somewhere.
void link_media(const fs::path& dataset, const fs::path& out) {
  std::error_code failure;
  if (fs::equivalent(dataset, out, failure)) return;
  fs::remove(out / "media", failure);
  fs::create_directory_symlink(fs::canonical(dataset / "media"), out / "media", failure);
  if (failure)
    throw Error(ErrorCode::Unavailable,
                (out / "media").string() + ": could not be written: " + failure.message());
}

std::int64_t count_frames(const fs::path& clip) {
  VideoReader reader(clip);
  std::int64_t count = 0;
  for (Frame frame; reader.next(frame);) ++count;
  return count;
}

// `wanted` frames of a clip, evenly spaced, or all if it has not so many; relative paths.
std::vector<std::string> extract_frames(const fs::path& clip,
                                        const fs::path& out,
                                        const std::string& folder,
                                        int wanted) {
  const std::int64_t count = count_frames(clip);
  const std::int64_t kept = std::min<std::int64_t>(count, wanted);
  fs::create_directories(out / folder);
  std::vector<std::string> files;
  VideoReader reader(clip);
  Frame frame;
  for (std::int64_t i = 0; i < kept && reader.next(frame);) {
    if (frame.index < i * count / kept) continue;
    char name[32];
    std::snprintf(name, sizeof(name), "%03lld.png", static_cast<long long>(frame.index));
    files.push_back(folder + "/" + name);
    write_image(out / files.back(), frame.image);
    ++i;
  }
  return files;
}

void export_deepfakebench(const Dataset& dataset,
                          const std::string& name,
                          const fs::path& out,
                          const ExportOptions& options,
                          const Progress& progress) {
  std::vector<std::vector<std::string>> frames(dataset.samples.size());
  std::vector<std::vector<std::string>> masks(dataset.samples.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  if (options.frames > 0)
    parallel_for(dataset.samples.size(), options.jobs, [&](std::size_t i, int) {
      const Sample& sample = dataset.samples[i];
      if (!sample.failure && is_clip_name(sample.path)) {
        const std::string name_of_clip = fs::path(sample.path).replace_extension().generic_string();
        frames[i] = extract_frames(dataset.file_of(sample), out, "frames/" + name_of_clip, options.frames);
        // DeepfakeBench finds the mask of a frame by writing "masks" for "frames" in its path.
        if (sample.mask)
          masks[i] = extract_frames(
              dataset.folder / sample.mask->path, out, "masks/" + name_of_clip, options.frames);
      }
      const std::lock_guard lock(mutex);
      if (progress) progress(++done, dataset.samples.size());
    });
  ordered_json labels = ordered_json::object();
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    const Sample& sample = dataset.samples[i];
    if (sample.failure) continue;
    const std::string label = sample.kind == SampleKind::BonaFide ? name + "_real" : sample.species;
    if (is_picture_name(sample.path)) frames[i] = {sample.path};
    ordered_json entry = {{"label", label}, {"frames", frames[i]}, {"video", sample.path}};
    if (!sample.identity.empty()) entry["identity"] = sample.identity;
    if (!sample.driver.empty()) entry["driver"] = sample.driver;
    if (!masks[i].empty()) entry["masks"] = masks[i];
    if (sample.mask) entry["mask"] = sample.mask->path;
    // A sample without a split can be in none of the three: it is listed for testing.
    const std::string split = sample.split.empty() ? "test" : sample.split;
    labels[label][split][sample.compression.empty() ? "none" : sample.compression][stem_of(sample.path)] =
        entry;
  }
  write_text_file(out / (name + ".json"), ordered_json{{name, labels}}.dump(1) + "\n");
}

// Swapping and morphing put another identity in the place of the first; the rest keeps it.
int triple_of(const Sample& sample) {
  if (sample.kind == SampleKind::BonaFide) return 0;
  return sample.species.starts_with("swap/") || sample.species.starts_with("morph/") ? 1 : 2;
}

void export_forgerynet(const Dataset& dataset, const fs::path& out) {
  std::set<std::string> species;
  for (const Sample& sample : dataset.samples)
    if (sample.kind == SampleKind::Attack) species.insert(sample.species);
  if (species.size() > kForgeryNetClasses)
    throw Error(ErrorCode::InvalidArgument,
                "ForgeryNet's lists know " + std::to_string(kForgeryNetClasses) + " species, this set has " +
                    std::to_string(species.size()));
  std::map<std::string, int> number;
  std::string classes = "0 real\n";
  for (const std::string& name : species) {
    const int next = static_cast<int>(number.size()) + 1;
    number[name] = next;
    classes += std::to_string(next) + " " + name + "\n";
  }
  std::string videos;
  std::string images;
  for (const Sample& sample : dataset.samples) {
    if (sample.failure) continue;
    const bool attack = sample.kind == SampleKind::Attack;
    const std::string labels = std::string(attack ? " 1 " : " 0 ") + std::to_string(triple_of(sample)) + " " +
                               std::to_string(attack ? number.at(sample.species) : 0) + "\n";
    if (is_clip_name(sample.path)) {
      const auto frames = sample.record.find("frames");
      const std::string count = frames != sample.record.end()
                                    ? frames->second
                                    : std::to_string(count_frames(dataset.file_of(sample)));
      videos += "1 " + sample.path + " 0 " + count + (attack ? " fake" : " real") + labels;
    } else {
      images += sample.path + labels;
    }
  }
  write_text_file(out / "classes.txt", classes);
  write_text_file(out / "video_list.txt", videos);
  write_text_file(out / "image_list.txt", images);
}

std::string name_of_set(const fs::path& folder) {
  if (fs::exists(folder / "build.json")) {
    const auto record = nlohmann::json::parse(read_text_file(folder / "build.json"), nullptr, false);
    if (record.is_object() && record.contains("name") && record["name"].is_string())
      return record["name"].get<std::string>();
  }
  return fs::canonical(folder).filename().string();
}

}  // namespace

std::vector<std::string> export_formats() {
  return {"deepfakebench", "forgerynet"};
}

void export_dataset(const std::string& format,
                    const fs::path& folder,
                    const fs::path& out,
                    const ExportOptions& options,
                    const Progress& progress) {
  const Dataset dataset = read_dataset(folder);
  fs::create_directories(out);
  std::string name = name_of_set(folder);
  std::replace(name.begin(), name.end(), '/', '-');
  if (format == "deepfakebench")
    export_deepfakebench(dataset, name, out, options, progress);
  else if (format == "forgerynet")
    export_forgerynet(dataset, out);
  else
    throw Error(ErrorCode::InvalidArgument, "no format '" + format + "'; known: deepfakebench, forgerynet");
  link_media(folder, out);
}

}  // namespace kyc
