// The face recognition network of dlib (dnn_face_recognition_ex) as @vladmandic/face-api carries its weights.
// Internal to nn/.
#pragma once

#include "kyc/nn/tfjs_model.h"

namespace kyc {

// 29 convolutions: 7 x 7 down to 32 channels, residual groups of 32 x 3, 64 x 4, 128 x 3, 256 x 3, one of 256
// more that goes down, the mean over what is left, a linear map to 128 values. A block that goes down adds
// the halved picture, filled up with zero channels; where the convolution comes out one smaller, with a row
// and a column of zeros. The scales that stand in the place of batch normalisation are folded into the
// convolutions.
//
// Input "image" [n, 3, 150, 150], output "descriptor" [n, 128]: distances between descriptors are Euclidean.
// throws  Error{Corrupt} naming the weights that are missing or of another shape
std::vector<std::uint8_t> dlib_resnet34(const TfjsWeights& weights, const std::string& name);

}  // namespace kyc
