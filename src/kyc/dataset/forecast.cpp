#include "kyc/dataset/forecast.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <set>

#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/outputs.h"
#include "kyc/image/codec.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
// Of this process, all threads: on a busy machine the clock on the wall says what others do.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
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

double work_of(const Extent& extent) {
  return extent.frames * extent.pixels;
}

// Indices of `count` elements of [0, total): the middle one of every part of equal length.
std::vector<std::size_t> spread(std::size_t total, int count) {
  const std::size_t wanted = std::min(total, static_cast<std::size_t>(std::max(count, 1)));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < wanted; ++i) out.push_back((2 * i + 1) * total / (2 * wanted));
  return out;
}

// What some clips of one kind cost.
class Measured {
 public:
  void add(const Extent& extent, double seconds, double bytes) {
    const double work = work_of(extent);
    work_ += work;
    frames_ += extent.frames;
    seconds_ += seconds;
    bytes_ += bytes;
    rates_.push_back(seconds / work);
  }
  bool empty() const { return rates_.empty(); }
  double seconds() const { return seconds_ / work_; }  // per frame and pixel
  double bytes() const { return bytes_ / work_; }
  // Of one clip.
  Extent mean_extent() const { return {frames_ / static_cast<double>(rates_.size()), work_ / frames_}; }

  Forecast::Basis basis(const std::string& what) const {
    const auto [least, most] = std::minmax_element(rates_.begin(), rates_.end());
    return {what,
            static_cast<int>(rates_.size()),
            static_cast<std::int64_t>(frames_),
            seconds_ / frames_,
            bytes_ / frames_,
            *least / seconds(),
            *most / seconds()};
  }

 private:
  double work_ = 0;  // frames x pixels
  double frames_ = 0;
  double seconds_ = 0;
  double bytes_ = 0;
  std::vector<double> rates_;
};

class Forecaster {
 public:
  Forecaster(const Plan& plan, const ModelResources& resources, const ForecastOptions& options)
      : plan_(plan),
        options_(options),
        analyzer_(resources, forging_analysis()),
        forge_(analyzer_, resources) {
    sample_s_ =
        plan.recipe.max_seconds > 0 ? std::min(options.sample_s, plan.recipe.max_seconds) : options.sample_s;
    for (const SourceFile& driver : plan.drivers) extents_.push_back(extent_of(driver));
  }

  Forecast run() {
    measure_faces();
    std::map<std::string, std::vector<const PlannedGroup*>> kinds;
    for (const PlannedGroup& group : plan_.groups) {
      if (group.kind == GroupKind::Portrait)
        add_portrait(group);
      else
        kinds[planned_samples(plan_, group).front().species].push_back(&group);
    }
    for (const auto& [what, groups] : kinds) add(what, groups);
    return std::move(out_);
  }

 private:
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

  fs::path track_of(std::size_t driver) const { return folder_.path() / ("track" + std::to_string(driver)); }

  // Before the clock runs: it is paid for once per clip, see measure_faces().
  void make_track(const PlannedGroup& group) const {
    if (!needs_track(plan_, group)) return;
    const auto driver = static_cast<std::size_t>(group.driver);
    if (!fs::exists(track_of(driver)))
      forge_.write_track(plan_.drivers[driver].file, track_of(driver), sample_s_);
  }

