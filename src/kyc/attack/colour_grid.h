// Internal to attack/: colours on a coarse grid of squares.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace kyc {

// Averages over squares of pixels.
struct ColourGrid {
  using Triple = std::array<float, 3>;

  int width = 0;
  int height = 0;
  int step = 1;
  std::vector<Triple> values;

  ColourGrid(int pixels_wide, int pixels_high, int cell)
      : width((pixels_wide + cell - 1) / cell),
        height((pixels_high + cell - 1) / cell),
        step(cell),
        values(static_cast<std::size_t>(width) * height) {}
  std::size_t at(int i, int j) const { return static_cast<std::size_t>(j) * width + i; }
};

// Fills the cells that are not known with something smooth: halves of the grid, coarse first.
// weight  1 known, 0 not
void fill_unknown(ColourGrid& grid, std::vector<float>& weight);

// Where `free`, each cell becomes the mean of its neighbours (successive over-relaxation).
void relax(ColourGrid& grid, const std::vector<bool>& free, int rounds);

// Weighted mean over neighbours, about a Gaussian of `sigma` cells; weights go with it.
void blur(ColourGrid& grid, std::vector<float>& weight, float sigma);

// Bilinear reading of a grid along one row of pixels.
class ColourGridRow {
 public:
  ColourGridRow(const ColourGrid& grid, int y);
  ColourGrid::Triple operator()(int x) const {
    const float u = std::clamp((static_cast<float>(x) + 0.5F) / static_cast<float>(grid_.step) - 0.5F,
                               0.0F,
                               static_cast<float>(grid_.width - 1));
    const auto i = static_cast<std::size_t>(u);
    const float t = u - static_cast<float>(i);
    const ColourGrid::Triple& left = row_[i];
    const ColourGrid::Triple& right = row_[std::min(i + 1, row_.size() - 1)];
    return {left[0] + (right[0] - left[0]) * t,
            left[1] + (right[1] - left[1]) * t,
            left[2] + (right[2] - left[2]) * t};
  }

 private:
  const ColourGrid& grid_;
  std::vector<ColourGrid::Triple> row_;
};

}  // namespace kyc
