// Internal to detection/: which differences of neighbouring pixels follow each other, in two parts of a
// picture. What a rich model of steganalysis counts (J. Fridrich, J. Kodovsky, TIFS 2012), with few enough
// entries for a linear classifier on some hundred faces.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "kyc/detection/face_region.h"

namespace kyc {

inline constexpr std::size_t kRunParts = 2;

// Names of the entries that are told apart, "-2_1": differences in steps, cut at two; (a, b), (b, a), (-a,
// -b) and
// (-b, -a) mean the same.
const std::vector<std::string>& run_names();

// part     of a pixel: 0, 1, or anything above for none
// step     grey levels of one step of difference
// returns  for each part the log shares, in the order of run_names(); all 0 if a part has fewer than 200
// pixels
std::array<std::vector<double>, kRunParts> run_shares(const Plane& plane,
                                                      float step,
                                                      const std::vector<std::size_t>& part);

}  // namespace kyc
