#include "kyc/attack/post.h"

#include "kyc/core/error.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

// Area averages, so that a mask stays what it says.
Mask resized_mask(const Mask& mask, int width, int height) {
  if (mask.width == width && mask.height == height) return mask;
  Image grey = make_image(mask.width, mask.height);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    grey.pixels[3 * i] = grey.pixels[3 * i + 1] = grey.pixels[3 * i + 2] = mask.values[i];
  const bool shrinks = width < mask.width || height < mask.height;
  const Image scaled = resize(grey, width, height, shrinks ? Interpolation::Area : Interpolation::Linear);
  Mask out{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height)};
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = scaled.pixels[3 * i];
  return out;
}

}  // namespace

PostSpec parsed_post(const std::string& text) {
  const std::size_t colon = text.find(':');
  PostSpec spec{text.substr(0, colon), {}};
  for (std::size_t start = colon; start != std::string::npos;) {
    const std::size_t end = text.find(',', start + 1);
    const std::string pair = text.substr(start + 1, end == std::string::npos ? end : end - start - 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::InvalidArgument,
                  "post-processing '" + text + "': expected NAME or NAME:key=value,key=value");
    spec.given[pair.substr(0, equals)] = pair.substr(equals + 1);
    start = end;
  }
  return spec;
}

std::string described(const PostStep& step) {
  std::string out = step.name;
  char separator = ':';
  for (const auto& [name, value] : step.values.all()) {
    out += separator + name + "=" + value;
    separator = ',';
  }
  return out;
}

PostChain::PostChain(const std::vector<PostStep>& steps,
                     bool in_place,
                     std::uint64_t seed,
                     std::optional<double> frame_rate)
    : steps_(steps), in_place_(in_place), seed_(seed), stages_(steps.size()) {
  alone_ = steps.size();
  for (std::size_t i = 0; frame_rate && i < steps.size(); ++i) {
    stages_[i].pass = steps[i].restorer->begin(steps[i].values, *frame_rate);
    if (stages_[i].pass) alone_ = std::min(alone_, i);
  }
}

void PostChain::apply(const PostStep& step, ForgedItem& item) const {
  ForgedFrame& forged = item.forged;
  const bool same_place = in_place_ && forged.image.width == item.target.image.width &&
                          forged.image.height == item.target.image.height;
  const RestoreFrame about{item.target.index,
                           item.target.time_s,
                           seed_,
                           same_place && item.face ? &item.face->face : nullptr,
                           &forged.mask};
  forged.image = step.restorer->restore(std::move(forged.image), about, step.values);
  forged.mask = resized_mask(forged.mask, forged.image.width, forged.image.height);
}

void PostChain::restore(ForgedItem& item) const {
  for (std::size_t i = 0; i < alone_; ++i) apply(steps_[i], item);
}

void PostChain::push(ForgedItem&& item, const Deliver& deliver) {
  feed(alone_, std::move(item), deliver);
}

void PostChain::feed(std::size_t stage, ForgedItem&& item, const Deliver& deliver) {
  for (; stage < stages_.size(); ++stage) {
    Stage& here = stages_[stage];
    if (here.pass) {
      here.pass->push(std::move(item.forged.image));
      here.waiting.push_back(std::move(item));
      drain(stage, deliver);
      return;
    }
    apply(steps_[stage], item);
  }
  deliver(std::move(item));
}

void PostChain::drain(std::size_t stage, const Deliver& deliver) {
  Stage& here = stages_[stage];
  while (std::optional<Image> image = here.pass->pop()) {
    ForgedItem item = std::move(here.waiting.front());
    here.waiting.pop_front();
    item.forged.image = std::move(*image);
    item.forged.mask = resized_mask(item.forged.mask, item.forged.image.width, item.forged.image.height);
    feed(stage + 1, std::move(item), deliver);
  }
}

void PostChain::finish(const Deliver& deliver) {
  for (std::size_t stage = alone_; stage < stages_.size(); ++stage) {
    if (!stages_[stage].pass) continue;
    stages_[stage].pass->finish();
    drain(stage, deliver);
  }
}

}  // namespace kyc
