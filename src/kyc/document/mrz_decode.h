// From what a text network says along the lines of a zone to its characters. For MrzReader, and its tests.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/document/mrz.h"

namespace kyc {

// '0'..'9', 'A'..'Z', '<'
constexpr int kMrzClasses = 37;
constexpr std::string_view kMrzAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<";

// Probabilities along one line: at each of equally wide steps, of each character. What is missing to 1 is 'no
// character' and characters that no zone holds.
using MrzLineProbabilities = std::vector<std::array<float, kMrzClasses>>;

// What the network says of one line, shown to it in several ways; the steps of each span the same picture.
using MrzLineViews = std::vector<MrzLineProbabilities>;

struct MrzText {
  std::vector<std::string> lines;
  std::vector<double> confidence;  // [lines x columns], 0..1
  double fit = 0;                  // how well so many cells of one width fit to the lines, up to 1
  std::vector<int> corrected;      // cells in which a look-alike makes check digits hold
};

// How many characters of a zone were seen along a line, in the view that shows most of them.
double count_characters(const MrzLineViews& line);

// The cells of the lines are found, all lines in one grid, and read.
// lines       one per line of the format, at least one view each, with as many views as each other
// text_begin  where the text is said to begin and end, fractions of the lines' width: a start for the search
// text_end
MrzText decode_mrz(std::span<const MrzLineViews> lines, MrzFormat format, double text_begin, double text_end);

}  // namespace kyc
