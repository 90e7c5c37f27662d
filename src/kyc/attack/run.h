// Runs one attack from files to files: decodes the target, finds and follows its face, forges,
// post-processes, encodes, and writes down where everything came from.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kyc/attack/attack.h"
#include "kyc/core/progress.h"
#include "kyc/face/analyzer.h"

namespace kyc {

// How the result is stored. Compression labels follow FaceForensics++: C0 lossless, C23 and C40 x264's CRF 23
// and 40.
enum class Compression { C0, C23, C40 };
std::string name_of(Compression compression);  // "c0", "c23", "c40"
// throws  Error{InvalidArgument} that lists the names
Compression compression_of(const std::string& name);

struct AttackJob {
  std::string method;                           // a registered Attack
  std::vector<std::filesystem::path> sources;   // portraits
  std::optional<std::filesystem::path> target;  // a clip, if the attack needs one
  std::vector<std::string> post;  // post-processing in order: registered Restorers, "restore/sharpen"
  AttackOptions options;
  double max_s = 0;  // of the target; 0: all of it
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
  std::vector<std::string> models;  // "name sha256" of every network that was run
  std::string program;              // "kyclops 0.1.0"
  std::int64_t frames = 0;
  std::int64_t frames_without_face = 0;  // delivered untouched
  double changed = 0;                    // mean share of the picture that was changed, 0..1
};
// One JSON object, keys in a fixed order: equal records are equal text.
std::string to_json(const AttackRecord& record);

// Called for every frame in order; `mask` as Forger gives it, resized with the frame by post-processing.
using FrameSink = std::function<void(const Frame& target, const ForgedFrame& forged)>;

// Streams the forged frames to `sink`.
// throws  what opening the files throws; Error{InvalidArgument} as Attack::begin; Error{Unsupported} if no
// frame of the
//         target shows a face that the attack needs
AttackRecord run_attack(const FaceAnalyzer& analyzer,
                        const ModelResources& resources,
                        const AttackJob& job,
                        const FrameSink& sink,
                        const Progress& progress = {});

}  // namespace kyc
