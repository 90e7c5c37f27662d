#include "kyc/evaluation/acquisition.h"

#include <cassert>
#include <cmath>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/image/codec.h"

namespace kyc {
namespace {

AcquiredTemplate acquire_template(const std::filesystem::path& path,
                                  const FaceAnalyzer& analyzer,
                                  const Recognizer& recognizer) {
  Image image;
  try {
    image = read_image(path);
  } catch (const Error& error) {
    // A damaged file is an outcome of the evaluation, a missing one a mistake of the request.
    if (error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported)
      return AcquisitionFailure::Undecodable;
    throw;
  }
  const std::vector<FaceDetection> detections = analyzer.detect(image);
  if (detections.empty()) return AcquisitionFailure::NoFace;
  const Face face = analyzer.describe(image, detections[subject_of(detections, image.width, image.height)]);
  return recognizer.extract(image, face.points);
}

}  // namespace

std::string_view to_string(AcquisitionFailure failure) {
  switch (failure) {
    case AcquisitionFailure::Undecodable:
      return "undecodable";
    case AcquisitionFailure::NoFace:
      return "no_face";
  }
  return "unknown";
}

std::size_t subject_of(std::span<const FaceDetection> detections, int image_width, int image_height) {
  assert(!detections.empty());
  const Point centre{static_cast<float>(image_width) / 2, static_cast<float>(image_height) / 2};
  const float half_diagonal = std::hypot(centre.x, centre.y);
  const auto merit = [&](const FaceDetection& detection) {
    const Point at = detection.box.center();
    return detection.confidence - std::hypot(at.x - centre.x, at.y - centre.y) / half_diagonal;
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < detections.size(); ++i)
    if (merit(detections[i]) > merit(detections[best])) best = i;
  return best;
}

std::vector<AcquiredTemplate> acquire_templates(std::span<const std::filesystem::path> paths,
                                                const FaceAnalyzer& analyzer,
                                                const Recognizer& recognizer,
                                                int jobs,
                                                const Progress& progress) {
  std::vector<AcquiredTemplate> out(paths.size(), AcquisitionFailure::NoFace);
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(paths.size(), jobs, [&](std::size_t i, int) {
    out[i] = acquire_template(paths[i], analyzer, recognizer);
    const std::lock_guard lock(mutex);
    ++done;
    if (progress) progress(done, paths.size());
  });
  return out;
}

}  // namespace kyc
