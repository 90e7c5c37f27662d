#include "kyc/attack/run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "kyc/attack/follower.h"
#include "kyc/attack/track_file.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/core/registry.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

constexpr double kWholeClip = 1e9;  // seconds
// Of the network that there is a face: profiles get little, and their meshes are still good.
constexpr float kMeshConfidence = 0.2F;

std::optional<DensePoints> mesh_of(const Image& image, const Face& face, const DenseMeshNetwork& network) {
  const DenseMesh mesh = network.locate(image, face.landmarks);
  if (mesh.confidence < kMeshConfidence) return std::nullopt;
  return mesh.points;
}

// Meshes for those faces that can be the main one: the largest, and those of nearly its size.
std::vector<MeshedFace> meshed(std::vector<Face>&& faces,
                               const Image& image,
                               const DenseMeshNetwork* network) {
  std::vector<MeshedFace> out;
  for (Face& face : faces) {
    MeshedFace meshed{face, std::nullopt};
    const float size = meshed.face.detection.box.area();
    if (network && (out.empty() || size > 0.4F * out.front().face.detection.box.area()))
      meshed.mesh = mesh_of(image, meshed.face, *network);
    out.push_back(meshed);
  }
  return out;
}

// The frames of a clip with what was found in them, in order; with jobs > 1 found by as many threads.
class Observer {
 public:
  // analyzer  null: faces are not looked for
  // mesh      null: no meshes
  Observer(
      VideoReader& reader, double max_s, const FaceAnalyzer* analyzer, const DenseMeshNetwork* mesh, int jobs)
      : sampler_(reader, 0, max_s > 0 ? max_s : kWholeClip),
        produce_([this](Frame& frame) { return sampler_.next(frame); }),
        observe_([analyzer, mesh](Frame& frame, int) {
          ObservedFrame out;
          if (analyzer) out.faces = meshed(analyzer->analyze(frame.image), frame.image, mesh);
          out.frame = std::move(frame);
          return out;
        }) {
    if (jobs > 1) pipeline_.emplace(produce_, observe_, analyzer ? jobs : 1);
  }

  std::optional<ObservedFrame> next() {
    if (pipeline_) return pipeline_->next();
    Frame frame;
    if (!produce_(frame)) return std::nullopt;
    return observe_(frame, 0);
  }

 private:
  FrameSampler sampler_;
  std::function<bool(Frame&)> produce_;
  std::function<ObservedFrame(Frame&, int)> observe_;
  std::optional<OrderedPipeline<Frame, ObservedFrame>> pipeline_;  // last: its threads use the others
};

// The frames of a clip with the face that is followed: found here, or read from a track.
class FollowedFrames {
 public:
  FollowedFrames(Observer& observer, TrackReader* track) : observer_(observer), track_(track) {}

  std::optional<FollowedFrame> next() {
    if (track_) {
      std::optional<ObservedFrame> observed = observer_.next();
      if (!observed) return std::nullopt;
      FollowedFrame out{std::move(observed->frame), std::nullopt};
      out.face = track_->next(out.frame.time_s);
      return out;
    }
    while (true) {
      if (std::optional<FollowedFrame> followed = follower_.pop()) return followed;
      if (ended_) return std::nullopt;
      if (std::optional<ObservedFrame> observed = observer_.next()) {
        follower_.push(std::move(*observed));
      } else {
        follower_.finish();
        ended_ = true;
      }
    }
  }

 private:
  Observer& observer_;
  TrackReader* track_;
  FaceFollower follower_;
  bool ended_ = false;
};

struct PostStep {
  std::string name;
  std::shared_ptr<const Restorer> restorer;
  OptionValues values;
};

// A frame between forging and delivery.
struct Item {
  Frame target;
  std::optional<MeshedFace> face;
  ForgedFrame forged;
};

