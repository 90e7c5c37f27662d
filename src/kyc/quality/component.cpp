#include "kyc/quality/component.h"

#include <cmath>

namespace kyc {

double face_length(const Landmarks68& landmarks) {
  double x = 0;
  double y = 0;
  for (std::size_t i = 36; i < 48; ++i) {
    x += static_cast<double>(landmarks[i].x) / 12;
    y += static_cast<double>(landmarks[i].y) / 12;
  }
  return std::hypot(static_cast<double>(landmarks[8].x) - x, static_cast<double>(landmarks[8].y) - y);
}

}  // namespace kyc
