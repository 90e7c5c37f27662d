#include "kyc/training/batches.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/nn/image_input.h"
#include "kyc/training/self_blend.h"

namespace kyc {
namespace {

// What a stream of random numbers is for: different ones share no numbers.
enum Purpose : std::uint64_t { kOrder = 1, kBlend = 2, kAugment = 3 };

struct Drawn {
  CropRef crop;
  bool attack = false;
  bool blended = false;
  std::uint64_t number = 0;  // of the sample, in all epochs
};

}  // namespace

struct BatchMaker::State {
  std::span<const TrainingItem> items;
  const CropStore& store;
  ModelInput input;
  int side = 0;
  BatchOptions options;
  std::array<std::vector<CropRef>, 2> crops;  // bona fide, attacks; without balance all are in the first
  std::array<std::size_t, 2> per_batch{};     // how many a batch takes of each
  std::size_t blended = 0;                    // of the attacks of a batch
  std::size_t steps = 0;

  // The order in which a pass over one of the lists goes; the last few are kept.
  mutable std::mutex mutex;
  using Order = std::shared_ptr<const std::vector<std::size_t>>;
  mutable std::map<std::pair<std::size_t, std::uint64_t>, Order> orders;  // by list and pass

  Order order(std::size_t list, std::uint64_t pass) const {
    const std::lock_guard lock(mutex);
    auto& slot = orders[{list, pass}];
    if (!slot)
      slot = std::make_shared<const std::vector<std::size_t>>(
          Random({options.seed, kOrder, list, pass}).permutation(crops[list].size()));
    const auto out = slot;
    std::erase_if(orders,
                  [&](const auto& one) { return one.first.first == list && one.first.second + 2 < pass; });
    return out;
  }

  CropRef draw(std::size_t list, std::uint64_t number) const {
    const std::uint64_t count = crops[list].size();
    return crops[list][(*order(list, number / count))[number % count]];
  }

  Drawn drawn(std::uint64_t epoch, std::size_t step, std::size_t i) const {
    const std::uint64_t batch = epoch * steps + step;
    const auto size = static_cast<std::uint64_t>(options.size);
    Drawn out;
    out.number = batch * size + i;
    if (i < per_batch[0]) {
      out.crop = draw(0, batch * per_batch[0] + i);
      out.attack = items[out.crop.item].attack;
      return out;
    }
    out.attack = true;
    const std::size_t k = i - per_batch[0];
    const std::size_t real = per_batch[1] - blended;
    out.blended = k >= real;
    // A self-blended picture is the twin of a bona fide one of this batch.
    out.crop =
        out.blended ? draw(0, batch * per_batch[0] + (k - real) % per_batch[0]) : draw(1, batch * real + k);
    return out;
  }

  Image picture(const Drawn& sample) const {
    FaceCrop crop = store.crop(sample.crop);
    if (sample.blended)
      crop.image =
          self_blended(crop.image, crop.landmarks.value(), Random({options.seed, kBlend, sample.number}));
    return augmented(crop.image, side, options.augment, Random({options.seed, kAugment, sample.number}));
  }
};

std::vector<CropRef> crops_of_split(std::span<const TrainingItem> items,
                                    const CropStore& store,
                                    const std::string& split) {
  std::vector<CropRef> out;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].split == split)
      for (std::size_t c = 0; c < store.count(i); ++c) out.push_back({i, c});
  return out;
}

BatchMaker::BatchMaker(std::span<const TrainingItem> items,
                       const CropStore& store,
                       const std::vector<CropRef>& crops,
                       const ModelInput& input,
                       const BatchOptions& options)
    : state_(new State{
          items, store, input, static_cast<int>(input.shape.at(3)), options, {}, {}, 0, 0, {}, {}}) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "batches: " + what);
  };
  State& s = *state_;
  check(options.augment);
  if (options.size < 2 || options.size > 4096)
    refuse("expected 2 to 4096 samples, got " + std::to_string(options.size));
  if (!(options.self_blended >= 0 && options.self_blended <= 1))
    refuse("expected 0 to 1 of the attacks self-blended");
  if (options.self_blended > 0 && !options.balance) refuse("self-blended attacks need balanced batches");
  const auto size = static_cast<std::size_t>(options.size);
  for (const CropRef& crop : crops)
    s.crops[options.balance && items[crop.item].attack ? 1 : 0].push_back(crop);
  s.per_batch = options.balance ? std::array<std::size_t, 2>{size - size / 2, size / 2}
                                : std::array<std::size_t, 2>{size, 0};
  s.blended = static_cast<std::size_t>(options.self_blended * static_cast<double>(s.per_batch[1]) + 0.5);
  const std::size_t real = s.per_batch[1] - s.blended;
  if (s.crops[0].empty()) refuse("no face was found in any bona fide sample of the training split");
  if (real > 0 && s.crops[1].empty()) refuse("no face was found in any attack of the training split");
  s.steps = (s.crops[0].size() + s.per_batch[0] - 1) / s.per_batch[0];
  if (real > 0) s.steps = std::max(s.steps, (s.crops[1].size() + real - 1) / real);
  if (options.steps > 0) s.steps = options.steps;
}

BatchMaker::~BatchMaker() = default;

std::size_t BatchMaker::steps_per_epoch() const {
  return state_->steps;
}

TrainingBatch BatchMaker::batch(std::uint64_t epoch, std::size_t step) const {
  const State& s = *state_;
  TrainingBatch out;
  const auto size = static_cast<std::size_t>(s.options.size);
  out.inputs.data.reserve(size * 3 * static_cast<std::size_t>(s.side) * static_cast<std::size_t>(s.side));
  for (std::size_t i = 0; i < size; ++i) {
    const Drawn sample = s.drawn(epoch, step, i);
    append_to(out.inputs, s.picture(sample), s.input);
    out.targets.push_back(sample.attack ? 1.0F : 0.0F);
  }
  return out;
}

Image BatchMaker::picture(std::uint64_t epoch, std::size_t step, std::size_t i, bool& attack) const {
  const Drawn sample = state_->drawn(epoch, step, i);
  attack = sample.attack;
  return state_->picture(sample);
}

void append_to(Tensor& batch, const Image& image, const ModelInput& input) {
  const Tensor one = tensor_from_image(image, input);
  if (batch.shape.empty()) batch.shape = {0, one.shape[1], one.shape[2], one.shape[3]};
  ++batch.shape[0];
  batch.data.insert(batch.data.end(), one.data.begin(), one.data.end());
}

}  // namespace kyc