// Area averages, so that a mask stays what it says.
Mask resized(const Mask& mask, int width, int height) {
  if (mask.width == width && mask.height == height) return mask;
  Image grey = make_image(mask.width, mask.height);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    grey.pixels[3 * i] = grey.pixels[3 * i + 1] = grey.pixels[3 * i + 2] = mask.values[i];
  const bool shrinks = width < mask.width || height < mask.height;
  const Image scaled = resize(grey, width, height, shrinks ? Interpolation::Area : Interpolation::Linear);
  Mask out{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height)};
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = scaled.pixels[3 * i];
  return out;
}

void apply(const std::vector<PostStep>& steps, bool in_place, std::uint64_t seed, Item& item) {
  for (const PostStep& step : steps) {
    ForgedFrame& forged = item.forged;
    const bool same_place = in_place && forged.image.width == item.target.image.width &&
                            forged.image.height == item.target.image.height;
    const RestoreFrame about{item.target.index,
                             item.target.time_s,
                             seed,
                             same_place && item.face ? &item.face->face : nullptr,
                             &forged.mask};
    forged.image = step.restorer->restore(std::move(forged.image), about, step.values);
    forged.mask = resized(forged.mask, forged.image.width, forged.image.height);
  }
}

double share_of(const Mask& mask) {
  double sum = 0;
  for (const std::uint8_t value : mask.values) sum += value;
  return mask.values.empty() ? 0 : sum / (255.0 * static_cast<double>(mask.values.size()));
}

ForgedFrame untouched(const Image& image) {
  return {image,
          {image.width,
           image.height,
           std::vector<std::uint8_t>(static_cast<std::size_t>(image.width) * image.height)}};
}

// "restore/denoise:strength=3,radius=2"
struct PostSpec {
  std::string name;
  std::map<std::string, std::string> given;
};

PostSpec parsed_post(const std::string& text) {
  const std::size_t colon = text.find(':');
  PostSpec spec{text.substr(0, colon), {}};
  for (std::size_t start = colon; start != std::string::npos;) {
    const std::size_t end = text.find(',', start + 1);
    const std::string pair = text.substr(start + 1, end == std::string::npos ? end : end - start - 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::InvalidArgument,
                  "post-processing '" + text + "': expected NAME or NAME:key=value,key=value");
    spec.given[pair.substr(0, equals)] = pair.substr(equals + 1);
    start = end;
  }
  return spec;
}

std::string described(const PostStep& step) {
  std::string out = step.name;
  char separator = ':';
  for (const auto& [name, value] : step.values.all()) {
    out += separator + name + "=" + value;
    separator = ',';
  }
  return out;
}

void append(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::uint64_t frames_expected(const VideoInfo& info, double max_s) {
  const double duration = max_s > 0 ? std::min(info.duration_s, max_s) : info.duration_s;
  if (max_s <= 0 && info.frame_count) return static_cast<std::uint64_t>(*info.frame_count);
  return static_cast<std::uint64_t>(std::max(0.0, std::round(duration * info.frame_rate)));
}

}  // namespace

struct Forge::State {
  const FaceAnalyzer& analyzer;
  const ModelResources resources;
  mutable std::mutex mutex;
  mutable std::map<std::string, std::shared_ptr<const Attack>> attacks;
  mutable std::map<std::string, std::shared_ptr<const Restorer>> restorers;
  mutable std::optional<DenseMeshNetwork> mesh;  // loaded when it is needed

  const DenseMeshNetwork& mesh_network() const {
    const std::lock_guard lock(mutex);
    if (!mesh) mesh.emplace(resources);
    return *mesh;
  }

  template <typename Interface>
  std::shared_ptr<const Interface> get(std::map<std::string, std::shared_ptr<const Interface>>& made,
                                       const std::string& name) const {
    const std::lock_guard lock(mutex);
    std::shared_ptr<const Interface>& entry = made[name];
    if (!entry) {
      try {
        entry = Registry<Interface>::make(name, resources);
      } catch (...) {
        made.erase(name);
        throw;
      }
    }
    return entry;
  }

