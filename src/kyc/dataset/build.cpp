#include "kyc/dataset/build.h"

#include <functional>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/dataset/estimate.h"
#include "kyc/dataset/outputs.h"
#include "kyc/dataset/workshop.h"
#include "kyc/image/codec.h"
#include "kyc/image/png_text.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

constexpr double kWholeClip = 1e9;                    // seconds
constexpr std::uint64_t kLeastFreeBytes = 512 << 10;  // below, forging a clip would be work for nothing

class Builder {
 public:
  Builder(Plan& plan, const fs::path& folder, const ModelResources& resources, const Ranks& ranks)
      : plan_(plan),
        workshop_(folder),
        resources_(resources),
        ranks_(ranks),
        analyzer_(resources, forging_analysis()),
        forge_(analyzer_, resources),
        tracked_(plan.drivers.size()) {
    for (const PlannedGroup& group : plan.groups)
      if (needs_track(plan, group)) tracked_[static_cast<std::size_t>(group.driver)] = true;
    if (plan.recipe.estimate_age || plan.recipe.estimate_sex) estimator_.emplace(resources);
  }

  BuildResult run(const BuildOptions& options, const Progress& progress) {
    BuildResult result;
    std::optional<FolderLock> lock;
    // One rank prepares the folder; if it can not, all of them must hear of it.
    nlohmann::json news;
    if (ranks_.rank() == 0) {
      try {
        fs::create_directories(workshop_.work());
        lock.emplace(workshop_.work() / "lock", workshop_.folder.string());
        news["kept"] = open_workshop(workshop_, plan_, options.prune).kept;
      } catch (const Error& error) {
        news = {{"code", static_cast<int>(error.code())}, {"message", error.what()}};
      } catch (const fs::filesystem_error& error) {
        news = {{"code", static_cast<int>(ErrorCode::Unavailable)}, {"message", error.what()}};
      }
      news["plan"] = plan_digest();
    }
    news = nlohmann::json::parse(ranks_.from_first(news.dump()));
    if (news.contains("message"))
      throw Error(static_cast<ErrorCode>(news["code"].get<int>()), news["message"].get<std::string>());
    if (news["plan"] != plan_digest())
      throw Error(ErrorCode::InvalidArgument,
                  "rank " + std::to_string(ranks_.rank()) +
                      " sees other sources, networks or another recipe than the first rank");
    result.kept = news["kept"].get<std::uint64_t>();
    try {
      journal_.emplace(workshop_.journal_of(ranks_.rank()));
    } catch (const Error&) {
      ranks_.leave();
      throw;
    }
    ranks_.leave();  // a rank that dies from here on leaves its items to the others
    work_through(workshop_.source_claims(), options.jobs, {}, [this](std::size_t i) { prepare_source(i); });
    work_through(workshop_.group_claims(), options.jobs, progress, [this](std::size_t i) { make_group(i); });
    if (ranks_.rank() != 0) return result;
    read_estimates();
    close_workshop(workshop_, plan_, ranks_.size());
    count(result);
    return result;
  }

 private:
  // False where the first rank has closed the build already: then all items are done.
  bool join(std::optional<Claimant>& claimant, const fs::path& table) const {
    try {
      claimant.emplace(table);
      return true;
    } catch (const Error& error) {
      if (ranks_.rank() == 0 || error.code() != ErrorCode::NotFound) throw;
      return false;
    }
  }

  // Every thread takes item after item until all are done, by whomever.
  void work_through(const fs::path& table,
                    int jobs,
                    const Progress& progress,
                    const std::function<void(std::size_t)>& body) {
    std::mutex mutex;
    parallel_for(static_cast<std::size_t>(jobs), jobs, [&](std::size_t, int) {
      std::optional<Claimant> claimant;
      if (!join(claimant, table)) return;
      const auto tell = [&] {
        if (!progress) return;
        const std::lock_guard lock(mutex);
        progress(claimant->done(), claimant->count());
      };
      tell();
      while (const std::optional<std::size_t> item = claimant->next()) {
        body(*item);
        claimant->finish();
        tell();
      }
    });
  }

