// Finds faces that are too small for a detector's own input: the picture is also searched in overlapping
// parts.
#pragma once

#include <vector>

#include "kyc/face/detector.h"

namespace kyc {

enum class Search {
  Whole,       // the whole picture, once: for frames of a selfie
  UntilFound,  // the whole picture, then finer and finer parts until something is found: for documents
  Everywhere,  // the whole picture and all parts: for groups of people; up to a hundred times the cost
};

// Parts are 4 : 3 (what the detectors like best), overlap by a quarter, and are 1, 0.6, 0.4, 0.25 and 0.16
// times as wide as the largest 4 : 3 part of the picture (1 only if the picture itself is of quite another
// shape). Parts narrower than 160 pixels are not looked at; nor are more than 300 parts. returns  faces of at
// least min_confidence, most confident first
std::vector<FaceDetection> search_faces(const FaceDetector& detector,
                                        const Image& image,
                                        Search search,
                                        float min_confidence);

}  // namespace kyc
