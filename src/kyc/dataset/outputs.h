// The files of one group while they are made: under temporary names in the build's work folder, and then at
// once, whole and safe on the disk, under their own.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/dataset/sample.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"
#include "kyc/video/writer.h"

namespace kyc {

// What every file says about itself in its own metadata: one JSON object with id, kind, species and the hash
// of every file that it was made from.
std::string provenance_text(const Sample& sample);

// Encodes one clip in several compressions, each from the same frames. Not thread-safe.
class ClipOutputs {
 public:
  // samples     one per compression ("c0", "c23", "c40")
  // frame_rate  of the source; 0: told from the first two frames
  ClipOutputs(const std::vector<Sample>& samples,
              const std::filesystem::path& folder,
              const std::filesystem::path& temporary,
              const std::string& preset,
              double frame_rate);
  ~ClipOutputs();

  // time_s   of this frame in the source: kept
  // throws   as VideoWriter
  void write(const Image& image, double time_s);

  // Ends the clips, puts them under their names and fills in bytes and sha256.
  // throws   as VideoWriter; Error{InvalidArgument} if there was no frame
  void publish(std::vector<Sample>& samples);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The mask of a forged clip or picture, lossless, where the samples say that it is kept; else nothing
// happens.
class MaskOutput {
 public:
  // as ClipOutputs; every sample has the same mask
  MaskOutput(const std::vector<Sample>& samples,
             const std::filesystem::path& folder,
             const std::filesystem::path& temporary,
             const std::string& preset,
             double frame_rate);

  void write(const Mask& mask, double time_s);
  // Fills in bytes and sha256 of every sample's mask.
  void publish(std::vector<Sample>& samples);

 private:
  std::filesystem::path folder_;
  std::filesystem::path temporary_;
  std::vector<Sample> own_;  // the mask as a sample of its own, or nobody
  std::optional<ClipOutputs> clip_;
  std::optional<Image> picture_;
};

// Puts the finished file `temporary` under the sample's name in `folder`, and fills in bytes and sha256.
// throws  Error{Unavailable}
void publish_file(const std::filesystem::path& temporary,
                  const std::filesystem::path& folder,
                  Sample& sample);

}  // namespace kyc
