// What is done to a forged frame afterwards, to hide the forgery or as a side effect of how it travels:
// sharpening, denoising, a restoration network, a social network's resizing. One per file, registered by
// name: "restore/sharpen", "degrade/jpeg".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/attack/attack.h"

namespace kyc {

// The frame as it is known when it is restored.
struct RestoreFrame {
  std::int64_t index = 0;  // 0 for the first frame of the clip
  double time_s = 0;
  std::uint64_t seed = 0;  // of the whole run; mix it with `index` for what differs between frames
  // In the frame as it was forged and not yet restored. Null: not found, or the attack moved it away from
  // where the target's was (AttackTraits::in_place); a restorer that needs it then looks for itself.
  const Face* face = nullptr;
  const Mask* mask = nullptr;  // what the attack changed, of the size of the image
};

// A clip's way through a restorer that looks at more than one frame. Not thread-safe.
class ClipPass {
 public:
  virtual ~ClipPass() = default;
  virtual void push(Image image) = 0;
  virtual void finish() = 0;  // no further image comes
  // The next image, if it is ready: as many come out as went in, in order, a bounded number of them late.
  virtual std::optional<Image> pop() = 0;
};

// Frames are restored several at a time and in any order: nothing may be carried from one to the next, but
// for what begin() gives.
class Restorer {
 public:
  using Resources = ModelResources;
  virtual ~Restorer() = default;

  virtual std::string imitates() const = 0;  // one sentence for people: which real step this stands for
  virtual std::vector<AttackOption> options() const { return {}; }
  virtual std::vector<std::string> models() const { return {}; }  // manifest entries that it runs
  // The same, where it depends on the options.
  virtual std::vector<std::string> models_for(const OptionValues& /*values*/) const { return models(); }

  // Thread-safe. Gives back the picture, perhaps of another size: the mask is resized with it.
  // values  made of options(): every option is there
  // throws  Error{InvalidArgument} if a value is out of range
  virtual Image restore(Image image, const RestoreFrame& frame, const OptionValues& values) const = 0;

  // For a clip: what is used instead of restore(), where frames depend on each other (a video codec). Null:
  // they do not. throws  as restore
  virtual std::unique_ptr<ClipPass> begin(const OptionValues& /*values*/, double /*frame_rate*/) const {
    return nullptr;
  }
};

}  // namespace kyc
