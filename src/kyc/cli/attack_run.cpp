// kyclops attack run: one attack, from files to a clip (or a picture) with its provenance.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/attack/comparison.h"
#include "kyc/attack/run.h"
#include "kyc/cli/attack_values.h"
#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"
#include "kyc/image/codec.h"
#include "kyc/image/mask_image.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct AttackRunFlags {
  std::string method;
  std::vector<std::string> sources;
  std::string target;
  std::string out;
  std::string compression = "c23";
  std::string compare;
  std::string mask;
  ComparisonOptions comparison;
  std::string track;
  std::vector<std::string> values;
  std::vector<std::string> post;
  std::uint64_t seed = 0;
  double max_s = 0;
};

AttackJob job_of(const AttackRunFlags& options, const GlobalOptions& global) {
  AttackJob job;
  job.method = options.method;
  job.sources.assign(options.sources.begin(), options.sources.end());
  if (!options.target.empty()) job.target = options.target;
  job.post = options.post;
  job.options.seed = options.seed;
  job.options.values = attack_values(options.values);
  job.max_s = options.max_s;
  job.jobs = jobs_of(global);
  return job;
}

// Where the frames go: a clip, or a picture.
class Output {
 public:
  Output(fs::path path, bool clip, WriteOptions write)
      : path_(std::move(path)), clip_(clip), write_(std::move(write)) {}

  void add(const Image& image, double time_s) {
    if (!clip_) {
      picture_ = image;
      return;
    }
    if (!writer_) {
      write_.width = image.width;
      write_.height = image.height;
      writer_.emplace(path_, write_);
    }
    writer_->write(image, time_s);
  }
  void finish() {
    if (writer_) writer_->finish();
    if (picture_) write_image(path_, *picture_);
  }

 private:
  fs::path path_;
  bool clip_;
  WriteOptions write_;
  std::optional<VideoWriter> writer_;
  std::optional<Image> picture_;
};

// The mask of a clip is a clip, of a picture a picture; nothing of it may be lost.
std::optional<Output> mask_output(const AttackRunFlags& options, bool clip, WriteOptions write) {
  if (options.mask.empty()) return std::nullopt;
  const fs::path path = options.mask;
  const std::string extension = path.extension().string();
  if (clip ? extension != ".mp4" && extension != ".mov" : extension != ".png")
    throw Error(ErrorCode::InvalidArgument,
                "--mask " + options.mask + ": " + options.method + " makes a " +
                    (clip ? "clip: expected a name that ends in .mp4 or .mov"
                          : "picture: expected a name that ends in .png"));
  write.lossless = true;
  write.title += ", mask";
  return Output(path, clip, std::move(write));
}

// "swap/graphics", or "then restore/sharpen, degrade/jpeg"
std::string title_of(const AttackJob& job) {
  if (job.post.empty()) return job.method;
  std::string out = "then ";
  for (const std::string& post : job.post)
    out += (&post == &job.post.front() ? "" : ", ") + post.substr(0, post.find(':'));
  return out;
}

// A sheet is to be looked at: as JPEG it may be small.
void write_sheet(const fs::path& path, const Image& sheet) {
  if (path.extension() == ".jpg" || path.extension() == ".jpeg")
    write_file(path, encode_jpeg(sheet, 82, JpegColours::Halved));
  else
    write_image(path, sheet);
}

