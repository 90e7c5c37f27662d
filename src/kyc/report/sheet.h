// Contact sheets for reports.
#pragma once

#include <functional>
#include <optional>
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

// An error that may be shown.
struct SheetCandidate {
  std::function<std::vector<Image>()> pictures;  // empty: they can not be shown any more
  std::string caption;
};

// The worst errors, the first of `candidates` first: at most `shown` of them; the caption says how many there
// are. Nothing where none can be shown.
std::optional<Picture> worst_errors(std::string id,
                                    std::string title,
                                    std::string caption,
                                    std::span<const SheetCandidate> candidates,
                                    std::size_t shown = 12,
                                    int columns = 3);

}  // namespace kyc
