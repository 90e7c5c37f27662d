// One number about one face in one picture, after ISO/IEC 29794-5. One component per file, registered by
// name.
#pragma once

#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

struct QualityValue {
  double native = 0;   // as measured; its unit is the component's
  double quality = 0;  // 0..100, higher = better for comparison by people and machines
};

class QualityComponent {
 public:
  struct Resources {};
  virtual ~QualityComponent() = default;

  // "degrees", "pixels", "share": the unit of the native value.
  virtual const char* unit() const = 0;

  // face  described by a FaceAnalyzer with pose and eyes; its landmarks lie at least partly inside of the
  // image Thread-safe.
  virtual QualityValue measure(const Image& image, const Face& face) const = 0;
};

// Distance from the middle of the eyes to the chin: ISO/IEC 29794-5 measures openings and heads in it.
double face_length(const Landmarks68& landmarks);

}  // namespace kyc