  // An attack and its post-processing, ready to begin, with the record before the first frame.
  struct Prepared {
    std::shared_ptr<const Attack> attack;
    AttackTraits traits;
    std::vector<PostStep> post;
    bool follows = false;                    // the target's face is looked for
    const DenseMeshNetwork* mesh = nullptr;  // meshes of sources and target are looked for
    AttackRecord record;
  };
  Prepared prepare(const AttackJob& job) const {
    Prepared out;
    out.attack = get(attacks, job.method);
    const AttackTraits traits = out.traits = out.attack->traits();
    if (job.sources.size() != static_cast<std::size_t>(traits.sources))
      throw Error(ErrorCode::InvalidArgument,
                  job.method + ": expected " + std::to_string(traits.sources) + " source(s), got " +
                      std::to_string(job.sources.size()));
    if (job.target.has_value() != traits.needs_target)
      throw Error(ErrorCode::InvalidArgument,
                  job.method + (traits.needs_target ? ": needs a target clip" : ": takes no target clip"));
    for (const std::string& text : job.post) {
      const PostSpec spec = parsed_post(text);
      auto restorer = get(restorers, spec.name);
      out.post.push_back({spec.name, restorer, OptionValues(spec.name, restorer->options(), spec.given)});
    }
    // With post-processing the face is looked for also where the attack itself does not need it.
    out.follows = traits.needs_target && (traits.needs_target_face || (traits.in_place && !out.post.empty()));

    AttackRecord& record = out.record;
    record.method = job.method;
    for (const fs::path& path : job.sources)
      record.inputs.push_back({"source", path, sha256_hex_of_file(path)});
    if (job.target) record.inputs.push_back({"target", *job.target, sha256_hex_of_file(*job.target)});
    for (const PostStep& step : out.post) record.post.push_back(described(step));
    record.options.seed = job.options.seed;
    record.options.values = OptionValues(job.method, out.attack->options(), job.options.values).all();
    std::vector<std::string> names;
    if (traits.sources > 0 || out.follows) append(names, analyzer.models());
    if (traits.needs_mesh) {
      out.mesh = &mesh_network();
      append(names, {"facemesh"});
    }
    append(names,
           out.attack->models_for(OptionValues(job.method, out.attack->options(), job.options.values)));
    for (const PostStep& step : out.post) append(names, step.restorer->models_for(step.values));
    for (const std::string& name : names)
      record.models.push_back(name + " " + resources.models.entry(name).sha256);
    record.program = std::string("kyclops ") + KYC_VERSION;
    return out;
  }
};

Forge::Forge(const FaceAnalyzer& analyzer, const ModelResources& resources)
    : state_(new State{analyzer, resources, {}, {}, {}, {}}) {}
Forge::~Forge() = default;
Forge::Forge(Forge&&) noexcept = default;

AttackSource read_source(const FaceAnalyzer& analyzer, const fs::path& path) {
  AttackSource source{path.string(), read_image(path), std::nullopt, std::nullopt};
  std::vector<Face> faces = analyzer.analyze(source.image);
  if (!faces.empty()) source.face = faces.front();
  return source;
}

AttackRecord Forge::record_of(const AttackJob& job) const {
  return state_->prepare(job).record;
}

