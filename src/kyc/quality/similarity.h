// How like each other two pictures of one size are: a picture and the same one after compression, protection
// or an attack. All throw Error{InvalidArgument} for pictures of different sizes, or too small.
#pragma once

#include "kyc/image/image.h"

namespace kyc {

// Over all pixels and the three channels, of the 8-bit values.
double mean_squared_error(const Image& a, const Image& b);

// 10 log10(255^2 / MSE) in dB; infinite for equal pictures.
double psnr(const Image& a, const Image& b);

// The same with differences and squares that wrap at 8 bit: a common mistake in NumPy. It says 27.90 dB of
// pictures that have nothing in common. Only for comparison with tables that were made this way.
double psnr_8bit_wrapped(const Image& a, const Image& b);

// Structural similarity (Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli 2004) of BT.601 luma: window 11 x 11,
// Gaussian 1.5 wide, K1 0.01, K2 0.03, range 255; mean over all windows that lie wholly inside. -1..1, 1 for
// equal pictures. Both sides >= 11.
double ssim(const Image& a, const Image& b);

// Multi-scale SSIM (Z. Wang, E. Simoncelli, A. Bovik 2003): five scales, each the 2 x 2 means of the one
// before, weights 0.0448, 0.2856, 0.3001, 0.2363, 0.1333. A scale of negative mean counts as 0. Both sides >=
// 161: eleven windows' pixels are left at the smallest scale.
double ms_ssim(const Image& a, const Image& b);

}  // namespace kyc