  std::string plan_digest() const {
    std::string text = plan_.program + plan_.recipe.text + std::to_string(plan_.groups.size());
    for (const auto* networks : {&plan_.face_networks, &plan_.estimators})
      for (const std::string& network : *networks) text += network;
    for (const auto& chains : plan_.networks)
      for (const auto& chain : chains)
        for (const std::string& network : chain) text += network;
    for (const auto* sources : {&plan_.victims, &plan_.drivers})
      for (const SourceFile& source : *sources) text += source.path + source.sha256;
    return sha256_of_text(text);
  }

  // What depends on this source alone: ".track", ".seen" (its face; empty), ".failed" (why it can not be
  // used), ".age_sex".
  fs::path beside(const SourceFile& file, const std::string& extension) const {
    std::string key = file.sha256 + " " + std::to_string(plan_.recipe.max_seconds) + " " + plan_.program;
    for (const auto* networks : {&plan_.face_networks, &plan_.estimators})
      for (const std::string& network : *networks) key += " " + network;
    return workshop_.sources() / (sha256_of_text(key).substr(0, 24) + extension);
  }

  bool is_tracked(const SourceFile& file) const {
    for (std::size_t d = 0; d < tracked_.size(); ++d)
      if (&plan_.drivers[d] == &file) return tracked_[d];
    return false;
  }

  bool shows_face(const SourceFile& file, bool is_clip) const {
    if (!is_clip) return !analyzer_.detect(read_image(file.file)).empty();
    if (is_tracked(file))
      return forge_.write_track(file.file, beside(file, ".track"), plan_.recipe.max_seconds) > 0;
    VideoReader reader(file.file);
    FrameSampler frames(reader, 0, plan_.recipe.max_seconds > 0 ? plan_.recipe.max_seconds : kWholeClip);
    for (Frame frame; frames.next(frame);)
      if (!analyzer_.detect(frame.image).empty()) return true;
    return false;
  }

