#include "kyc/attack/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "kyc/core/error.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

Image fitted_to_cell(const Image& image, int cell) {
  const double scale = std::min(1.0, static_cast<double>(cell) / std::max(image.width, image.height));
  if (scale >= 1) return image;
  return resize(image,
                std::max(1, static_cast<int>(std::lround(image.width * scale))),
                std::max(1, static_cast<int>(std::lround(image.height * scale))),
                Interpolation::Area);
}

// The changed part with half as much around it; everything if nothing or nearly all was changed.
Box shown_part(const Mask& mask) {
  int left = mask.width;
  int top = mask.height;
  int right = -1;
  int bottom = -1;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      if (mask.row(y)[x] > 127) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
  const Box whole{0, 0, static_cast<float>(mask.width), static_cast<float>(mask.height)};
  if (right < 0) return whole;
  const float side = 1.6F * static_cast<float>(std::max(right - left, bottom - top) + 1);
  const float width = std::min(side, whole.width);
  const float height = std::min(side, whole.height);
  const float x = static_cast<float>(left + right + 1) / 2 - width / 2;
  const float y = static_cast<float>(top + bottom + 1) / 2 - height / 2;
  return {
      std::clamp(x, 0.0F, whole.width - width), std::clamp(y, 0.0F, whole.height - height), width, height};
}

Image part_of(const Image& image, const Box& box, int cell) {
  const float scale = static_cast<float>(cell) / std::max(box.width, box.height);
  const auto side = [&](float length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  if (scale < 1 && box.width >= static_cast<float>(image.width) - 0.5F &&
      box.height >= static_cast<float>(image.height) - 0.5F)
    return fitted_to_cell(image, cell);
  return crop(image, box, side(box.width), side(box.height));
}

// Head and neck, as far as the picture goes.
Box portrait_part(const AttackSource& source) {
  const Box& face = source.face->detection.box;
  const auto width = static_cast<float>(source.image.width);
  const auto height = static_cast<float>(source.image.height);
  const float side = std::min({2.0F * std::max(face.width, face.height), width, height});
  return {std::clamp(face.center().x - side / 2, 0.0F, width - side),
          std::clamp(face.center().y - side / 2, 0.0F, height - side),
          side,
          side};
}

// A piece above the middle of `part`, every pixel twice as large.
Image detail_of(const Image& image, const Box& part, int cell) {
  const int size = std::min({cell / 2, image.width, image.height});
  const int x = std::clamp(static_cast<int>(part.center().x) - size / 2, 0, image.width - size);
  const int y = std::clamp(static_cast<int>(part.y + 0.45F * part.height) - size / 2, 0, image.height - size);
  Image out = make_image(2 * size, 2 * size);
  for (int row = 0; row < out.height; ++row) {
    const std::uint8_t* from = image.row(y + row / 2) + static_cast<std::ptrdiff_t>(x) * 3;
    std::uint8_t* to = out.row(row);
    for (int i = 0; i < out.width; ++i, to += 3)
      std::copy_n(from + static_cast<std::ptrdiff_t>(i / 2) * 3, 3, to);
  }
  return out;
}

// The picture in grey, what was changed in red over it.
Image marked(const Image& image, const Mask& mask) {
  Image out = image;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    std::uint8_t* p = &out.pixels[3 * i];
    const int grey = (p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8;
    const int share = mask.values[i];
    p[0] = static_cast<std::uint8_t>((grey * (255 - share) + (grey / 2 + 128) * share) / 255);
    p[1] = p[2] = static_cast<std::uint8_t>((grey * (255 - share) + grey / 2 * share) / 255);
  }
  return out;
}

}  // namespace

ComparisonSheet::ComparisonSheet(std::span<const AttackSource> sources,
                                 std::string title,
                                 const ComparisonOptions& options)
    : title_(std::move(title)),
      options_(options),
      moments_(static_cast<std::size_t>(std::max(1, options.moments))) {
  options_.cell = std::max(32, options_.cell);
  for (const AttackSource& source : sources) {
    sources_.push_back(source.face ? part_of(source.image, portrait_part(source), options_.cell)
                                   : fitted_to_cell(source.image, options_.cell));
    names_.push_back(std::filesystem::path(source.name).filename().string());
  }
}

void ComparisonSheet::add(const Frame& target, const ForgedFrame& forged) {
  if (seen_++ % stride_ != 0) return;
  if (kept_.size() == 3 * moments_) {  // thinned out: every other one stays
    for (std::size_t i = 1; 2 * i < kept_.size(); ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize((kept_.size() + 1) / 2);
    stride_ *= 2;
    if ((seen_ - 1) % stride_ != 0) return;
  }
  Moment moment;
  moment.time_s = target.time_s;
  double sum = 0;
  for (const std::uint8_t value : forged.mask.values) sum += value;
  moment.changed = sum / 255.0 / std::max<double>(1.0, static_cast<double>(forged.mask.values.size()));
  const Box part = shown_part(forged.mask);
  const bool same_size =
      target.image.width == forged.image.width && target.image.height == forged.image.height;
  if (target.image.width > 0)
    moment.pictures.push_back(same_size ? part_of(target.image, part, options_.cell)
                                        : fitted_to_cell(target.image, options_.cell));
  moment.pictures.push_back(part_of(forged.image, part, options_.cell));
  moment.pictures.push_back(part_of(marked(forged.image, forged.mask), part, options_.cell));
  if (options_.detail) moment.pictures.push_back(detail_of(forged.image, part, options_.cell));
  kept_.push_back(std::move(moment));
}

Image ComparisonSheet::finish() const {
  if (kept_.empty()) throw Error(ErrorCode::InvalidArgument, "comparison sheet: no frame was added");
  const std::size_t rows = std::min(moments_, kept_.size());
  std::vector<ContactSheetCell> cells;
  std::size_t columns = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t at = rows == 1 ? kept_.size() / 2 : row * (kept_.size() - 1) / (rows - 1);
    const Moment& moment = kept_[at];
    const std::size_t start = cells.size();
    for (std::size_t i = 0; i < sources_.size(); ++i)
      cells.push_back({sources_[i], "source " + names_[i], std::nullopt});
    char time[48];
    char changed[48];
    std::snprintf(time, sizeof(time), "target at %.2f s", moment.time_s);
    std::snprintf(changed, sizeof(changed), "changed: %.1f %%", 100 * moment.changed);
    std::size_t picture = 0;
    if (moment.pictures.size() == (options_.detail ? 4 : 3))
      cells.push_back({moment.pictures[picture++], time, std::nullopt});
    cells.push_back({moment.pictures[picture++], title_.empty() ? "result" : title_, kRed});
    cells.push_back({moment.pictures[picture++], changed, std::nullopt});
    if (options_.detail) cells.push_back({moment.pictures[picture], "result, 2 x", std::nullopt});
    columns = cells.size() - start;
  }
  return contact_sheet(cells, static_cast<int>(columns), options_.cell, options_.cell);
}

}  // namespace kyc
