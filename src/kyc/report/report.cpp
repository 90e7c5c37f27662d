#include "kyc/report/report.h"

namespace kyc {

const Figure* find_figure(const Report& report, const std::string& key) {
  for (const Figure& figure : report.figures)
    if (figure.key == key) return &figure;
  return nullptr;
}

}  // namespace kyc
