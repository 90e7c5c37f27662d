// Pictures altered at random, as DeepfakeBench's training does it.
#pragma once

#include "kyc/image/image.h"
#include "kyc/training/random.h"

namespace kyc {

// Probabilities, and how far each may go. The standard values are DeepfakeBench's; of what it has under "one
// of", one is drawn.
struct AugmentOptions {
  double flip = 0.5;
  double rotate = 0.5;
  double rotate_degrees = 10;  // either way
  double blur = 0.5;           // Gaussian, kernel 3, 5 or 7
  // Smaller by a factor down to resize_least and back, by averaging and linear interpolation. (DeepfakeBench
  // resizes every picture by one of several interpolations to the network's size.)
  double resize = 0.25;
  double resize_least = 0.4;
  double colour = 0.5;       // one of: brightness and contrast, FancyPCA, hue and saturation and value
  double brightness = 0.1;   // of 255, either way; contrast likewise, about 0
  double fancy_pca = 0.1;    // Krizhevsky et al. 2012: deviation of the principal colours' shifts
  double hue_degrees = 40;   // either way
  double saturation = 0.12;  // of the full range, either way; value 0.08
  double value = 0.08;
  double jpeg = 0.5;
  int jpeg_least = 40;  // quality
  int jpeg_most = 100;
};

// throws  Error{InvalidArgument} probabilities outside of 0..1, ranges that make no sense
void check(const AugmentOptions& options);

// Nothing is altered.
AugmentOptions no_augmentation();

// Turns and shifts the stored crop, cuts out side x side, and alters that. All chance comes from `random`:
// {seed, epoch, sample} make it the same every time. stored  square, at least `side`; what is larger is room
// to turn and shift
Image augmented(const Image& stored, int side, const AugmentOptions& options, Random random);

}  // namespace kyc
