// Runs one attack from files to files: decodes the target, finds and follows its face, forges,
// post-processes, encodes, and writes down where everything came from.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/attack/attack.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/progress.h"
#include "kyc/face/analyzer.h"
#include "kyc/video/writer.h"

namespace kyc {

// How the result is stored. Compression labels follow FaceForensics++: C0 lossless, C23 and C40 x264's CRF 23
// and 40.
enum class Compression { C0, C23, C40 };
std::string name_of(Compression compression);  // "c0", "c23", "c40"
// throws  Error{InvalidArgument} that lists the names
Compression compression_of(const std::string& name);
// How a clip of this compression is written; size and rate are still to be filled in.
WriteOptions write_options(Compression compression);

struct AttackJob {
  std::string method;                           // a registered Attack
  std::vector<std::filesystem::path> sources;   // portraits
  std::optional<std::filesystem::path> target;  // a clip, if the attack needs one
  // Post-processing in order: registered Restorers, with options or without: "restore/sharpen",
  // "restore/sharpen:amount=0.8,radius=2".
  std::vector<std::string> post;
  AttackOptions options;
  double max_s = 0;  // of the target; 0: all of it
  // What Forge::write_track() wrote for this target (at least as much of it as is attacked): the faces are
  // read from it and not looked for again. The result is the same.
  std::optional<std::filesystem::path> track;
  int jobs = 1;  // threads; the result does not depend on it
};

// Where a result came from; becomes part of the data set's manifest and of the clip's own metadata.
struct AttackRecord {
  struct Input {
    std::string role;  // "source" or "target"
    std::filesystem::path path;
    std::string sha256;
  };
  std::string method;
  std::vector<Input> inputs;
  std::vector<std::string> post;
  AttackOptions options;            // with the standard values filled in
  std::vector<std::string> models;  // of every network that was run, as ModelHashes::described
  std::string program;              // "kyclops 0.1.0"
  std::int64_t frames = 0;
  std::int64_t frames_without_face = 0;  // where the target's face is needed: delivered untouched
  double changed = 0;                    // mean share of the picture that was changed, 0..1
};
// One JSON object, keys in a fixed order: equal records are equal text.
std::string to_json(const AttackRecord& record);
// What goes into the metadata of the clip itself: the same without paths, networks and counts.
std::string provenance_comment(const AttackRecord& record);

// Called for every frame in order, by the thread that called run(). `target` is the frame as it was decoded
// (without a target: an image of 0 x 0); the mask is as Forger gives it, resized with the frame by
// post-processing. What is not needed later may be moved away.
using FrameSink = std::function<void(Frame& target, ForgedFrame& forged)>;

// Attacks clips; keeps the networks that it loaded from one clip to the next. Thread-safe: run() and
// write_track() may be called from several threads at once.
class Forge {
 public:
  // analyzer, resources  must outlive this object
  Forge(const FaceAnalyzer& analyzer, const ModelResources& resources);
  ~Forge();
  Forge(Forge&&) noexcept;

  // Streams the forged frames to `sink`.
  // throws  what opening the files throws; Error{NotFound} for an unknown attack or restorer;
  //         Error{InvalidArgument} as Attack::begin, for a wrong number of sources, or a track that was made
  //         for another clip; Error{Unsupported} if no frame of the target shows a face that the attack needs
  //         (the sink has then seen the untouched frames)
  AttackRecord run(const AttackJob& job, const FrameSink& sink, const Progress& progress = {}) const;

  // The record of a run that was not made yet: frames 0. Equal records mean equal results.
  // throws  as run, as far as that can be told without looking at frames
  AttackRecord record_of(const AttackJob& job) const;

  // Finds and follows the face of `clip` once, for any number of attacks on it: see AttackJob::track.
  // path    appears whole or not at all
  // returns the number of frames that show a face
  // throws  what opening the clip throws; Error{Unavailable} if `path` can not be written
  std::int64_t write_track(const std::filesystem::path& clip,
                           const std::filesystem::path& path,
                           double max_s = 0,
                           int jobs = 1,
                           const Progress& progress = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// How portraits and clips are looked at for forging: without the eyes' state, which no attack asks for.
AnalyzerOptions forging_analysis();

// The manifest entries of the networks that a job runs, without loading any: what AttackRecord::models will
// name. The job's files are not opened; only whether it has sources and a target counts.
// analysis  of the face engine
// throws    as Forge::record_of, but for what is in files
std::vector<std::string> networks_of(const AttackJob& job,
                                     const AnalyzerOptions& analysis,
                                     const ModelResources& resources);

// A portrait with its largest face, without mesh.
// throws  as read_image
AttackSource read_source(const FaceAnalyzer& analyzer, const std::filesystem::path& path);

// One attack with a Forge of its own.
AttackRecord run_attack(const FaceAnalyzer& analyzer,
                        const ModelResources& resources,
                        const AttackJob& job,
                        const FrameSink& sink,
                        const Progress& progress = {});

}  // namespace kyc