AttackRecord Forge::run(const AttackJob& job, const FrameSink& sink, const Progress& progress) const {
  State::Prepared prepared = state_->prepare(job);
  const AttackTraits traits = prepared.traits;
  const std::vector<PostStep>& post = prepared.post;
  const bool follows = prepared.follows;
  AttackRecord& record = prepared.record;
  const AttackOptions options = record.options;
  std::vector<AttackSource> sources;
  for (const fs::path& path : job.sources) {
    AttackSource source = read_source(state_->analyzer, path);
    if (prepared.mesh && source.face) source.mesh = mesh_of(source.image, *source.face, *prepared.mesh);
    sources.push_back(std::move(source));
  }

  std::optional<VideoReader> reader;
  std::optional<TrackReader> track;
  std::optional<Observer> observer;
  std::optional<FollowedFrames> frames;
  TargetInfo info;
  if (traits.needs_target) {
    reader.emplace(*job.target);
    const VideoInfo& video = reader->info();
    info = {video.width,
            video.height,
            video.frame_rate,
            static_cast<std::int64_t>(frames_expected(video, job.max_s))};
    if (job.track && follows) track.emplace(*job.track, record.inputs.back().sha256);
    observer.emplace(
        *reader, job.max_s, follows && !track ? &state_->analyzer : nullptr, prepared.mesh, job.jobs);
    if (follows) frames.emplace(*observer, track ? &*track : nullptr);
  } else {
    info = prepared.attack->plan(sources, options);
  }
  const std::unique_ptr<Forger> forger = prepared.attack->begin(sources, info, options);

  std::int64_t with_face = 0;
  std::int64_t planned = 0;
  const std::function<bool(Item&)> forge_next = [&](Item& item) {
    item = {};
    if (frames) {
      std::optional<FollowedFrame> followed = frames->next();
      if (!followed) return false;
      item.target = std::move(followed->frame);
      item.face = followed->face;
    } else if (observer) {
      std::optional<ObservedFrame> observed = observer->next();
      if (!observed) return false;
      item.target = std::move(observed->frame);
    } else {
      if (planned >= info.frames) return false;
      item.target.index = planned;
      item.target.time_s = info.frame_rate > 0 ? static_cast<double>(planned) / info.frame_rate : 0;
      ++planned;
    }
    const bool usable = item.face && (!traits.needs_mesh || item.face->mesh);
    with_face += usable ? 1 : 0;
    if (traits.needs_target && traits.needs_target_face && traits.in_place && !usable)
      item.forged = untouched(item.target.image);
    else
      item.forged = forger->forge({&item.target,
                                   item.face ? &item.face->face : nullptr,
                                   traits.needs_mesh && usable ? &*item.face->mesh : nullptr});
    return true;
  };
  const std::function<Item(Item&, int)> restore = [&](Item& item, int) {
    apply(post, traits.in_place, options.seed, item);
    return std::move(item);
  };
  const auto total = static_cast<std::uint64_t>(info.frames);
  const std::function<bool(Item &&)> deliver = [&](Item&& item) {
    record.changed += share_of(item.forged.mask);
    ++record.frames;
    sink(item.target, item.forged);
    const auto done = static_cast<std::uint64_t>(record.frames);
    if (progress) progress(done, std::max(total, done));
    return true;
  };
  ordered_parallel<Item, Item>(
      forge_next, restore, deliver, job.jobs > 1 && !post.empty() ? job.jobs : std::min(job.jobs, 2));

  if (record.frames > 0) record.changed /= static_cast<double>(record.frames);
  if (traits.needs_target && traits.needs_target_face) {
    record.frames_without_face = record.frames - with_face;
    if (with_face == 0)
      throw Error(ErrorCode::Unsupported,
                  job.target->string() + ": no frame shows a face that " + job.method + " could attack");
  }
  return record;
}

std::int64_t Forge::write_track(
    const fs::path& clip, const fs::path& path, double max_s, int jobs, const Progress& progress) const {
  VideoReader reader(clip);
  TrackWriter writer(path, sha256_hex_of_file(clip));
  Observer observer(reader, max_s, &state_->analyzer, &state_->mesh_network(), jobs);
  FollowedFrames frames(observer, nullptr);
  const std::uint64_t total = frames_expected(reader.info(), max_s);
  std::uint64_t done = 0;
  std::int64_t with_face = 0;
  while (const std::optional<FollowedFrame> followed = frames.next()) {
    writer.add(followed->frame.time_s, followed->face);
    with_face += followed->face ? 1 : 0;
    ++done;
    if (progress) progress(done, std::max(total, done));
  }
  writer.finish();
  return with_face;
}

AttackRecord run_attack(const FaceAnalyzer& analyzer,
                        const ModelResources& resources,
                        const AttackJob& job,
                        const FrameSink& sink,
                        const Progress& progress) {
  return Forge(analyzer, resources).run(job, sink, progress);
}

}  // namespace kyc
