// Internal to attack/: what is done to forged frames afterwards, step by step.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/attack/follower.h"
#include "kyc/attack/restorer.h"

namespace kyc {

// "restore/denoise:strength=3,radius=2"
struct PostSpec {
  std::string name;
  std::map<std::string, std::string> given;
};
// throws  Error{InvalidArgument} for another form
PostSpec parsed_post(const std::string& text);

struct PostStep {
  std::string name;
  std::shared_ptr<const Restorer> restorer;
  OptionValues values;
};
// With every option: "restore/sharpen:amount=0.8,radius=2".
std::string described(const PostStep& step);

// A frame between forging and delivery.
struct ForgedItem {
  Frame target;
  std::optional<MeshedFace> face;
  ForgedFrame forged;
};

// The steps of one clip. Those before the first one that looks at more than one frame (a video codec) may run
// on several frames at once; it and those behind it see the frames in order.
class PostChain {
 public:
  using Deliver = std::function<void(ForgedItem&&)>;

  // steps       must outlive the chain
  // in_place    as AttackTraits
  // frame_rate  of the clip; nothing: one picture
  PostChain(const std::vector<PostStep>& steps,
            bool in_place,
            std::uint64_t seed,
            std::optional<double> frame_rate);

  bool parallel() const { return alone_ > 0; }  // restore() has something to do

  // Thread-safe, in any order.
  void restore(ForgedItem& item) const;

  // In order, by one thread: delivers this item or earlier ones, and the rest when the clip has ended.
  void push(ForgedItem&& item, const Deliver& deliver);
  void finish(const Deliver& deliver);

 private:
  struct Stage {
    std::unique_ptr<ClipPass> pass;  // null: frame by frame
    std::deque<ForgedItem> waiting;  // in the pass
  };

  void apply(const PostStep& step, ForgedItem& item) const;
  void feed(std::size_t stage, ForgedItem&& item, const Deliver& deliver);
  void drain(std::size_t stage, const Deliver& deliver);

  const std::vector<PostStep>& steps_;
  bool in_place_;
  std::uint64_t seed_;
  std::size_t alone_ = 0;  // steps before the first pass
  std::vector<Stage> stages_;
};

}  // namespace kyc
