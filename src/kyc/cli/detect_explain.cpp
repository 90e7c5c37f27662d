#include "kyc/cli/detect_explain.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "kyc/evaluation/media.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"

namespace kyc::cli {
namespace {

constexpr float kView = 1.9F;  // of the face box
constexpr int kPictureSide = 360;
constexpr float kOpacity = 0.7F;

std::string short_number(double value, const char* format = "%.2f") {
  char out[32];
  std::snprintf(out, sizeof(out), format, value);
  return out;
}

// Bilinear, 0 outside.
float value_at(const EvidenceMap& map, float x, float y) {
  const float u = (x - map.area.x) / map.area.width * static_cast<float>(map.columns) - 0.5F;
  const float v = (y - map.area.y) / map.area.height * static_cast<float>(map.rows) - 0.5F;
  if (u < -0.5F || v < -0.5F || u > static_cast<float>(map.columns) - 0.5F ||
      v > static_cast<float>(map.rows) - 0.5F)
    return 0;
  const auto at = [&](int column, int row) {
    column = std::clamp(column, 0, map.columns - 1);
    row = std::clamp(row, 0, map.rows - 1);
    return map.values[static_cast<std::size_t>(row * map.columns + column)];
  };
  const int left = static_cast<int>(std::floor(u));
  const int top = static_cast<int>(std::floor(v));
  const float a = u - static_cast<float>(left);
  const float b = v - static_cast<float>(top);
  return (at(left, top) * (1 - a) + at(left + 1, top) * a) * (1 - b) +
         (at(left, top + 1) * (1 - a) + at(left + 1, top + 1) * a) * b;
}

ContactSheetCell cell_of(const Image& image, const FaceAnalyzer& faces, const AttackDetector& detector) {
  const std::vector<FaceDetection> found = faces.detect(image);
  if (found.empty()) return {resize(image, kPictureSide, kPictureSide, Interpolation::Area), "no face", {}};
  const auto largest = std::max_element(
      found.begin(), found.end(), [](const auto& a, const auto& b) { return a.box.area() < b.box.area(); });
  const Face face = faces.describe(image, *largest);
  const FaceFrame frame{image, face};
  const auto map = detector.evidence_map(frame);
  std::string caption;
  if (detector.info().per_frame) {
    const auto score = detector.frame_score(detector.observe(frame));
    caption = score ? "score " + short_number(*score) : "too small to be measured";
  }
  if (!map) {
    caption += (caption.empty() ? "" : "\n") + std::string("no place in the picture: it looks at the whole");
    return {draw_evidence(image, face, {face.detection.box, 1, 1, {0.0F}, ""}), caption, {}};
  }
  const double strongest = static_cast<double>(*std::max_element(map->values.begin(), map->values.end()));
  if (!detector.info().per_frame) caption = "strongest place " + short_number(strongest);
  const auto& thresholds = detector.info().thresholds;
  const double limit = thresholds.empty() ? 0.5 : thresholds.front().value;
  return {draw_evidence(image, face, *map),
          caption + "\n" + map->method,
          strongest >= limit         ? kRed
          : strongest >= 0.8 * limit ? kAmber
                                     : kGreen};
}

}  // namespace

std::string in_words(const AttackDetectorInfo& detector, const AttackFinding& finding) {
  std::string speaks_for;
  std::string against;
  int named_for = 0;
  int named_against = 0;
  for (const EvidenceSignal& signal : finding.signals) {
    const double part = signal.contribution.value_or(0);
    std::string& out = part > 0 ? speaks_for : against;
    if (part == 0 || (part > 0 ? named_for : named_against)++ >= 2) continue;
    out += (out.empty() ? "" : "; ") + signal.name + " " + short_number(signal.value) + " (" +
           short_number(part, "%+.2f") + "): " + signal.meaning;
  }
  if (speaks_for.empty() && against.empty())
    return detector.name + " gives " + short_number(finding.score) +
           (finding.signals.empty() ? "" : ": " + finding.signals.front().meaning);
  return (speaks_for.empty() ? "Nothing speaks for an attack" : "Speaks for an attack: " + speaks_for) +
         (against.empty() ? "." : ". Speaks against one: " + against + ".");
}

Image draw_evidence(const Image& image, const Face& face, const EvidenceMap& map) {
  const Point center = face.detection.box.center();
  const float side = std::max(face.detection.box.width, face.detection.box.height) * kView;
  const Box view{center.x - side / 2, center.y - side / 2, side, side};
  Image out = crop(image, view, kPictureSide, kPictureSide);
  for (int y = 0; y < kPictureSide; ++y)
    for (int x = 0; x < kPictureSide; ++x) {
      const float value = value_at(map,
                                   view.x + (static_cast<float>(x) + 0.5F) * side / kPictureSide,
                                   view.y + (static_cast<float>(y) + 0.5F) * side / kPictureSide);
      if (value <= 0.02F) continue;
      const float opacity = kOpacity * std::min(1.0F, value * 1.2F);
      const std::array<float, 3> heat{255, 190 * (1 - value), 40 * (1 - value)};
      std::uint8_t* pixel = out.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      for (std::size_t c = 0; c < 3; ++c)
        pixel[c] =
            static_cast<std::uint8_t>(static_cast<float>(pixel[c]) * (1 - opacity) + heat[c] * opacity);
    }
  return out;
}

Image evidence_sheet(const std::filesystem::path& path,
                     const FaceAnalyzer& faces,
                     const AttackDetector& detector,
                     const AttackAssessment& answer,
                     int frames) {
  std::vector<ContactSheetCell> cells;
  for (const Image& image : frames_of(path, frames)) cells.push_back(cell_of(image, faces, detector));
  const int columns = std::min<int>(3, static_cast<int>(cells.size()));
  Image sheet = contact_sheet(cells, columns, kPictureSide, kPictureSide);
  // The verdict above the pictures.
  std::string text = detector.info().name + ": ";
  text += answer ? "score " + short_number(answer->score) : answer.reason().message;
  if (answer)
    for (std::size_t i = 0; i < std::min<std::size_t>(4, answer->signals.size()); ++i) {
      const EvidenceSignal& signal = answer->signals[i];
      if (signal.name == detector.info().name) continue;  // the score again
      text += "\n" + (signal.contribution ? short_number(*signal.contribution, "%+.2f  ") : std::string()) +
              signal.name + " " + short_number(signal.value);
    }
  const float size = 18;
  const int head = static_cast<int>(text_size(text, size).height) + 24;
  Image out = make_image(sheet.width, sheet.height + head);
  std::fill(out.pixels.begin(), out.pixels.end(), std::uint8_t{32});
  out = paste(std::move(out), sheet, 0, head);
  return draw_text(std::move(out), {12, 12}, text, kWhite, size);
}

}  // namespace kyc::cli
