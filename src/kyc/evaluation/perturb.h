// What happens to pictures on their way: for robustness sweeps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/image/image.h"

namespace kyc {

struct Perturbation {
  std::string kind;     // "jpeg", "resize", "blur", "noise", "reencode"
  double strength = 0;  // jpeg: quality 1..100; resize: factor below 1, there and back; blur: sigma, pixels;
                        // noise: sigma of 0..255; reencode: x264's CRF
};

// The sweep of `kyclops evaluate detection --robustness`, mild to strong within each kind.
std::vector<Perturbation> standard_perturbations();
std::string name_of(const Perturbation& perturbation);  // "jpeg 50"

// All frames of one clip; sizes are kept. The same seed gives the same noise.
// throws  Error{InvalidArgument} for an unknown kind or a strength out of its range
std::vector<Image> perturbed(const std::vector<Image>& frames,
                             const Perturbation& perturbation,
                             std::uint64_t seed);

}  // namespace kyc
