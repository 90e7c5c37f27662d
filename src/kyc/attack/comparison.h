// A sheet on which a person sees at a glance what an attack did: source, target, result and what was changed,
// at several moments of the clip.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kyc/attack/attack.h"
#include "kyc/video/reader.h"

namespace kyc {

struct ComparisonOptions {
  int moments = 4;      // rows, at most
  int cell = 256;       // pixels, of every picture's longer side; 32 or more
  bool detail = false;  // one column more: a piece of the result, every pixel twice as large
};

// Memory does not grow with the clip.
class ComparisonSheet {
 public:
  // sources  shown in the first columns; must outlive the sheet only for the call
  // title    above the first row, "" for none
  ComparisonSheet(std::span<const AttackSource> sources,
                  std::string title,
                  const ComparisonOptions& options = {});

  // Every frame, in order. Pictures larger than the changed part are cut to it, with some of what is around.
  void add(const Frame& target, const ForgedFrame& forged);

  // throws  Error{InvalidArgument} if no frame was added
  Image finish() const;

 private:
  struct Moment {
    double time_s = 0;
    double changed = 0;  // share of the picture
    std::vector<Image> pictures;
  };
  std::vector<Image> sources_;
  std::vector<std::string> names_;
  std::string title_;
  ComparisonOptions options_;
  std::size_t moments_;
  std::int64_t stride_ = 1;  // of the frames that are kept
  std::int64_t seen_ = 0;
  std::vector<Moment> kept_;
};

}  // namespace kyc
