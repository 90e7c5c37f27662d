#include "kyc/image/image.h"

#include <cassert>

namespace kyc {

Image make_image(int width, int height) {
  assert(width > 0 && height > 0);
  Image image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  return image;
}

}  // namespace kyc
