// Image file -> template of its subject, or the reason why there is none.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kyc/core/outcome.h"
#include "kyc/core/progress.h"
#include "kyc/face/analyzer.h"
#include "kyc/recognition/recognizer.h"

namespace kyc {

enum class AcquisitionFailure {
  Undecodable,  // the file is there, but is no image
  NoFace,       // the detector found none
};

// Stable lower-case word for machines ("no_face").
std::string_view to_string(AcquisitionFailure failure);

// Which of several faces the picture is of: the one with the highest confidence - distance of its centre from
// the centre of the picture / half the picture's diagonal. Confidence alone would often take a sharp face in
// the background, size alone a neighbour closer to the camera. detections  at least one returns     its
// index; the first of several equal ones
std::size_t subject_of(std::span<const FaceDetection> detections, int image_width, int image_height);

using AcquiredTemplate = Outcome<FaceTemplate, AcquisitionFailure>;

// One per path, in order.
// progress  counts images
// throws    Error{NotFound} if a file is not there
std::vector<AcquiredTemplate> acquire_templates(std::span<const std::filesystem::path> paths,
                                                const FaceAnalyzer& analyzer,
                                                const Recognizer& recognizer,
                                                int jobs,
                                                const Progress& progress = {});

}  // namespace kyc