int run_attack_command(const AttackRunFlags& options, const GlobalOptions& global) {
  const Compression compression = compression_of(options.compression);
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  const FaceAnalyzer analyzer(resources, forging_analysis());
  const Forge forge(analyzer, resources);
  AttackJob job = job_of(options, global);
  if (!options.track.empty()) {
    if (!fs::exists(options.track)) forge.write_track(options.target, options.track, options.max_s, job.jobs);
    job.track = options.track;
  }

  const AttackRecord planned = forge.record_of(job);
  const bool clip = Registry<Attack>::make(job.method, resources)->traits().makes_clip;
  WriteOptions write = write_options(compression);
  if (job.target) {
    const double rate = VideoReader(*job.target).info().frame_rate;
    if (rate > 0 && rate <= 1000) write.frame_rate = rate;
  }
  write.title = planned.method;
  write.comment = provenance_comment(planned);
  Output output(options.out, clip, write);
  std::optional<Output> mask = mask_output(options, clip, write);
  std::optional<ComparisonSheet> sheet;
  if (!options.compare.empty()) {
    std::vector<AttackSource> sources;
    for (const fs::path& path : job.sources) sources.push_back(read_source(analyzer, path));
    sheet.emplace(sources, title_of(job), options.comparison);
  }
  const Progress progress = progress_bar(job.method, "frames", global);
  const AttackRecord record = forge.run(
      job,
      [&](const Frame& target, const ForgedFrame& forged) {
        if (sheet) sheet->add(target, forged);
        output.add(forged.image, target.time_s);
        if (mask) mask->add(image_of(forged.mask), target.time_s);
      },
      progress);
  output.finish();
  if (mask) mask->finish();

  Json json = Json::parse(to_json(record));
  json["output"] = {{"path", options.out},
                    {"sha256", sha256_hex_of_file(options.out)},
                    {"compression", clip ? name_of(compression) : ""}};
  if (mask) json["mask"] = {{"path", options.mask}, {"sha256", sha256_hex_of_file(options.mask)}};
  write_text_file(options.out + ".json", json.dump(2) + "\n");
  if (sheet) write_sheet(options.compare, sheet->finish());
  if (global.json)
    std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  else
    std::printf("%s  %s  %lld frames, %lld without a face, %.1f %% of the picture changed\n",
                options.out.c_str(),
                record.method.c_str(),
                static_cast<long long>(record.frames),
                static_cast<long long>(record.frames_without_face),
                100 * record.changed);
  return kDone;
}

}  // namespace

void add_attack_run(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<AttackRunFlags>();
  App* verb = noun(app, "attack", "Forge attacks")->add_subcommand("run", "Forge one clip or picture");
  verb->fallthrough();
  verb->add_option("method", options->method, "An attack; see kyclops attack list")->required();
  verb->add_option("--source", options->sources, "Portrait that gives the identity; twice for a morph");
  verb->add_option("--target", options->target, "Clip that is attacked");
  verb->add_option("-o,--output",
                   options->out,
                   "Clip (.mp4) or picture (.png, .jpg); OUT.json says where it came from")
      ->required();
  verb->add_option(
          "--compression", options->compression, "c0 lossless, c23, c40: x264's constant rate factor")
      ->check(is_member({"c0", "c23", "c40"}))
      ->capture_default_str();
  verb->add_option("--mask",
                   options->mask,
                   "What was changed, white on black, lossless: a clip (.mp4), of a picture a .png");
  verb->add_option("--compare", options->compare, "Contact sheet: source, target, result, what was changed");
  verb->add_option("--compare-rows", options->comparison.moments, "Moments of the clip on the contact sheet")
      ->capture_default_str();
  verb->add_option("--compare-cell", options->comparison.cell, "Pixels of its pictures' longer side")
      ->capture_default_str();
  verb->add_flag(
      "--compare-detail", options->comparison.detail, "A piece of the result, twice as large, on it");
  verb->add_option(
      "--option", options->values, "NAME=VALUE of the attack's own options; see kyclops attack list");
  verb->add_option("--post", options->post, "Post-processing, in order: NAME or NAME:key=value,key=value");
  verb->add_option("--seed", options->seed, "Of everything random");
  verb->add_option("--max-seconds", options->max_s, "Only the beginning of the target");
  verb->add_option(
      "--track", options->track, "File that keeps the target's faces: read if it is there, else made");
  verb->footer("Exit code 0: done; 3: an input that cannot be used, such as a source without a face.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_attack_command(*options, global); };
  });
}

}  // namespace kyc::cli
