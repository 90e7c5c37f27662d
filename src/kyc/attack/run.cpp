#include "kyc/attack/run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "kyc/attack/observe.h"
#include "kyc/attack/post.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/core/registry.h"
#include "kyc/face/analyzer_networks.h"
#include "kyc/image/codec.h"
#include "kyc/nn/model_hashes.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

constexpr double kUsualRate = 25;  // frames per second, of clips that do not say

// Portraits and target clip as the attack wants them.
void expect_inputs(const AttackJob& job, const AttackTraits& traits) {
  const bool still = traits.takes_still && !job.target;
  const std::size_t sources = still ? 1 : static_cast<std::size_t>(traits.sources);
  if (still && job.sources.size() != 1)
    throw Error(ErrorCode::InvalidArgument,
                job.method + ": expected a target clip, or one source to be shown as a still");
  if (job.sources.size() != sources)
    throw Error(ErrorCode::InvalidArgument,
                job.method + ": expected " + std::to_string(sources) + " source(s), got " +
                    std::to_string(job.sources.size()));
  if (traits.needs_target && !job.target && !still)
    throw Error(ErrorCode::InvalidArgument, job.method + ": needs a target clip");
  if (job.target && !traits.needs_target && !traits.takes_target)
    throw Error(ErrorCode::InvalidArgument, job.method + ": takes no target clip");
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

void append(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// With post-processing the face is looked for also where the attack itself does not need it.
bool follows_face(const AttackJob& job, const AttackTraits& traits) {
  return job.target && (traits.needs_target_face || (traits.in_place && !job.post.empty()));
}

// face_engine  the networks of the analyzer
std::vector<std::string> networks_of(const AttackJob& job,
                                     const Attack& attack,
                                     const std::vector<PostStep>& post,
                                     const std::vector<std::string>& face_engine) {
  const AttackTraits traits = attack.traits();
  std::vector<std::string> names;
  if (!job.sources.empty() || follows_face(job, traits)) append(names, face_engine);
  if (traits.needs_mesh) append(names, {"facemesh"});
  append(names, attack.models_for(OptionValues(job.method, attack.options(), job.options.values)));
  for (const PostStep& step : post) append(names, step.restorer->models_for(step.values));
  return names;
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
  ModelHashes hashes;

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
    expect_inputs(job, traits);
    for (const std::string& text : job.post) {
      const PostSpec spec = parsed_post(text);
      auto restorer = get(restorers, spec.name);
      out.post.push_back({spec.name, restorer, OptionValues(spec.name, restorer->options(), spec.given)});
    }
    out.follows = follows_face(job, traits);

    AttackRecord& record = out.record;
    record.method = job.method;
    for (const fs::path& path : job.sources)
      record.inputs.push_back({"source", path, sha256_hex_of_file(path)});
    if (job.target) record.inputs.push_back({"target", *job.target, sha256_hex_of_file(*job.target)});
    for (const PostStep& step : out.post) record.post.push_back(described(step));
    record.options.seed = job.options.seed;
    record.options.values =
        options_in_force(job.method, out.attack->options(), job.options.values, job.target.has_value());
    if (traits.needs_mesh) out.mesh = &mesh_network();
    for (const std::string& name : networks_of(job, *out.attack, out.post, analyzer.models()))
      record.models.push_back(hashes.described(name));
    record.program = std::string("kyclops ") + KYC_VERSION;
    return out;
  }
};

Forge::Forge(const FaceAnalyzer& analyzer, const ModelResources& resources)
    : state_(new State{analyzer, resources, {}, {}, {}, {}, ModelHashes(resources.models)}) {}
Forge::~Forge() = default;
Forge::Forge(Forge&&) noexcept = default;

AnalyzerOptions forging_analysis() {
  AnalyzerOptions out;
  out.eyes = false;
  return out;
}

std::vector<std::string> networks_of(const AttackJob& job,
                                     const AnalyzerOptions& analysis,
                                     const ModelResources& resources) {
  const auto attack = Registry<Attack>::make(job.method, resources);
  std::vector<PostStep> post;
  for (const std::string& text : job.post) {
    const PostSpec spec = parsed_post(text);
    const std::shared_ptr<const Restorer> restorer = Registry<Restorer>::make(spec.name, resources);
    post.push_back({spec.name, restorer, OptionValues(spec.name, restorer->options(), spec.given)});
  }
  return networks_of(job, *attack, post, networks_of(analysis));
}

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
  if (job.target) {
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
  const std::function<bool(ForgedItem&)> forge_next = [&](ForgedItem& item) {
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
  PostChain chain(
      post,
      traits.in_place,
      options.seed,
      traits.makes_clip ? std::optional(info.frame_rate > 0 ? info.frame_rate : kUsualRate) : std::nullopt);
  const std::function<ForgedItem(ForgedItem&, int)> restore = [&](ForgedItem& item, int) {
    chain.restore(item);
    return std::move(item);
  };
  const auto total = static_cast<std::uint64_t>(info.frames);
  const PostChain::Deliver deliver = [&](ForgedItem&& item) {
    record.changed += share_of(item.forged.mask);
    ++record.frames;
    sink(item.target, item.forged);
    const auto done = static_cast<std::uint64_t>(record.frames);
    if (progress) progress(done, std::max(total, done));
  };
  ordered_parallel<ForgedItem, ForgedItem>(
      forge_next,
      restore,
      [&](ForgedItem&& item) {
        chain.push(std::move(item), deliver);
        return true;
      },
      job.jobs > 1 && chain.parallel() ? job.jobs : std::min(job.jobs, 2));
  chain.finish(deliver);

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
