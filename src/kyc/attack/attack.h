// Source portrait(s) and a target clip -> a forged clip, and for every frame what was changed in it. One
// attack per file, registered by name: "swap/graphics", "present/print", ... The part before the slash is the
// kind of attack.
//
// Attacks see the target frame by frame and in order, so that memory does not grow with the clip;
// kyc/attack/run.h decodes, finds and follows the face, encodes, and writes down where everything came from.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/face/dense_mesh.h"
#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"
#include "kyc/video/reader.h"

namespace kyc {

// A portrait that gives an identity (a swap, a reenactment, a morph) or that is itself shown (a print).
struct AttackSource {
  std::string name;  // for messages: the file
  Image image;
  std::optional<Face> face;           // the largest one; nothing if none was found
  std::optional<DensePoints> mesh{};  // of that face, if the attack's traits ask for it and it was found
};

// What an attack is told beside its source and target.
struct AttackOptions {
  std::uint64_t seed = 0;                     // of everything random in it
  std::map<std::string, std::string> values;  // the attack's own options, as Attack::options() lists them
};

struct AttackOption {
  std::string name;         // "feather"
  std::string standard;     // the value if it is not given, as text
  std::string description;  // one line for people, with unit and range
  // Of what is made from a still: where a target clip is given it says this, and the option is refused.
  bool of_still = false;
};

// What an attack needs and makes.
struct AttackTraits {
  int sources = 1;  // how many portraits: 2 for a morph, 0 for an attack that only shows its target (replay)
  bool needs_target =
      true;  // false: the result is one picture (a morph), or a still whose length the options give
  // Without needs_target: a clip may be given all the same; length, frame rate and size are then that clip's.
  bool takes_target = false;
  bool takes_still = false;  // with needs_target: one portrait may stand in for the clip, shown as a still
  bool needs_target_face = true;  // frames in which no face was found cannot be attacked
  bool needs_mesh = false;        // also the 468 points of source and target (kyc/face/dense_mesh.h)
  bool in_place = true;           // the face of the result is where the target's was (swaps)
  bool makes_clip = true;         // false: one picture
  std::string imitates;           // one sentence for people: which real attack this stands for
};

// The clip that is attacked, as a whole; of an attack without a target, what it makes.
struct TargetInfo {
  int width = 0;
  int height = 0;
  double frame_rate = 0;
  std::int64_t frames = 0;  // 0: not known beforehand
};

struct TargetFrame {
  // Never null. Without a target: index and time of the frame to be made, and an image of 0 x 0.
  const Frame* frame = nullptr;
  // The face that is followed, its points smoothed over time; null: not found here, or not looked for because
  // traits() says that no face is needed. Attacks that need it and leave it in place (AttackTraits::in_place)
  // are not called for frames without: those are delivered untouched. The others must make a frame all the
  // same.
  const Face* face = nullptr;
  // Of that face, smoothed likewise; null: traits() do not ask for it, or as above.
  const DensePoints* mesh = nullptr;
};

struct ForgedFrame {
  Image image;
  // Of the size of `image`; 0: untouched, 255: wholly made by the attack. Of attacks that are not in place:
  // where the paper or the screen is seen.
  Mask mask;
};

class OptionValues;

// One attack on one clip. Frames come in order; not thread-safe.
class Forger {
 public:
  virtual ~Forger() = default;
  virtual ForgedFrame forge(const TargetFrame& target) = 0;
};

class Attack {
 public:
  using Resources = ModelResources;
  virtual ~Attack() = default;

  virtual AttackTraits traits() const = 0;
  virtual std::vector<AttackOption> options() const { return {}; }
  // The manifest entries of the networks that it runs itself, for the record.
  virtual std::vector<std::string> models() const { return {}; }
  // The same, where it depends on the options.
  virtual std::vector<std::string> models_for(const OptionValues& /*values*/) const { return models(); }

  // Where no target is given: size, rate and number of frames of what it makes (one picture: 1
  // frame). forge() is called that many times.
  // throws   as begin
  virtual TargetInfo plan(std::span<const AttackSource> sources, const AttackOptions& options) const;

  // Thread-safe. Whatever depends on the sources alone is worked out here, once.
  // sources  as many as traits().sources; must outlive the forger
  // throws   Error{InvalidArgument} for an unknown option or a value out of range, or if a source has no face
  // and the
  //          attack needs one: the message names it
  virtual std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                        const TargetInfo& target,
                                        const AttackOptions& options) const = 0;
};

// An option's values, the standard one where none is given, and their checks: for Attack::begin and Restorer.
class OptionValues {
 public:
  // owner   for messages: the method's name
  // throws  Error{InvalidArgument} if a name of `given` is not among `known`: lists those
  OptionValues(std::string owner,
               const std::vector<AttackOption>& known,
               const std::map<std::string, std::string>& given);

  // throws  Error{InvalidArgument} if the text is no number, or one outside of [least, most]
  double number(const std::string& name, double least, double most) const;
  int whole_number(const std::string& name, int least, int most) const;
  bool flag(const std::string& name) const;  // "on" or "off"
  // throws  Error{InvalidArgument} that lists the choices
  std::string choice(const std::string& name, const std::vector<std::string>& choices) const;
  const std::string& text(const std::string& name) const;

  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::string owner_;
  std::map<std::string, std::string> values_;
};

// Every option that counts, with its value: without those of stills where there is a target clip.
// throws  Error{InvalidArgument} as OptionValues, or for an option of stills that was given beside a target
std::map<std::string, std::string> options_in_force(const std::string& owner,
                                                    const std::vector<AttackOption>& known,
                                                    const std::map<std::string, std::string>& given,
                                                    bool with_target);

}  // namespace kyc
