#include "kyc/document/mrz_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/document/mrz_decode.h"
#include "kyc/document/mrz_zone.h"
#include "kyc/document/text_detector.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr float kMargin = 0.4F;         // left and right of a line, in heights
constexpr double kMinConfidence = 0.5;  // mean over the cells: less, and the text is something else
constexpr int kFewestFillers = 3;       // seen for sure: likewise
constexpr double kMinFit = 0.3;
constexpr double kFewCharacters = 10;          // of a line of at least 30
constexpr double kGoodFit = 0.6;               // and no other lines are looked at
constexpr double kWidths[] = {1, 0.75, 0.55};  // of the line, as it is shown
constexpr int kMaxWidth = 2400;                // pixels of a line, as the network is shown it

// What the network calls them where they stand far apart, as they do in a zone: full-width forms, and small
// letters.
constexpr std::string_view kFullWidthDigit = "\xEF\xBC\x90";   // U+FF10
constexpr std::string_view kFullWidthLetter = "\xEF\xBC\xA1";  // U+FF21

std::optional<std::size_t> character_of(std::string key) {
  if (key.size() == 3 && key.substr(0, 2) == kFullWidthDigit.substr(0, 2)) {
    const int digit = key[2] - kFullWidthDigit[2];
    const int letter = key[2] - kFullWidthLetter[2];
    if (digit >= 0 && digit < 10) key = static_cast<char>('0' + digit);
    if (letter >= 0 && letter < 26) key = static_cast<char>('A' + letter);
  }
  if (key.size() != 1) return std::nullopt;
  if (key[0] >= 'a' && key[0] <= 'z') key[0] = static_cast<char>(key[0] - 'a' + 'A');
  const std::size_t known = kMrzAlphabet.find(key[0]);
  return known == std::string_view::npos ? std::nullopt : std::optional(known);
}

// Which of the network's classes mean which character of a zone. keys: one class a line; class 0 is 'none'.
struct MeaningfulClass {
  std::size_t network = 0;
  std::size_t character = 0;  // in kMrzAlphabet
};

std::vector<MeaningfulClass> classes_in(const std::string& keys) {
  std::vector<MeaningfulClass> out;
  std::array<bool, kMrzClasses> found{};
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < keys.size(); ++line) {
    const std::size_t end = std::min(keys.find('\n', begin), keys.size());
    if (const std::optional<std::size_t> character = character_of(keys.substr(begin, end - begin))) {
      out.push_back({line, *character});
      found[*character] = true;
    }
    begin = end + 1;
  }
  if (std::find(found.begin(), found.end(), false) != found.end())
    throw Error(ErrorCode::Corrupt,
                "the characters of the text network lack some that machine readable zones have");
  return out;
}

struct Strip {
  Image image;       // one line, as high as the network's input
  double begin = 0;  // where the text is said to be, fractions of the width
  double end = 1;
};

Strip cut(const Image& image, const MrzZone& zone, std::size_t row, int height) {
  float scale = static_cast<float>(height) / zone.height;
  const float margin = kMargin * zone.height;
  const float length = zone.right - zone.left + 2 * margin;
  const int width = std::clamp(static_cast<int>(std::lround(length * scale)), height, kMaxWidth);
  scale = std::min(scale, static_cast<float>(width) / length);
  // The line's middle, in the picture, goes to the middle of the strip.
  const float u = (zone.left + zone.right) / 2;
  const float v = zone.rows[row].middle;
  const Point middle{u * std::cos(zone.angle) - v * std::sin(zone.angle),
                     u * std::sin(zone.angle) + v * std::cos(zone.angle)};
  const float c = std::cos(zone.angle + zone.rows[row].turn) * scale;
  const float s = std::sin(zone.angle + zone.rows[row].turn) * scale;
  const Similarity to_strip{c,
                            -s,
                            static_cast<float>(width) / 2 - c * middle.x - s * middle.y,
                            static_cast<float>(height) / 2 + s * middle.x - c * middle.y};
  const double edge = static_cast<double>(margin / length);
  return {warp(image, to_strip, width, height), edge, 1 - edge};
}

}  // namespace

struct MrzReader::State {
  TextDetector detector;
  ModelInput input;
  Session session;
  std::vector<MeaningfulClass> classes;

  State(const ModelManifest& models, const SessionOptions& options)
      : detector(models, options),
        input(models.entry("ocr_read").inputs.at(0)),
        session(models, "ocr_read", options),
        classes(classes_in(keys_of(models))) {}

  static std::string keys_of(const ModelManifest& models) {
    const ModelEntry& entry = models.entry("ocr_read");
    const std::vector<std::uint8_t> bytes = models.load_part(entry, entry.parts.at(0));
    return {bytes.begin(), bytes.end()};
  }