  // In the order of their work; those that can not be read are left out.
  std::vector<std::size_t> by_work(const std::vector<std::size_t>& drivers) const {
    std::vector<std::size_t> out;
    for (const std::size_t d : drivers)
      if (work_of(extents_[d]) > 0) out.push_back(d);
    std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
      return work_of(extents_[a]) < work_of(extents_[b]);
    });
    return out;
  }

  // Once per clip whose faces must be known frame by frame.
  void measure_faces() {
    std::set<std::size_t> needed;
    for (const PlannedGroup& group : plan_.groups)
      if (needs_track(plan_, group)) needed.insert(static_cast<std::size_t>(group.driver));
    const std::vector<std::size_t> ordered = by_work({needed.begin(), needed.end()});
    Measured measured;
    for (const std::size_t i : spread(ordered.size(), options_.clips)) {
      const std::size_t d = ordered[i];
      try {
        const double frames = static_cast<double>(count_frames(plan_.drivers[d].file));
        const double start = processor_seconds();
        forge_.write_track(plan_.drivers[d].file, track_of(d), sample_s_);
        measured.add({frames, extents_[d].pixels}, processor_seconds() - start, 0);
      } catch (const Error&) {  // the build will say why
      }
    }
    if (measured.empty()) return;
    out_.basis.push_back(measured.basis("faces"));
    for (const std::size_t d : ordered) out_.seconds += measured.seconds() * work_of(extents_[d]);
  }

  std::int64_t count_frames(const fs::path& clip) const {
    VideoReader reader(clip);
    FrameSampler frames(reader, 0, sample_s_);
    Frame frame;
    std::int64_t count = 0;
    while (frames.next(frame)) ++count;
    return count;
  }

  void add_portrait(const PlannedGroup& group) {
    std::error_code failure;
    const auto size = fs::file_size(plan_.victims[static_cast<std::size_t>(group.source[0])].file, failure);
    if (!failure) out_.bytes += size;
  }

  // All groups of one kind.
  void add(const std::string& what, std::vector<const PlannedGroup*> groups) {
    const auto work = [&](const PlannedGroup* group) {
      return group->driver < 0 ? 0 : work_of(extents_[static_cast<std::size_t>(group->driver)]);
    };
    std::stable_sort(groups.begin(), groups.end(), [&](const PlannedGroup* a, const PlannedGroup* b) {
      return work(a) < work(b);
    });
    Measured measured;
    std::string failure;
    for (const std::size_t i : spread(groups.size(), options_.clips))
      measure(*groups[i], what, measured, failure);
    if (measured.empty()) {
      out_.unknown.push_back(what + ": " + failure);
      return;
    }
    out_.basis.push_back(measured.basis(what));
    // What is not made in the driver's own picture has a size of its own: the portrait's, or an option's.
    const PlannedGroup& first = *groups.front();
    const bool own_size = first.kind == GroupKind::Attack && !plan_.traits[first.attack].in_place;
    for (const PlannedGroup* group : groups) {
      Extent extent = measured.mean_extent();
      if (group->driver >= 0) {
        const Extent& driver = extents_[static_cast<std::size_t>(group->driver)];
        extent = {driver.frames, own_size && driver.frames > 0 ? extent.pixels : driver.pixels};
      }
      out_.frames += static_cast<std::uint64_t>(extent.frames);
      out_.seconds += measured.seconds() * work_of(extent);
      out_.bytes += static_cast<std::uint64_t>(measured.bytes() * work_of(extent));
    }
  }

  void measure(const PlannedGroup& group, const std::string& what, Measured& measured, std::string& failure) {
    std::vector<Sample> samples = planned_samples(plan_, group);
    try {
      make_track(group);
      const double start = processor_seconds();
      const Extent extent = group.kind == GroupKind::Clip ? encode(group, samples) : forge(group, samples);
      const double seconds = processor_seconds() - start;
      if (work_of(extent) <= 0) throw Error(ErrorCode::Unsupported, what + ": made nothing");
      double bytes = samples.front().mask ? static_cast<double>(samples.front().mask->bytes) : 0;
      for (const Sample& sample : samples) bytes += static_cast<double>(sample.bytes);
      measured.add(extent, seconds, bytes);
    } catch (const Error& error) {
      failure = error.what();
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
      const fs::path track = track_of(static_cast<std::size_t>(group.driver));
      if (fs::exists(track)) job.track = track;
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
    MaskOutput masks(samples, folder_.path(), folder_.path(), plan_.recipe.preset, rate);
    forge_.run(job, [&](Frame& frame, ForgedFrame& forged) {
      note(extent, outputs, forged.image, frame.time_s);
      masks.write(forged.mask, frame.time_s);
    });
    outputs.publish(samples);
    masks.publish(samples);
    return extent;
  }

  static void note(Extent& extent, ClipOutputs& outputs, const Image& image, double time_s) {
    outputs.write(image, time_s);
    ++extent.frames;
    extent.pixels = static_cast<double>(image.width) * image.height;
  }

  const Plan& plan_;
  ForecastOptions options_;
  FaceAnalyzer analyzer_;
  Forge forge_;
  TemporaryFolder folder_;
  double sample_s_ = 0;
  std::vector<Extent> extents_;
  Forecast out_;
};

}  // namespace

Forecast forecast(const Plan& plan, const ModelResources& resources, const ForecastOptions& options) {
  return Forecaster(plan, resources, options).run();
}

}  // namespace kyc
