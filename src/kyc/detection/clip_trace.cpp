#include "kyc/detection/clip_trace.h"

#include <cmath>
#include <cstdlib>

namespace kyc {
namespace {

int luma_at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
  return (77 * p[0] + 150 * p[1] + 29 * p[2] + 128) >> 8;  // BT.601 in 1/256
}

}  // namespace

void ClipTracer::add(const Image& image, double time_s) {
  if (trace_.frames.size() == kMaxTracedFrames) {
    trace_.cut = true;
    return;
  }
  TracedFrame& out = trace_.frames.emplace_back();
  out.time_s = time_s;
  const bool comparable = width_ == image.width && height_ == image.height;
  width_ = image.width;
  height_ = image.height;

  constexpr std::size_t kCells = std::tuple_size_v<decltype(TracedFrame::cells)>;
  std::array<std::uint64_t, kCells> sums{};
  std::array<std::uint32_t, kCells> counts{};
  std::vector<std::uint8_t> now;
  now.reserve(previous_.size());
  std::uint64_t change = 0;
  std::uint64_t detail = 0;
  std::size_t sampled = 0;
  for (int y = 0; y < image.height; y += 2)
    for (int x = 0; x < image.width; x += 2) {
      const int luma = luma_at(image, x, y);
      if (comparable) change += static_cast<std::uint64_t>(std::abs(luma - int{previous_[sampled]}));
      if (x > 0 && y > 0 && x + 1 < image.width && y + 1 < image.height)
        detail += static_cast<std::uint64_t>(std::abs(4 * luma - luma_at(image, x - 1, y) -
                                                      luma_at(image, x + 1, y) - luma_at(image, x, y - 1) -
                                                      luma_at(image, x, y + 1)));
      now.push_back(static_cast<std::uint8_t>(luma));
      const std::size_t cell = static_cast<std::size_t>(y * kTraceRows / image.height) * kTraceColumns +
                               static_cast<std::size_t>(x * kTraceColumns / image.width);
      sums[cell] += static_cast<std::uint64_t>(luma);
      ++counts[cell];
      ++sampled;
    }
  for (std::size_t i = 0; i < kCells; ++i)
    if (counts[i] > 0) out.cells[i] = static_cast<std::uint16_t>(sums[i] * 64 / counts[i]);
  if (sampled > 0) {
    out.change = static_cast<float>(static_cast<double>(change) / static_cast<double>(sampled));
    out.detail = static_cast<float>(static_cast<double>(detail) / static_cast<double>(sampled));
  }
  previous_ = std::move(now);
}

double cell_difference(const TracedFrame& a, const TracedFrame& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.cells.size(); ++i) sum += std::abs(int{a.cells[i]} - int{b.cells[i]});
  return static_cast<double>(sum) / 64.0 / static_cast<double>(a.cells.size());
}

}  // namespace kyc
