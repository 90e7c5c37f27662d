// The faces of a training set: found once, cut out, kept on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/attack/degrade.h"
#include "kyc/core/progress.h"
#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/training/training_set.h"

namespace kyc {

struct CropOptions {
  float margin = 1.3F;  // side of the square over the longer side of the face's box
  bool inside = false;  // the square is shrunk and moved until no edge is outside of the picture
  int side = 128;       // pixels of the network's input
  // The stored square is larger by this factor, and so is its part of the picture: room to turn and shift it
  // in training.
  float slack = 1.15F;
  int frames = 8;  // of a clip, evenly over its length
  // Not faces, but pictures of how they move between two frames (kyc/detection/movement_picture.h): `frames`
  // pairs of a clip, none of a photo. margin x 60 pixels of a face's view are seen.
  bool movement = false;
  bool landmarks = false;  // also the 68 points: self-blended images need them
  std::string detector = "fr_detect";
  std::vector<DegradeStep> chain;  // what the whole pictures go through before faces are looked for
  std::filesystem::path folder;    // where the crops are kept: files can be used again by any later run
  std::uint64_t memory_bytes =
      2ULL << 30;  // crops kept in memory; the others are read from disk when they are needed
};

int stored_side(const CropOptions& options);  // pixels

struct FaceCrop {
  Image image;                           // [stored_side, stored_side]
  std::optional<Landmarks68> landmarks;  // in pixels of `image`
};

// One crop of one item.
struct CropRef {
  std::size_t item = 0;
  std::size_t crop = 0;
};

// Thread-safe once made.
class CropStore {
 public:
  // Finds the largest face in every picture and frame, `jobs` files at a time, unless the folder has the
  // crops already (told by the file's path, size and time, and by the options). Files that can not be
  // decoded, and pictures without a face, give no crops: see failures(). throws  Error{Unavailable} the
  // folder can not be written (disk full: what is there stays and is used again);
  //         Error{InvalidArgument} options out of range
  CropStore(std::span<const TrainingItem> items,
            const ModelResources& resources,
            const CropOptions& options,
            int jobs,
            const Progress& progress = {});
  ~CropStore();
  CropStore(const CropStore&) = delete;
  CropStore& operator=(const CropStore&) = delete;

  std::size_t count(std::size_t item) const;  // crops of an item
  // throws  Error{Corrupt}, Error{NotFound} if the folder was changed meanwhile
  FaceCrop crop(const CropRef& ref) const;

  struct Failure {
    std::size_t item = 0;
    std::string reason;
  };
  const std::vector<Failure>& failures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the network sees when nothing is altered: the middle of a stored crop, side x side.
Image centre_of(const Image& stored, int side);

}  // namespace kyc
