// Drawing for evidence pictures and contact sheets: antialiased, values in, Image out. Coordinates as in
// geometry.h; what falls outside of the image is cut off.
//
//   image = draw_rectangle(std::move(image), face.box, kGreen);
//
// throws  Error{InvalidArgument} on coordinates that are not finite
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  bool operator==(const Color&) const = default;
};

constexpr Color kWhite{255, 255, 255};
constexpr Color kGreen{64, 214, 110};  // passed
constexpr Color kRed{255, 82, 82};     // failed
constexpr Color kAmber{255, 190, 60};  // review
constexpr Color kBlue{80, 170, 255};   // neutral marks

// Lines and points have a thin dark rim, so that they can be seen on any picture. thickness, radius: pixels.
Image draw_line(Image image, Point from, Point to, Color color, float thickness = 2);
Image draw_rectangle(Image image, const Box& box, Color color, float thickness = 2);
Image draw_points(Image image, std::span<const Point> points, Color color, float radius = 2);

// Fills the box, mixed with what is below. opacity: 0..1
Image draw_panel(Image image, const Box& box, Color color, float opacity = 0.6F);

// The picture with its upper left pixel at pixel (x, y).
Image paste(Image image, const Image& picture, int x, int y);

struct TextSize {
  float width = 0;   // pixels, of the widest line
  float height = 0;  // pixels, of all lines
};

// UTF-8; '\n' starts a new line; what the font (DejaVu Sans) does not have is drawn as a hollow box.
// upper_left  of the first line
// size        pixels from line to line, at least 4; capitals are about 0.6 of it
// Text has a soft dark halo and can be read on any picture.
Image draw_text(Image image, Point upper_left, const std::string& text, Color color, float size = 20);
TextSize text_size(const std::string& text, float size = 20);

struct ContactSheetCell {
  Image image;
  std::string caption;          // lines that do not fit are shortened with an ellipsis
  std::optional<Color> accent;  // a bar above the caption: passed, failed, ...
};

// The pictures in rows of `columns`, each fitted into cell_width x cell_height (proportions kept), captions
// below. throws  Error{InvalidArgument} if there are no cells, no columns, or a cell is smaller than 16 x 16
Image contact_sheet(std::span<const ContactSheetCell> cells, int columns, int cell_width, int cell_height);

}  // namespace kyc
