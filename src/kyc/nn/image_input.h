// Images into the tensors that a manifest entry describes.
#pragma once

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/tensor.h"

namespace kyc {

// The part of `image` under `box`, scaled bilinearly to the input's height and width (black outside of the
// image), in the input's colour order and normalisation: value = (pixel - mean) / scale. input    shape [1, 3
// or 1, h, w], all fixed returns  [1, c, h, w] float32
Tensor tensor_from_image(const Image& image, const Box& box, const ModelInput& input);

// The whole image. One that already has the input's size is not resampled.
Tensor tensor_from_image(const Image& image, const ModelInput& input);

// In place; numerically safe.
void softmax(std::span<float> values);

// 1 / (1 + exp(-logit)), without overflow.
double sigmoid(double logit);

}  // namespace kyc
