#include "kyc/dataset/forecast.h"

#include <chrono>
#include <cmath>
#include <map>
#include <optional>

#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/outputs.h"
#include "kyc/image/codec.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / ("kyclops-forecast-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Frames and pixels of what a group reads.
struct Extent {
  double frames = 0;
  double pixels = 0;  // of a frame
};

class Forecaster {
 public:
  Forecaster(const Plan& plan, const ModelResources& resources, double sample_s)
      : plan_(plan), analyzer_(resources), forge_(analyzer_, resources) {
    sample_s_ = plan.recipe.max_seconds > 0 ? std::min(sample_s, plan.recipe.max_seconds) : sample_s;
    for (const SourceFile& driver : plan.drivers) extents_.push_back(extent_of(driver));
  }

  Forecast run() {
    measure_faces();
    for (const PlannedGroup& group : plan_.groups) add(group);
    return std::move(out_);
  }

 private:
  struct Rate {
    double seconds = 0;  // per frame and pixel
    double bytes = 0;
    Extent extent;  // where the group itself says nothing (no target)
  };

  Extent extent_of(const SourceFile& driver) const {
    if (!driver.failure.empty()) return {};
    try {
      const VideoInfo info = VideoReader(driver.file).info();
      const double longest = plan_.recipe.max_seconds > 0 ? plan_.recipe.max_seconds : info.duration_s;
      return {std::ceil(std::min(info.duration_s, longest) * info.frame_rate),
              static_cast<double>(info.width) * info.height};
    } catch (const Error&) {  // the build will say why
      return {};
    }
  }

  void measure_faces() {
    for (std::size_t d = 0; d < plan_.drivers.size(); ++d) {
      if (extents_[d].frames <= 0) continue;
      const Clock::time_point start = Clock::now();
      try {
        const fs::path track = folder_.path() / "track";
        const std::int64_t frames = count_frames(plan_.drivers[d].file);
        forge_.write_track(plan_.drivers[d].file, track, sample_s_);
        const double per_frame = since(start) / static_cast<double>(std::max<std::int64_t>(frames, 1));
        out_.basis.push_back({"faces", frames, per_frame, 0});
        for (const Extent& extent : extents_) out_.seconds += per_frame * extent.frames;
        return;
      } catch (const Error&) {  // another clip will do
      }
    }
  }

  std::int64_t count_frames(const fs::path& clip) const {
    VideoReader reader(clip);
    FrameSampler frames(reader, 0, sample_s_);
    Frame frame;
    std::int64_t count = 0;
    while (frames.next(frame)) ++count;
    return count;
  }

  void add(const PlannedGroup& group) {
    if (group.kind == GroupKind::Portrait) {
      std::error_code failure;
      const auto size = fs::file_size(plan_.victims[static_cast<std::size_t>(group.source[0])].file, failure);
      if (!failure) out_.bytes += size;
      return;
    }
    const std::string what = planned_samples(plan_, group).front().species;
    auto known = rates_.find(what);
    if (known == rates_.end()) known = rates_.emplace(what, measured(group, what)).first;
    if (!known->second) return;
    const Rate& rate = *known->second;
    const Extent extent = group.driver >= 0 ? extents_[static_cast<std::size_t>(group.driver)] : rate.extent;
    out_.frames += static_cast<std::uint64_t>(extent.frames);
    out_.seconds += rate.seconds * extent.frames * extent.pixels;
    out_.bytes += static_cast<std::uint64_t>(rate.bytes * extent.frames * extent.pixels);
  }

  std::optional<Rate> measured(const PlannedGroup& group, const std::string& what) {
    std::vector<Sample> samples = planned_samples(plan_, group);
    try {
      const Clock::time_point start = Clock::now();
      Extent extent;
      if (group.kind == GroupKind::Clip)
        extent = encode(group, samples);
      else
        extent = forge(group, samples);
      const double seconds = since(start);
      double bytes = 0;
      for (const Sample& sample : samples) bytes += static_cast<double>(sample.bytes);
      const double work = extent.frames * extent.pixels;
      if (work <= 0) throw Error(ErrorCode::Unsupported, what + ": made nothing");
      out_.basis.push_back(
          {what, static_cast<std::int64_t>(extent.frames), seconds / extent.frames, bytes / extent.frames});
      return Rate{seconds / work, bytes / work, extent};
    } catch (const Error& error) {
      out_.unknown.push_back(what + ": " + error.what());
      return std::nullopt;
    }
  }

  Extent encode(const PlannedGroup& group, std::vector<Sample>& samples) {
    VideoReader reader(plan_.drivers[static_cast<std::size_t>(group.driver)].file);
    FrameSampler frames(reader, 0, sample_s_);
    ClipOutputs outputs(
        samples, folder_.path(), folder_.path(), plan_.recipe.preset, reader.info().frame_rate);
    Frame frame;
    Extent extent;
    while (frames.next(frame)) note(extent, outputs, frame.image, frame.time_s);
    outputs.publish(samples);
    return extent;
  }

  Extent forge(const PlannedGroup& group, std::vector<Sample>& samples) {
    AttackJob job = attack_job(plan_, group);
    if (job.target) {
      job.max_s = sample_s_;
      // The build finds the faces of a clip once: here that is not part of what is measured.
      if (fs::exists(folder_.path() / "track") && group.driver == 0) job.track = folder_.path() / "track";
    }
    Extent extent;
    if (!plan_.traits[group.attack].makes_clip) {
      forge_.run(job, [&](Frame&, ForgedFrame& forged) {
        samples.front().bytes = encode_png(forged.image).size();
        extent = {1, static_cast<double>(forged.image.width) * forged.image.height};
      });
      return extent;
    }
    const double rate = job.target ? VideoReader(*job.target).info().frame_rate : 0;
    ClipOutputs outputs(samples, folder_.path(), folder_.path(), plan_.recipe.preset, rate);
    forge_.run(job,
               [&](Frame& frame, ForgedFrame& forged) { note(extent, outputs, forged.image, frame.time_s); });
    outputs.publish(samples);
    return extent;
  }

  static void note(Extent& extent, ClipOutputs& outputs, const Image& image, double time_s) {
    outputs.write(image, time_s);
    ++extent.frames;
    extent.pixels = static_cast<double>(image.width) * image.height;
  }

  const Plan& plan_;
  FaceAnalyzer analyzer_;
  Forge forge_;
  TemporaryFolder folder_;
  double sample_s_ = 0;
  std::vector<Extent> extents_;
  std::map<std::string, std::optional<Rate>> rates_;
  Forecast out_;
};

}  // namespace

Forecast forecast(const Plan& plan, const ModelResources& resources, double sample_s) {
  return Forecaster(plan, resources, sample_s).run();
}

}  // namespace kyc
