// Samples split the range of the values into about two thousand parts; every value goes to its part (so parts
// fit the cache); each part is sorted by its digits. Sorting doubles as integers of the same order.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/metrics/sorted_scores.h"

namespace kyc {
namespace {

using Key = std::uint64_t;
using Keys = std::vector<Key>;

constexpr std::size_t kSmall = 1 << 16;  // below, std::sort is as good
constexpr int kLevels = 11;              // of the splitter tree
constexpr std::size_t kParts = std::size_t{1} << kLevels;
constexpr std::size_t kSamplesPerPart = 16;
constexpr int kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr std::size_t kInsertion = 24;  // values that insertion sorts

constexpr Key kSign = Key{1} << 63;

Key key_of(double value) {
  const Key bits = std::bit_cast<Key>(value);
  return bits ^ ((bits & kSign) != 0 ? ~Key{0} : kSign);
}

double value_of(Key key) {
  return std::bit_cast<double>(key ^ ((key & kSign) != 0 ? kSign : ~Key{0}));
}

// Least significant digit first; digits that all keys share cost no pass. The result is in `keys`.
void sort_by_digits(Key* keys, Key* scratch, std::size_t count) {
  if (count <= kInsertion) {
    for (std::size_t i = 1; i < count; ++i) {
      const Key key = keys[i];
      std::size_t at = i;
      for (; at > 0 && keys[at - 1] > key; --at) keys[at] = keys[at - 1];
      keys[at] = key;
    }
    return;
  }
  Key all_or = 0;
  Key all_and = ~Key{0};
  for (std::size_t i = 0; i < count; ++i) {
    all_or |= keys[i];
    all_and &= keys[i];
  }
  const Key varying = all_or ^ all_and;
  if (varying == 0) return;
  const int low = std::countr_zero(varying);
  const int high = 64 - std::countl_zero(varying);
  Key* from = keys;
  Key* to = scratch;
  std::array<std::uint32_t, kDigits> next;
  for (int shift = low; shift < high; shift += kDigitBits) {
    if (((varying >> shift) & (kDigits - 1)) == 0) continue;
    next.fill(0);
    for (std::size_t i = 0; i < count; ++i) ++next[(from[i] >> shift) & (kDigits - 1)];
    std::uint32_t sum = 0;
    for (std::uint32_t& digit : next) sum += std::exchange(digit, sum);
    for (std::size_t i = 0; i < count; ++i) to[next[(from[i] >> shift) & (kDigits - 1)]++] = from[i];
    std::swap(from, to);
  }
  if (from != keys) std::memcpy(keys, from, count * sizeof(Key));
}

// Splitters as an implicit search tree: part = number of splitters <= key, without branches.
class Splitters {
 public:
  explicit Splitters(const std::vector<double>& values) {
    Keys sample(kParts * kSamplesPerPart);
    std::uint64_t state = 0x9E3779B97F4A7C15;  // which values are looked at does not change the result
    for (Key& key : sample) {
      state = state * 6364136223846793005 + 1442695040888963407;
      key = key_of(values[static_cast<std::size_t>((state >> 32) * values.size() >> 32)]);
    }
    std::sort(sample.begin(), sample.end());
    fill(sample, 1, 0, kParts);
  }

  std::size_t part_of(Key key) const {
    std::size_t node = 1;
    for (int level = 0; level < kLevels; ++level) node = 2 * node + (tree_[node] <= key ? 1 : 0);
    return node - kParts;
  }

 private:
  void fill(const Keys& sample, std::size_t node, std::size_t low, std::size_t high) {
    if (high - low < 2) return;
    const std::size_t middle = (low + high) / 2;
    tree_[node] = sample[middle * kSamplesPerPart];
    fill(sample, 2 * node, low, middle);
    fill(sample, 2 * node + 1, middle, high);
  }

  std::array<Key, kParts> tree_{};
};

struct Chunk {
  std::size_t begin;
  std::size_t end;
  std::vector<std::size_t> next;  // per part: how many, then where the next one goes
};

void sort_large(std::vector<double>& scores, int jobs) {
  const std::size_t count = scores.size();
  const Splitters splitters(scores);
  std::vector<std::uint16_t> part_of(count);
  Keys scratch(count);

  std::vector<Chunk> chunks;
  const auto chunk_count = static_cast<std::size_t>(std::max(jobs, 1));
  for (std::size_t i = 0; i < chunk_count; ++i)
    chunks.push_back({count / chunk_count * i,
                      i + 1 == chunk_count ? count : count / chunk_count * (i + 1),
                      std::vector<std::size_t>(kParts)});
  parallel_for(chunk_count, jobs, [&](std::size_t i, int) {
    Chunk& chunk = chunks[i];
    for (std::size_t at = chunk.begin; at < chunk.end; ++at) {
      const std::size_t part = splitters.part_of(key_of(scores[at]));
      part_of[at] = static_cast<std::uint16_t>(part);
      ++chunk.next[part];
    }
  });

  std::vector<std::size_t> starts(kParts + 1);
  std::size_t sum = 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    starts[part] = sum;
    for (Chunk& chunk : chunks) sum += std::exchange(chunk.next[part], sum);
  }
  starts[kParts] = sum;
  parallel_for(chunk_count, jobs, [&](std::size_t i, int) {
    Chunk& chunk = chunks[i];
    for (std::size_t at = chunk.begin; at < chunk.end; ++at)
      scratch[chunk.next[part_of[at]]++] = key_of(scores[at]);
  });

  // The scores' own memory is the second buffer of each part, and then takes the result.
  parallel_for(kParts, jobs, [&](std::size_t part, int) {
    const std::size_t begin = starts[part];
    const std::size_t size = starts[part + 1] - begin;
    static_assert(sizeof(Key) == sizeof(double));
    Keys buffer(size);
    sort_by_digits(scratch.data() + begin, buffer.data(), size);
    for (std::size_t i = 0; i < size; ++i) scores[begin + i] = value_of(scratch[begin + i]);
  });
}

}  // namespace

void sort_scores(std::vector<double>& scores, int jobs) {
  if (scores.size() < kSmall || scores.size() > std::uint64_t{1} << 32) {
    std::sort(scores.begin(), scores.end());
    return;
  }
  try {
    sort_large(scores, jobs);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::Unavailable,
                "not enough memory to sort " + std::to_string(scores.size()) + " scores");
  }
}

}  // namespace kyc