  // Appears whole or not at all; on a full disk not.
  void note(const fs::path& path, const std::string& text) const {
    const fs::path part = path.string() + ".part" + std::to_string(ranks_.rank()) + "-" +
                          std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id()));
    try {
      write_text_file(part, text);
      fs::rename(part, path);
    } catch (const Error&) {
      std::error_code ignored;
      fs::remove(part, ignored);
    }
  }

  // Why nothing can be made of this source; empty if something can. Looked at once, by whomever is first.
  std::string complaint_about(const SourceFile& file, bool is_clip) const {
    if (!file.failure.empty()) return file.failure;
    if (fs::exists(beside(file, ".failed"))) return read_text_file(beside(file, ".failed"));
    if (fs::exists(beside(file, ".seen"))) return {};
    std::string complaint;
    try {
      if (!shows_face(file, is_clip))
        complaint = file.path + (is_clip ? ": no frame shows a face" : ": shows no face");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::Unavailable) return {};  // the disk is full: the items will say so
      complaint = without_folders(error.what(), workshop_, plan_);
    }
    note(beside(file, complaint.empty() ? ".seen" : ".failed"), complaint);
    return complaint;
  }

  // Of the sources of a group.
  std::string complaint_about(const PlannedGroup& group) const {
    for (const std::int32_t v : group.source) {
      if (v < 0) continue;
      std::string complaint = complaint_about(plan_.victims[static_cast<std::size_t>(v)], false);
      if (!complaint.empty()) return complaint;
    }
    if (group.driver < 0) return {};
    return complaint_about(plan_.drivers[static_cast<std::size_t>(group.driver)], true);
  }

  // Sources are the victims, then the drivers.
  void prepare_source(std::size_t index) {
    const bool is_clip = index >= plan_.victims.size();
    const SourceFile& file = is_clip ? plan_.drivers[index - plan_.victims.size()] : plan_.victims[index];
    if (!complaint_about(file, is_clip).empty()) return;
    if (!estimator_ || fs::exists(beside(file, ".age_sex"))) return;
    const std::optional<AgeSex> estimate =
        is_clip ? estimator_->of_clip(analyzer_, file.file) : estimator_->of_picture(analyzer_, file.file);
    nlohmann::json out = nlohmann::json::object();
    if (estimate) out = {{"age", std::to_string(estimate->age_years)}, {"sex", estimate->sex}};
    note(beside(file, ".age_sex"), out.dump());
  }

  // Where no table said it. Marked as estimated.
  void read_estimates() {
    if (!estimator_) return;
    for (auto* sources : {&plan_.victims, &plan_.drivers})
      for (SourceFile& file : *sources) {
        if (!fs::exists(beside(file, ".age_sex"))) continue;
        const auto estimate = nlohmann::json::parse(read_text_file(beside(file, ".age_sex")));
        const auto add = [&](const char* name, bool wanted) {
          if (wanted && estimate.contains(name) && !file.attributes.contains(name))
            file.attributes[name] = {estimate[name].get<std::string>(), true};
        };
        add("age", plan_.recipe.estimate_age);
        add("sex", plan_.recipe.estimate_sex);
      }
  }

  void make_group(std::size_t index) {
    const PlannedGroup& group = plan_.groups[index];
    std::vector<Sample> samples = planned_samples(plan_, group);
    std::string reason;
    try {
      if (fs::space(workshop_.folder).available < kLeastFreeBytes)
        reason = "no space left on the disk";
      else
        reason = complaint_about(group);
      if (reason.empty()) make(group, samples);
    } catch (const Error& error) {
      reason = error.what();
    } catch (const std::bad_alloc&) {
      reason = "not enough memory";
    } catch (const std::exception& error) {  // of a library; the other items may do well
      reason = std::string("unexpected: ") + error.what();
    }
    if (!reason.empty()) fail(group, samples, without_folders(reason, workshop_, plan_));
    report(samples);
  }

  void fail(const PlannedGroup& group, std::vector<Sample>& samples, const std::string& reason) {
    std::error_code ignored;
    for (const Sample& sample : samples) {
      fs::remove(workshop_.folder / sample.path, ignored);
      if (sample.mask) fs::remove(workshop_.folder / sample.mask->path, ignored);
    }
    samples = planned_samples(plan_, group);
    for (Sample& sample : samples) {
      sample.path.clear();
      sample.mask.reset();
      sample.failure = reason;
    }
  }

  // With the disk full there is still room for the journal: what was kept in reserve for it.
  void report(const std::vector<Sample>& samples) {
    try {
      journal_->append(samples);
    } catch (const Error&) {
      std::error_code ignored;
      fs::remove(workshop_.reserve(), ignored);
      journal_->append(samples);
    }
  }

  void make(const PlannedGroup& group, std::vector<Sample>& samples) {
    switch (group.kind) {
      case GroupKind::Portrait:
        return copy_portrait(plan_.victims[static_cast<std::size_t>(group.source[0])], samples);
      case GroupKind::Clip:
        return encode_clip(plan_.drivers[static_cast<std::size_t>(group.driver)], samples);
      case GroupKind::Attack:
        return plan_.traits[group.attack].makes_clip ? forge_clip(group, samples)
                                                     : forge_picture(group, samples);
    }
  }

  void copy_portrait(const SourceFile& file, std::vector<Sample>& samples) {
    Sample& sample = samples.front();
    const fs::path temporary = workshop_.temporary() / sample.id;
    write_file(temporary, read_file(file.file));
    publish_file(temporary, workshop_.folder, sample);
    if (sample.sha256 != file.sha256)
      throw Error(ErrorCode::Corrupt, file.path + ": changed while the data set was built");
  }

  void encode_clip(const SourceFile& file, std::vector<Sample>& samples) {
    VideoReader reader(file.file);
    FrameSampler frames(reader, 0, plan_.recipe.max_seconds > 0 ? plan_.recipe.max_seconds : kWholeClip);
    ClipOutputs outputs(
        samples, workshop_.folder, workshop_.temporary(), plan_.recipe.preset, reader.info().frame_rate);
    Frame frame;
    std::int64_t count = 0;
    for (; frames.next(frame); ++count) outputs.write(frame.image, frame.time_s);
    for (Sample& sample : samples) sample.record["frames"] = std::to_string(count);
    outputs.publish(samples);
  }

  AttackJob job_of(const PlannedGroup& group) const {
    AttackJob job = attack_job(plan_, group);
    if (!job.target) return job;
    const SourceFile& driver = plan_.drivers[static_cast<std::size_t>(group.driver)];
    if (fs::exists(beside(driver, ".track"))) job.track = beside(driver, ".track");
    return job;
  }

  void describe(const AttackRecord& record, const PlannedGroup& group, std::vector<Sample>& samples) const {
    if (record.models != plan_.networks[group.attack][group.post])
      throw Error(ErrorCode::Corrupt, "the file of a network changed while the data set was built");
    for (Sample& sample : samples) {
      for (std::size_t i = 0; i < record.inputs.size(); ++i)
        if (record.inputs[i].sha256 != sample.parents.at(i).sha256)
          throw Error(ErrorCode::Corrupt, sample.parents[i].path + ": changed while the data set was built");
      std::string models;
      for (const std::string& model : record.models) models += (models.empty() ? "" : "; ") + model;
      char changed[32];
      std::snprintf(changed, sizeof(changed), "%.4f", record.changed);
      sample.record["models"] = models;
      sample.record["frames"] = std::to_string(record.frames);
      sample.record["frames_without_face"] = std::to_string(record.frames_without_face);
      sample.record["changed"] = changed;
    }
  }

  void forge_clip(const PlannedGroup& group, std::vector<Sample>& samples) {
    const AttackJob job = job_of(group);
    const double rate = job.target ? VideoReader(*job.target).info().frame_rate : 0;
    ClipOutputs outputs(samples, workshop_.folder, workshop_.temporary(), plan_.recipe.preset, rate);
    MaskOutput masks(samples, workshop_.folder, workshop_.temporary(), plan_.recipe.preset, rate);
    const AttackRecord record = forge_.run(job, [&](Frame& frame, ForgedFrame& forged) {
      outputs.write(forged.image, frame.time_s);
      masks.write(forged.mask, frame.time_s);
    });
    describe(record, group, samples);
    outputs.publish(samples);
    masks.publish(samples);
  }

  void forge_picture(const PlannedGroup& group, std::vector<Sample>& samples) {
    Sample& sample = samples.front();
    std::optional<Image> picture;
    MaskOutput masks(samples, workshop_.folder, workshop_.temporary(), plan_.recipe.preset, 0);
    const AttackRecord record = forge_.run(job_of(group), [&](Frame&, ForgedFrame& forged) {
      picture = std::move(forged.image);
      masks.write(forged.mask, 0);
    });
    if (!picture) throw Error(ErrorCode::Internal, sample.species + " made no picture");
    describe(record, group, samples);
    const fs::path temporary = workshop_.temporary() / sample.id;
    write_file(temporary, with_png_text(encode_png(*picture), "Comment", provenance_text(sample)));
    publish_file(temporary, workshop_.folder, sample);
    masks.publish(samples);
  }

  void count(BuildResult& result) const {
    std::set<std::string> masks;
    for (const Sample& sample : read_dataset(workshop_.folder).samples) {
      ++result.items;
      if (sample.mask && masks.insert(sample.mask->path).second) result.bytes += sample.mask->bytes;
      result.failed += sample.failure ? 1 : 0;
      result.bytes += sample.bytes;
    }
  }

  Plan& plan_;
  Workshop workshop_;
  const ModelResources& resources_;
  const Ranks& ranks_;
  FaceAnalyzer analyzer_;
  Forge forge_;
  std::vector<bool> tracked_;  // of every driver: its faces must be known frame by frame
  std::optional<AgeSexEstimator> estimator_;
  std::optional<JournalWriter> journal_;
};

}  // namespace

BuildResult build_dataset(Plan& plan,
                          const fs::path& folder,
                          const ModelResources& resources,
                          const Ranks& ranks,
                          const BuildOptions& options,
                          const Progress& progress) {
  // Without a trailing slash, so that messages can be stripped of it.
  const fs::path plain = folder.has_filename() ? folder : folder.parent_path();
  return Builder(plan, plain, resources, ranks).run(options, progress);
}

}  // namespace kyc
