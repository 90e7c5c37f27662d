// Reads the machine readable zone off a picture of a document.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/document/mrz.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/session.h"

namespace kyc {

struct MrzReading {
  std::vector<std::string> lines;
  double confidence = 0;                // mean over the cells of the probability of what was read, 0..1
  double fit = 0;                       // how well the text lies in a grid of cells, up to 1
  std::vector<double> cell_confidence;  // [lines x columns]
  Mrz mrz;
  // Cells (row by row) where a look-alike (O for 0, and the like) was preferred to what the network thought
  // likeliest, because the check digits hold with it.
  std::vector<int> corrected;
  Image strip;  // the zone, upright, for evidence
};

// The lines of text that lie like a zone are cut out, and read with what ICAO Doc 9303 says about them: a
// fixed number of characters of one width, 37 different ones, letters or digits only in most places. The text
// may run in any direction. Thread-safe.
class MrzReader {
 public:
  // throws  as ModelManifest::load
  explicit MrzReader(const ModelManifest& models, const SessionOptions& options = {});
  ~MrzReader();
  MrzReader(MrzReader&&) noexcept;

  // Nothing if no zone was found. A zone that was misread shows by its check digits.
  // today  for parse_mrz
  std::optional<MrzReading> read(const Image& image, const MrzDate& today) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
