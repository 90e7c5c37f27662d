#include "kyc/image/mask_image.h"

#include <algorithm>

namespace kyc {

Image image_of(const Mask& mask) {
  Image out = make_image(mask.width, mask.height);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    std::fill_n(out.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, mask.values[i]);
  return out;
}

}  // namespace kyc
