#include "kyc/evaluation/media.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

constexpr int kMaxSteps = 64;  // of re-encoding; a longer chain is a loop

const std::string* parent_of(const Sample& sample) {
  for (const SampleParent& parent : sample.parents)
    if (parent.role == "original") return &parent.id;
  return nullptr;
}

// A file from outside has no id: its hash, or its path, says which recording it was.
std::string outside_name(const Sample& sample) {
  for (const SampleParent& parent : sample.parents)
    if (parent.role == "original" && parent.id.empty())
      return parent.sha256.empty() ? parent.path : parent.sha256;
  return sample.id;
}

}  // namespace

bool is_picture_file(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp" ||
         extension == ".webp";
}

std::vector<Image> frames_of(const std::filesystem::path& path, int count) {
  if (is_picture_file(path.string())) return {read_image(path)};
  // The container's word for the number of frames is taken if it has one: one pass is enough then. If the
  // clip turns out shorter, it gives fewer frames.
  std::int64_t frames = 0;
  {
    VideoReader reader(path);
    const VideoInfo& info = reader.info();
    frames = info.frame_count.value_or(static_cast<std::int64_t>(info.duration_s * info.frame_rate));
    if (frames <= 0)
      for (Frame frame; reader.next(frame);) ++frames;
  }
  std::vector<Image> out;
  std::set<std::int64_t> wanted;
  for (int i = 0; i < count; ++i) wanted.insert((2 * i + 1) * frames / (2 * count));
  VideoReader reader(path);
  Frame frame;
  while (!wanted.empty() && reader.next(frame)) {
    if (frame.index < *wanted.begin()) continue;
    wanted.erase(wanted.begin());
    out.push_back(frame.image);
  }
  return out;
}

std::vector<Image> frames_to_show(const std::vector<std::filesystem::path>& files) {
  std::vector<Image> out;
  try {
    for (const auto& file : files) {
      std::vector<Image> frames = frames_of(file, 1);
      if (frames.empty()) return {};
      out.push_back(std::move(frames.front()));
    }
  } catch (const Error&) {
    return {};
  }
  return out;
}

MediaIndex::MediaIndex(const Dataset& dataset) : dataset_(dataset) {
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) by_id.emplace(dataset.samples[i].id, i);
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    std::size_t root = i;
    for (int step = 0; step < kMaxSteps; ++step) {
      const std::string* parent = parent_of(dataset.samples[root]);
      const auto found = parent == nullptr ? by_id.end() : by_id.find(*parent);
      if (found == by_id.end()) break;
      root = found->second;
    }
    origins_.push_back(outside_name(dataset.samples[root]));
    const Sample& sample = dataset.samples[i];
    if (sample.path.empty() || sample.failure) {
      ++missing_;
      continue;
    }
    const bool picture = is_picture_file(sample.path);
    (picture ? pictures_ : clips_).push_back(i);
    if (sample.kind == SampleKind::BonaFide)
      (picture ? portraits_ : recordings_)[sample.identity].push_back(i);
  }
}

std::vector<std::size_t> MediaIndex::portraits(const std::string& identity) const {
  const auto found = portraits_.find(identity);
  return found == portraits_.end() ? std::vector<std::size_t>{} : found->second;
}

std::vector<std::size_t> MediaIndex::recordings(const std::string& identity) const {
  const auto found = recordings_.find(identity);
  if (found == recordings_.end()) return {};
  // "", "c0", "c23", "c40": as it came first, then by falling quality.
  std::map<std::string, std::size_t> best;
  for (const std::size_t sample : found->second) {
    const auto [at, is_new] = best.try_emplace(origins_[sample], sample);
    if (!is_new && dataset_.samples[sample].compression < dataset_.samples[at->second].compression)
      at->second = sample;
  }
  std::vector<std::size_t> out;
  for (const auto& [origin, sample] : best) out.push_back(sample);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> MediaIndex::identities() const {
  std::set<std::string> names;
  for (const auto& [name, samples] : portraits_) names.insert(name);
  for (const auto& [name, samples] : recordings_) names.insert(name);
  return {names.begin(), names.end()};
}

}  // namespace kyc
