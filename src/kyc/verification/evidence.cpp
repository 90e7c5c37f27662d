// The pictures behind a decision.

#include <cmath>
#include <system_error>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/image/draw.h"
#include "kyc/verification/inquiry.h"
#include "kyc/verification/record.h"

namespace kyc {
namespace {

constexpr int kCellWidth = 300;
constexpr int kCellHeight = 260;
constexpr int kColumns = 4;

Color color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Accepted:
      return kGreen;
    case Verdict::Rejected:
      return kRed;
    case Verdict::Review:
      return kAmber;
  }
  return kRed;
}

// Marks a face that was found in an image of `full_width` on its smaller picture.
Image with_face(Image picture, int full_width, const Face& face, Color color) {
  const float scale = static_cast<float>(picture.width) / static_cast<float>(full_width);
  const auto scaled = [scale](Point p) { return Point{p.x * scale, p.y * scale}; };
  const Box& box = face.detection.box;
  const float thickness = std::max(2.0F, static_cast<float>(picture.width) / 300.0F);
  FivePoints points = face.points;
  for (Point& point : points) point = scaled(point);
  picture = draw_rectangle(std::move(picture),
                           {box.x * scale, box.y * scale, box.width * scale, box.height * scale},
                           color,
                           thickness);
  return draw_points(std::move(picture), points, color, thickness);
}

std::string caption_of(const VerificationRecord& record, const SelfieFrame& frame) {
  std::string text = "selfie at " + number(frame.time_s, 1) + " s";
  if (frame.attack_score) text += "\nattack score " + number(*frame.attack_score, 2);
  if (!record.document.faces.empty())
    text += ", similarity " + number(compare(frame.probe, record.document.reference), 2);
  return text;
}

// One line per reason, none wider than the sheet.
Image headline(const VerificationRecord& record, int width) {
  constexpr float kTitle = 34;
  constexpr float kLine = 22;
  std::string title(to_string(record.decision.verdict));
  for (char& letter : title) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const std::size_t lines = std::max<std::size_t>(1, record.decision.reasons.size());
  const float height = std::floor(20 + kTitle * 1.3F + static_cast<float>(lines) * kLine * 1.2F + 10);
  Image strip = make_image(width, static_cast<int>(height));
  strip = draw_panel(std::move(strip), {0, 0, static_cast<float>(width), height}, {24, 28, 34}, 1);
  strip = draw_panel(std::move(strip), {0, 0, 8, height}, color_of(record.decision.verdict), 1);
  strip = draw_text(std::move(strip), {24, 14}, title, color_of(record.decision.verdict), kTitle);
  float y = 14 + kTitle * 1.3F;
  if (record.decision.reasons.empty())
    strip = draw_text(std::move(strip), {24, y}, "Every signal passed.", kWhite, kLine);
  for (const Reason& reason : record.decision.reasons) {
    std::string text = reason.message;
    while (text.size() > 4 && text_size(text, kLine).width > static_cast<float>(width - 48))
      text = text.substr(0, text.size() - 4) + "...";
    strip = draw_text(std::move(strip), {24, y}, text, kWhite, kLine);
    y += kLine * 1.2F;
  }
  return strip;
}

}  // namespace

Image evidence_summary(const VerificationRecord& record) {
  const Color color = color_of(record.decision.verdict);
  std::vector<ContactSheetCell> cells;
  if (record.document.width > 0) {
    Image picture = record.document.picture;
    std::string caption = "document\nno face found";
    if (!record.document.faces.empty()) {
      picture = with_face(std::move(picture), record.document.width, record.document.faces.front(), kBlue);
      caption = "document\n" + number(inter_eye_distance(record.document.faces.front().points), 0) +
                " px between the eyes";
    }
    cells.push_back({std::move(picture), caption, kBlue});
  }
  if (!record.document.faces.empty())
    cells.push_back({record.document.portrait, "portrait, aligned\nas it is compared", kBlue});
  for (const SelfieFrame& frame : record.selfie.best)
    cells.push_back(
        {with_face(frame.picture, frame.width, frame.face, color), caption_of(record, frame), color});
  if (cells.empty()) return headline(record, kColumns * kCellWidth);

  const Image sheet = contact_sheet(cells, kColumns, kCellWidth, kCellHeight);
  const Image strip = headline(record, sheet.width);
  Image out = make_image(sheet.width, strip.height + sheet.height);
  return paste(paste(std::move(out), strip, 0, 0), sheet, 0, strip.height);
}

void write_evidence(const VerificationRecord& record, const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, folder.string() + ": could not be made: " + failure.message());
  if (record.document.width > 0) {
    Image picture = record.document.picture;
    if (!record.document.faces.empty())
      picture = with_face(std::move(picture), record.document.width, record.document.faces.front(), kBlue);
    write_image(folder / "document.jpg", picture);
  }
  if (!record.document.faces.empty()) write_image(folder / "portrait.png", record.document.portrait);
  int count = 0;
  for (const SelfieFrame& frame : record.selfie.best)
    write_image(folder / ("selfie_" + std::to_string(++count) + ".jpg"),
                with_face(frame.picture, frame.width, frame.face, color_of(record.decision.verdict)));
  write_image(folder / "summary.png", evidence_summary(record));
  if (record.document.zone && record.document.zone->reading)
    write_image(folder / "zone.png", record.document.zone->reading->strip);
  if (record.selfie.challenge)
    write_text_file(folder / "timeline.svg", timeline_svg(*record.selfie.challenge));
  write_text_file(folder / "decision.json", record_to_json(record) + "\n");
}

}  // namespace kyc
