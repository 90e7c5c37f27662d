#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr Color kBackground{30, 32, 38};
constexpr Color kCellBackground{20, 21, 25};
constexpr Color kCaptionColor{226, 229, 235};
constexpr int kGap = 12;
constexpr int kAccentHeight = 4;
constexpr float kCaptionSize = 18;
constexpr int kCaptionMargin = 6;
constexpr int kMinCell = 16;

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

// Whole characters of UTF-8 are taken off until the rest and an ellipsis fit.
std::string shortened(std::string line, float width) {
  if (text_size(line, kCaptionSize).width <= width) return line;
  const std::string ellipsis = "\xE2\x80\xA6";
  while (!line.empty() && text_size(line + ellipsis, kCaptionSize).width > width) {
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.pop_back();
    if (!line.empty()) line.pop_back();
  }
  return line + ellipsis;
}

Image fitted(const Image& image, int width, int height) {
  const double scale =
      std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
  const auto scaled = [&](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  return resize(image,
                std::min(scaled(image.width), width),
                std::min(scaled(image.height), height),
                Interpolation::Area);
}

}  // namespace

Image contact_sheet(std::span<const ContactSheetCell> cells, int columns, int cell_width, int cell_height) {
  if (cells.empty() || columns < 1 || cell_width < kMinCell || cell_height < kMinCell)
    throw Error(ErrorCode::InvalidArgument,
                "contact_sheet: expected cells in at least 1 column of at least 16 x 16, got " +
                    std::to_string(cells.size()) + " in " + std::to_string(columns) + " of " +
                    std::to_string(cell_width) + " x " + std::to_string(cell_height));
  const int count = static_cast<int>(cells.size());
  columns = std::min(columns, count);
  const int rows = (count + columns - 1) / columns;
  std::size_t most_lines = 0;
  for (const ContactSheetCell& cell : cells)
    if (!cell.caption.empty()) most_lines = std::max(most_lines, split_lines(cell.caption).size());
  const int caption_height =
      most_lines == 0 ? 0
                      : static_cast<int>(static_cast<float>(most_lines) * kCaptionSize) + 2 * kCaptionMargin;
  const int pitch_x = cell_width + kGap;
  const int pitch_y = cell_height + kAccentHeight + caption_height + kGap;

  Image sheet = make_image(columns * pitch_x + kGap, rows * pitch_y + kGap);
  const Box all{0, 0, static_cast<float>(sheet.width), static_cast<float>(sheet.height)};
  sheet = draw_panel(std::move(sheet), all, kBackground, 1);
  for (int i = 0; i < count; ++i) {
    const ContactSheetCell& cell = cells[static_cast<std::size_t>(i)];
    const int x = kGap + i % columns * pitch_x;
    const int y = kGap + i / columns * pitch_y;
    const Box frame{static_cast<float>(x),
                    static_cast<float>(y),
                    static_cast<float>(cell_width),
                    static_cast<float>(cell_height)};
    sheet = draw_panel(std::move(sheet), frame, kCellBackground, 1);
    const Image picture = fitted(cell.image, cell_width, cell_height);
    sheet = paste(std::move(sheet),
                  picture,
                  x + (cell_width - picture.width) / 2,
                  y + (cell_height - picture.height) / 2);
    if (cell.accent)
      sheet = draw_panel(
          std::move(sheet), {frame.x, frame.bottom(), frame.width, kAccentHeight}, *cell.accent, 1);
    if (cell.caption.empty()) continue;
    Point at{frame.x + 2, frame.bottom() + kAccentHeight + kCaptionMargin};
    for (const std::string& line : split_lines(cell.caption)) {
      sheet = draw_text(std::move(sheet), at, shortened(line, frame.width - 4), kCaptionColor, kCaptionSize);
      at.y += kCaptionSize;
    }
  }
  return sheet;
}

}  // namespace kyc
