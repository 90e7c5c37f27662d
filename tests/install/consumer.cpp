// Finds the faces of a photo with the installed libraries and models: consumer PHOTO EXPECTED_FACES.
#include <cstdio>
#include <cstdlib>

#include <kyc/core/registry.h>
#include <kyc/detection/attack_detector.h>
#include <kyc/face/detector.h>
#include <kyc/image/codec.h>
#include <kyc/nn/manifest.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const kyc::ModelManifest models(KYCLOPS_MODELS);
  const auto detector = kyc::Registry<kyc::FaceDetector>::make("fr_detect", {models, {}});
  const auto faces = detector->detect(kyc::read_image(argv[1]));
  const auto attack_detectors = kyc::Registry<kyc::AttackDetector>::list();
  std::printf("%zu faces; %zu attack detectors\n", faces.size(), attack_detectors.size());
  return faces.size() == std::strtoul(argv[2], nullptr, 10) && !attack_detectors.empty() ? 0 : 1;
}
