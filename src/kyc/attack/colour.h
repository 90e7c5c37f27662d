// Internal to attack/: a pasted face gets the colours of the place where it goes.
#pragma once

#include <array>
#include <optional>

#include "kyc/attack/raster.h"

namespace kyc {

struct ColourOptions {
  // Mean and contrast of luma and of two colour differences over the whole face become the target's.
  float statistics = 1;  // 0: not, 1: wholly
  // Light that falls from one side: what then still differs is averaged over `light_spread` and added.
  float light = 0;            // 0: not, 1: wholly
  float light_spread = 0.3F;  // sigma, of the width of the face
  // Poisson blending (Perez et al. 2003): at the mask's edge nothing differs any more, and the correction
  // goes over the inside as a membrane does (the Laplace equation, on a coarse grid).
  float membrane = 1;  // 0: not, 1: wholly
};

// Pastes one frame after the other; the statistics go smoothly over time.
class ColourBlender {
 public:
  explicit ColourBlender(const ColourOptions& options) : options_(options) {}

  // layer    the new face, where it was drawn
  // blend    of the layer's size: how much of it replaces the picture; only where the layer's mask is not 0
  // time_s   of the frame; a gap of more than half a second starts afresh
  // picture  gets the face
  void paste(const Layer& layer, const Mask& blend, double time_s, Image& picture);

 private:
  using Triple = std::array<float, 3>;
  struct Statistics {
    Triple source_mean{};
    Triple source_spread{};
    Triple target_mean{};
    Triple target_spread{};
  };

  ColourOptions options_;
  std::optional<Statistics> smooth_;
  double last_s_ = 0;
};

}  // namespace kyc
