// Exit code 0 if the methods of kyc::face came along with the target.
#include <cstdio>

#include <kyc/core/registry.h>
#include <kyc/face/detector.h>

int main() {
  const auto detectors = kyc::Registry<kyc::FaceDetector>::list();
  for (const kyc::MethodInfo& detector : detectors)
    std::printf("%s: %s\n", detector.name.c_str(), detector.description.c_str());
  return detectors.empty() ? 1 : 0;
}