  MrzLineProbabilities recognise(const Image& strip) const {
    ModelInput shown = input;
    shown.shape = {1, 3, strip.height, strip.width};
    const Tensor output = session.run(tensor_from_image(strip, shown));  // [1, steps, classes]
    MrzLineProbabilities out(static_cast<std::size_t>(output.shape.at(1)));
    const auto count = static_cast<std::size_t>(output.shape.at(2));
    for (std::size_t t = 0; t < out.size(); ++t)
      for (const MeaningfulClass& known : classes)
        out[t][known.character] += output.data[t * count + known.network];
    return out;
  }

  // At several widths, for the network overlooks characters that stand farther apart than it was taught.
  MrzLineViews views_of(const Image& strip) const {
    MrzLineViews out;
    for (const double width : kWidths) {
      const int narrow = std::max(strip.height, static_cast<int>(std::lround(strip.width * width)));
      out.push_back(recognise(resize(strip, narrow, strip.height, Interpolation::Area)));
    }
    return out;
  }

  // The likeliest format of this many lines.
  std::optional<MrzReading> read(const Image& image, const MrzZone& zone, const MrzDate& today) const {
    std::vector<Strip> strips;
    std::vector<MrzLineViews> lines;
    for (std::size_t row = 0; row < zone.rows.size(); ++row) {
      strips.push_back(cut(image, zone, row, static_cast<int>(input.shape.at(2))));
      lines.push_back(views_of(strips.back().image));
      if (count_characters(lines.back()) < kFewCharacters)
        return std::nullopt;  // something else, or upside down
    }
    std::optional<MrzReading> best;
    double best_fit = kMinFit;
    for (const MrzFormat format : {MrzFormat::Td1, MrzFormat::Td2, MrzFormat::Td3}) {
      if (shape_of(format).lines != static_cast<int>(lines.size())) continue;
      const MrzText text = decode(lines, format, strips[0].begin, strips[0].end);
      if (text.fit < best_fit) continue;
      std::optional<MrzReading> reading = reading_of(text, today);
      if (!reading) continue;
      best_fit = text.fit;
      best = std::move(reading);
    }
    if (best) best->strip = joined(strips);
    return best;
  }

  // Visas look like cards and passports, and say so by their first letter.
  static MrzText decode(const std::vector<MrzLineViews>& lines, MrzFormat format, double begin, double end) {
    MrzText text = decode_mrz(lines, format, begin, end);
    if (text.lines[0][0] != 'V' || format == MrzFormat::Td1) return text;
    return decode_mrz(lines, format == MrzFormat::Td3 ? MrzFormat::MrvA : MrzFormat::MrvB, begin, end);
  }

  // Cells that are fillers for sure: other text has none.
  static int fillers_seen(const MrzText& text) {
    int count = 0;
    std::size_t cell = 0;
    for (const std::string& line : text.lines)
      for (const char c : line) {
        const bool sure = text.confidence[cell++] > 0.5;
        count += c == '<' && sure ? 1 : 0;
      }
    return count;
  }

  static std::optional<MrzReading> reading_of(const MrzText& text, const MrzDate& today) {
    MrzReading out;
    out.lines = text.lines;
    out.cell_confidence = text.confidence;
    out.confidence = std::accumulate(text.confidence.begin(), text.confidence.end(), 0.0) /
                     static_cast<double>(text.confidence.size());
    out.fit = text.fit;
    out.corrected = text.corrected;
    if (out.confidence < kMinConfidence || fillers_seen(text) < kFewestFillers) return std::nullopt;
    const Outcome<Mrz, MrzFailure> parsed = parse_mrz(text.lines, today);
    if (!parsed) return std::nullopt;
    out.mrz = *parsed;
    return out;
  }

  static Image joined(const std::vector<Strip>& strips) {
    const int height = strips[0].image.height;
    Image out = make_image(strips[0].image.width, height * static_cast<int>(strips.size()));
    for (std::size_t i = 0; i < strips.size(); ++i)
      out = paste(std::move(out), strips[i].image, 0, height * static_cast<int>(i));
    return out;
  }
};

MrzReader::MrzReader(const ModelManifest& models, const SessionOptions& options)
    : state_(std::make_unique<State>(models, options)) {}
MrzReader::~MrzReader() = default;
MrzReader::MrzReader(MrzReader&&) noexcept = default;

std::optional<MrzReading> MrzReader::read(const Image& image, const MrzDate& today) const {
  std::optional<MrzReading> best;
  for (const MrzZone& zone : find_zones(state_->detector.detect(image)))
    for (const MrzZone& way : {zone, zone.turned()}) {
      std::optional<MrzReading> reading = state_->read(image, way, today);
      if (!reading || (best && reading->fit <= best->fit)) continue;
      best = std::move(reading);
      if (best->mrz.checks_valid() && best->fit > kGoodFit) return best;
    }
  return best;
}

}  // namespace kyc
