// Contact sheets for reports.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kyc/image/image.h"
#include "kyc/report/report.h"

namespace kyc {

struct SheetCell {
  std::vector<Image> images;  // side by side: the document and the selfie
  std::string caption;
  Tone tone = Tone::Plain;
};

// throws  Error{InvalidArgument} without cells, or for a cell without images
Picture picture_of(std::string id,
                   std::string title,
                   std::string caption,
                   std::span<const SheetCell> cells,
                   int columns = 4);

}  // namespace kyc
