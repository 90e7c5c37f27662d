// The first layers of a trained network under a new head: what a detector begins with where there are too few
// pictures to learn everything from nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/manifest.h"

namespace kyc {

// "MODEL@TENSOR": a model of the manifest up to one of its tensors [n, channels, height, width], all of which
// is trained. Behind it: mean and maximum of every channel over the picture, linear.
// "MODEL@TENSOR,TENSOR...": up to several of them. The model's own weights stay as they are, and are kept in
// 16 bits; what is trained is a linear layer on the mean and the variance of every channel of those tensors,
// made alike in size by batch normalisation. For a thousand pictures or less.
// "MODEL@TENSOR,TENSOR...#regions": these statistics of the middle of the picture (three fifths of its side)
// and of the rim around it, each for itself: what was pasted into a face differs from what surrounds it,
// whatever camera took it.
// "MODEL@TENSOR,TENSOR...#views": the mean and the variance of those tensors for six views of the picture:
// whole, its middle (four and three fifths of its side) enlarged to the whole's size, and each of these
// mirrored. The model's weights are kept in 8 bits. Behind it a linear layer alone, made to be solved for and
// not trained (training/ridge.h): for a thousand pictures or less, too.
bool is_transfer(const std::string& architecture);

// Input and output as new_network has them; what MODEL expects of colours and pixel values is done by a first
// convolution of one pixel. Factors and summands behind a convolution become part of it, and ReLU cut off at
// a number becomes one Clip. The licence of MODEL holds for what is trained from it. throws  Error{NotFound}
// no such model or tensor; Error{Unsupported} operators between input and tensor other
//         than those of plain convolutional networks, or an opset other than 11 to 13;
//         Error{InvalidArgument} no side (there is no standard one), or as new_network; as load_onnx
std::vector<std::uint8_t> transferred_network(const ModelManifest& models,
                                              const std::string& architecture,
                                              const NetworkOptions& options);

}  // namespace kyc
