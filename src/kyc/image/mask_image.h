// A mask as a picture, for files and for people.
#pragma once

#include "kyc/image/image.h"
#include "kyc/image/mask.h"

namespace kyc {

// Of the same size; grey of the mask's values: black is not at all, white wholly.
Image image_of(const Mask& mask);

}  // namespace kyc
