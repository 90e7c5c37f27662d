// models/manifest.json: what every model is, what it eats, what it says, and where its thresholds come from.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kyc {

// How an image becomes the network's input: value = (pixel - mean) / scale per channel, pixel in 0..255.
struct ModelInput {
  std::string name;
  std::vector<std::int64_t> shape;     // [1, 3, 240, 320]; 0 = free
  std::string colour;                  // "RGB", "BGR" or "grey": the order of the channels
  std::array<float, 3> mean{0, 0, 0};  // in the order of the channels
  std::array<float, 3> scale{1, 1, 1};
  std::string crop;  // in words: what part of the image, how aligned
  // Of networks that change pictures: "target" (the picture that is changed), "source" (another face's
  // picture), "identity" (a template), "number" (always `value`). Empty: the network's only input.
  std::string role;
  std::string layout = "NCHW";  // or "NHWC", as Keras exports have it: `shape` is in this order
  float value = 0;
};

// Which template of the source face a swap network is told.
struct ModelIdentity {
  std::string model;      // an entry of task "recognition"
  bool normalise = true;  // to unit length; false: as the recogniser gives it
  // Multiplied (row vector times matrix) by the swap network's own last initializer, [n, n], and brought to
  // unit length again: inswapper's "emap".
  bool emap = false;
};

// How a network that changes pictures (tasks "face_swap", "face_restoration", "image_restoration") gets its
// crop, and how its answer gets back into the picture. Which tensors: ModelInput::role.
struct ModelEdit {
  // Five reference points that the face is brought to: "arcface_112", "arcface_128", "simswap_112",
  // "ffhq_512"; kyc/attack/face_crop.h has them. "whole": the picture as it is.
  std::string alignment;
  // What of the crop is kept: "box" (a soft-edged rectangle), "face" (the inside of the 68 points' outline),
  // "network" (what its second output says, 0..1), "whole" (all).
  std::string paste;
  std::optional<ModelIdentity> identity;
  std::string colour = "RGB";          // of the answer: "RGB" or "BGR"
  std::string layout = "NCHW";         // of the answer
  std::array<float, 3> mean{0, 0, 0};  // pixel = value * scale + mean, in the order of the channels
  std::array<float, 3> scale{1, 1, 1};
  std::int64_t multiple = 1;  // of "whole": the sides are filled up to multiples of this many pixels
};

// How a network that tells attacks from bona fide faces gets its crop, and how its answer is read.
struct ModelDetection {
  std::vector<std::string> detects;  // "deepfake", "presentation_attack", "morph", "injection", "generated"
  // The part of the picture that it sees: the face box enlarged by this factor about its centre; 0: the whole
  // picture.
  float box = 1;
  bool square = false;    // the longer side of the box counts
  bool cut = false;       // at the edges of the picture; else what lies outside is black
  bool inside = false;    // of a square: shrunk and moved until no edge is outside of the picture
  bool mirrored = false;  // the mirrored picture is looked at, too; the mean of both log odds counts
  // What it is shown: "face", the pixels of that part; "movement", of a clip, how the face moved between two
  // frames (detection/movement_picture.h), whatever the part.
  std::string sees = "face";
  // The entry of a network that is shown the movement. A clip is an attack if either of both says so: the
  // score is 1 - (1 - one) * (1 - other), the other's moved so that its threshold "eer" becomes 0.5. Empty:
  // none.
  std::string movement;
  // Of a clip the share of frames (of what is shown movement: of pairs of frames) whose score is lower than
  // the clip's, 0..1: one half is the median. More where a few frames give an attack away.
  double quantile = 0.5;
  // Of the output: "softmax" (logits of several classes), "probability" (of several classes, or of one),
  // "sigmoid" (the log odds of one).
  std::string output = "softmax";
  std::size_t index = 0;   // of the class below
  bool bona_fide = false;  // that class is bona fide: the score is 1 - its probability
};

// An operating point, with all that is needed to judge it.
struct ModelThreshold {
  std::string name;  // "fmr_1e-3"
  double value = 0;  // accept (recognition) or call attack (detection) when score >= value
  std::string rate;  // in words: the error rate at which it was set
  std::string data;  // on which data, how many trials
};

// A further file of a model: the weights that a TensorFlow.js model.json names.
struct ModelPart {
  std::string file;    // relative to the folder of the manifest
  std::string sha256;  // empty: not pinned
};

struct ModelEntry {
  std::string name;  // "fr_detect"
  std::string
      task;  // "face_detection", "landmarks", "recognition", "presentation_attack", "pose", "eye_state"
  std::string file;  // relative to the folder of the manifest
  // "onnx"; "tfjs" (a TensorFlow.js graph model) and "tfjs_weights" (weights without a graph), which become
  // ONNX when they are loaded; others are listed so that users know what to bring
  std::string format;
  std::string graph;             // of "tfjs_weights": see onnx_from_tfjs_weights
  std::vector<ModelPart> parts;  // of both: the files that `file` names, by their file names
  std::string sha256;            // empty: a file that the user brings, not pinned
  std::string licence;
  std::string origin;          // package and version, or repository
  std::string purpose;         // one line for people
  bool user_supplied = false;  // not fetched by tools/setup
  std::vector<ModelInput> inputs;
  std::vector<std::string> outputs;  // in words, one per output: name, shape, meaning
  std::vector<ModelThreshold> thresholds;
  std::vector<std::string> limits;          // what was measured to go wrong; shown to users
  std::optional<ModelEdit> edit;            // of networks that change pictures
  std::optional<ModelDetection> detection;  // of networks that tell attacks
};

class ModelManifest {
 public:
  // throws  Error{NotFound}, Error{Corrupt} with file and place
  explicit ModelManifest(const std::filesystem::path& folder);
  // A file that holds one entry only, with file names relative to its own folder: a network of the user's.
  // throws  as above
  static ModelManifest of_description(const std::filesystem::path& file);

  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<ModelEntry>& entries() const { return entries_; }

  // throws  Error{NotFound} that lists the known names
  const ModelEntry& entry(const std::string& name) const;
  std::filesystem::path file_of(const ModelEntry& entry) const { return folder_ / entry.file; }
  bool is_present(const ModelEntry& entry) const;

  // The bytes of the model's file, after its SHA-256 was checked.
  // throws  Error{NotFound} with how to get it, Error{Corrupt} if the hash differs
  std::vector<std::uint8_t> load(const std::string& name) const;
  // Likewise one of its parts.
  std::vector<std::uint8_t> load_part(const ModelEntry& entry, const ModelPart& part) const;

 private:
  ModelManifest() = default;

  std::filesystem::path folder_;
  std::vector<ModelEntry> entries_;
};

// The model as an ONNX file, converted in memory if it is of another format. All hashes are checked.
// throws  as ModelManifest::load; Error{Unsupported} for a format that cannot become ONNX; Error{Corrupt}
std::vector<std::uint8_t> load_onnx(const ModelManifest& manifest, const std::string& name);

// throws  Error{NotFound} that lists the entry's threshold names
const ModelThreshold& threshold(const ModelEntry& entry, const std::string& name);

}  // namespace kyc
