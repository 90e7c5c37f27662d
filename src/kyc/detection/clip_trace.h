// A few numbers of every frame of a clip, also of those that no detector looks at: repeats, loops and the
// rhythm of a codec are only seen at the full rate.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kyc/image/image.h"

namespace kyc {

inline constexpr int kTraceColumns = 24;
inline constexpr int kTraceRows = 18;

struct TracedFrame {
  double time_s = 0;
  // Mean luma (BT.601) of the cells of a regular grid, in 1/64 of a grey level, rows top to bottom.
  std::array<std::uint16_t, static_cast<std::size_t>(kTraceColumns) * kTraceRows> cells{};
  float change = 0;  // mean |luma difference| to the frame before, 0..255, at every second pixel of every
                     // second row; 0 for the first frame
  float detail = 0;  // mean |Laplacian of luma| at the same pixels
};

struct ClipTrace {
  std::vector<TracedFrame> frames;
  bool cut = false;  // the clip goes on after kMaxTracedFrames
};

inline constexpr std::size_t kMaxTracedFrames = 9000;  // five minutes at 30 Hz, 9 MB

// Takes the frames of a clip one after another. Not thread-safe.
class ClipTracer {
 public:
  void add(const Image& image, double time_s);
  const ClipTrace& trace() const { return trace_; }

 private:
  ClipTrace trace_;
  std::vector<std::uint8_t> previous_;  // luma at the sampled pixels
  int width_ = 0;
  int height_ = 0;
};

// Mean |difference| of the cells, grey levels.
double cell_difference(const TracedFrame& a, const TracedFrame& b);

}  // namespace kyc
