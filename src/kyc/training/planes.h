// Pixel operations that training needs and nobody else here does. Internal to training/. Values stay in
// 0..255.
#pragma once

#include "kyc/image/image.h"
#include "kyc/training/random.h"

namespace kyc {

Image gaussian_blurred(const Image& image, double sigma);  // reach 3 sigma, edges repeated

// value * contrast + shift, per channel
Image scaled_and_shifted(Image image, double contrast, double red, double green, double blue);

// hue in degrees; saturation and value as shares of their full range
Image hsv_shifted(Image image, double hue, double saturation, double value);

// Along the principal axes of the picture's own colours, by deviation * eigenvalue^(1/2).
Image fancy_pca(Image image, double deviation, Random& random);

// image + amount * (image - blurred image)
Image sharpened(const Image& image, double amount);

// Smaller by `factor` (0..1) and back to its size.
Image coarsened(const Image& image, double factor);

}  // namespace kyc
