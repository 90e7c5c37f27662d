// A sheet of a data set's attacks, for eyes.
#pragma once

#include <cstddef>
#include <string>

#include "kyc/dataset/sample.h"
#include "kyc/image/image.h"

namespace kyc::cli {

// One row per clip: the victim's portrait, the driver as he is, and the attack in every compression, all at
// the middle of the clip.
// species  whose clips; rows: at most, evenly out of all there are
// throws   Error{NotFound} if the set has no file of this species
Image dataset_sheet(const Dataset& dataset, const std::string& species, std::size_t rows, int cell = 256);

}  // namespace kyc::cli
