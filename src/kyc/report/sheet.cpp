#include "kyc/report/sheet.h"

#include <algorithm>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"
#include "kyc/report/format.h"

namespace kyc {
namespace {

constexpr int kSide = 150;  // pixels, of each picture
constexpr int kGap = 4;
constexpr int kQuality = 82;

Image fitted(const Image& image) {
  const double scale = static_cast<double>(kSide) / std::max(image.width, image.height);
  const int width = std::max(1, static_cast<int>(image.width * scale));
  const int height = std::max(1, static_cast<int>(image.height * scale));
  const Image small = resize(image, width, height, scale < 1 ? Interpolation::Area : Interpolation::Linear);
  return paste(make_image(kSide, kSide), small, (kSide - width) / 2, (kSide - height) / 2);
}

Image side_by_side(const std::vector<Image>& images, std::size_t places) {
  const int width = static_cast<int>(places) * (kSide + kGap) - kGap;
  Image out = make_image(width, kSide);
  for (std::size_t i = 0; i < images.size(); ++i)
    out = paste(std::move(out), fitted(images[i]), static_cast<int>(i) * (kSide + kGap), 0);
  return out;
}

std::optional<Color> accent_of(Tone tone) {
  switch (tone) {
    case Tone::Plain:
      return std::nullopt;
    case Tone::Good:
      return kGreen;
    case Tone::Doubt:
      return kAmber;
    case Tone::Bad:
      return kRed;
  }
  return std::nullopt;
}

}  // namespace

Picture picture_of(
    std::string id, std::string title, std::string caption, std::span<const SheetCell> cells, int columns) {
  std::size_t places = 1;
  for (const SheetCell& cell : cells) {
    if (cell.images.empty())
      throw Error(ErrorCode::InvalidArgument, "contact sheet: a cell without pictures");
    places = std::max(places, cell.images.size());
  }
  std::vector<ContactSheetCell> drawn;
  for (const SheetCell& cell : cells)
    drawn.push_back({side_by_side(cell.images, places), cell.caption, accent_of(cell.tone)});
  const Image sheet = contact_sheet(drawn,
                                    std::min(columns, static_cast<int>(cells.size())),
                                    static_cast<int>(places) * (kSide + kGap) - kGap,
                                    kSide);
  return {std::move(id),
          std::move(title),
          std::move(caption),
          sheet.width,
          sheet.height,
          encode_jpeg(sheet, kQuality)};
}

std::optional<Picture> worst_errors(std::string id,
                                    std::string title,
                                    std::string caption,
                                    std::span<const SheetCandidate> candidates,
                                    std::size_t shown,
                                    int columns) {
  std::vector<SheetCell> cells;
  for (const SheetCandidate& candidate : candidates) {
    if (cells.size() == shown) break;
    std::vector<Image> pictures = candidate.pictures();
    if (!pictures.empty()) cells.push_back({std::move(pictures), candidate.caption, Tone::Bad});
  }
  if (cells.empty()) return std::nullopt;
  caption += " " + count_text(cells.size(), candidates.size()) + " are shown.";
  return picture_of(std::move(id), std::move(title), std::move(caption), cells, columns);
}

}  // namespace kyc
