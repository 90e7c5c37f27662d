// What only recognisers ask of a manifest entry: its key "recognition".
#pragma once

#include <string>

#include "kyc/nn/manifest.h"

namespace kyc {

// A similarity brings the face's five points to ArcFace's reference points (given for 112 x 112, scaled to
// the input's size); then the face is drawn towards the middle and moved.
struct RecognitionCrop {
  float zoom = 1;               // below 1: the face is smaller, and more around it is seen
  float shift = 0;              // of the face, in heights of the crop; > 0: downwards
  std::string template_output;  // of networks with several outputs: which is the template. Empty: the first
};

// All defaults where the entry says nothing.
// throws  Error{NotFound}, Error{Corrupt} as ModelManifest's constructor
RecognitionCrop recognition_crop(const ModelManifest& manifest, const std::string& name);

}  // namespace kyc
