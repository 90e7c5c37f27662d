// Pictures of samples for people who look through a data set, and how good a sample is.

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/json_writer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/quality/brisque.h"
#include "kyc/service/sample_files.h"

namespace kyc {
namespace {

constexpr int kNarrowest = 16;
constexpr int kWidest = 1920;
constexpr int kQuality = 90;                                          // of the JPEG
constexpr std::array<double, 5> kShares = {0.1, 0.3, 0.5, 0.7, 0.9};  // of a clip, where it is measured
constexpr std::uint64_t kMaxScoreFile = 32 << 20;
constexpr std::size_t kMaxScoreFiles = 50;

double share_parameter(const Call& call) {
  const auto text = call.request.query_value("at");
  if (!text) return 0.5;
  double share = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), share);
  if (failure != std::errc() || end != text->data() + text->size() || !(share >= 0 && share <= 1))
    throw HttpError(422, "invalid_field", "at: expected a number from 0 to 1", "at");
  return share;
}

int width_parameter(const Call& call) {
  const auto text = call.request.query_value("width");
  if (!text) return 640;
  int width = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), width);
  if (failure != std::errc() || end != text->data() + text->size() || width < kNarrowest || width > kWidest)
    throw HttpError(422, "invalid_field", "width: expected a whole number from 16 to 1920", "width");
  return width;
}

Image shrunk(Image image, int width) {
  if (image.width <= width) return image;
  const int height = std::max(1, image.height * width / image.width);
  return resize(image, width, height, Interpolation::Area);
}

struct SampleScore {
  std::string name;  // of the detector, where the file says
  double score = 0;
  std::string file;
};

// The sample's mean score in a file of attack scores (docs/evaluation.md); nothing if the file is another
// table.
std::vector<SampleScore> scores_in(const std::filesystem::path& path, const SampleFile& file) {
  std::vector<SampleScore> out;
  std::map<std::string, std::pair<double, int>> sums;
  try {
    CsvReader csv(read_text_file(path, kMaxScoreFile), path.filename().string());
    const auto score = csv.optional_column("score");
    auto sample = csv.optional_column("sample");
    if (!sample) sample = csv.optional_column("clip");
    if (!score || !sample) return out;
    const auto system = csv.optional_column("system");
    while (csv.next()) {
      const std::string& id = csv.field(*sample);
      if (id != file.sample.id && id != file.sample.path) continue;
      auto& [sum, count] = sums[system ? csv.field(*system) : ""];
      sum += csv.number(*score);
      ++count;
    }
  } catch (const Error&) {
    return {};  // not a table of scores, or a damaged one: nothing to show
  }
  for (const auto& [name, sum] : sums)
    out.push_back(
        {name.empty() ? path.stem().string() : name, sum.first / sum.second, path.filename().string()});
  return out;
}

std::vector<SampleScore> scores_of(const SampleFile& file) {
  std::set<std::filesystem::path> tables;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(file.folder / "scores", failure))
    if (entry.is_regular_file(failure) && entry.path().extension() == ".csv" &&
        tables.size() < kMaxScoreFiles)
      tables.insert(entry.path());
  std::vector<SampleScore> out;
  for (const auto& path : tables)
    for (SampleScore& score : scores_in(path, file)) out.push_back(std::move(score));
  return out;
}

// What is wrong with the file is the data set's fault: whoever looks is told which sample, not which path.
HttpError undecodable(const Error& error) {
  if (error.code() == ErrorCode::NotFound) return {404, "not_found", "the sample's file is not there"};
  return {422, "undecodable", "the sample's file can not be decoded"};
}

}  // namespace

HttpResponse get_sample_frame(Call& call) {
  const double share = share_parameter(call);
  const int width = width_parameter(call);
  const SampleFile file = sample_file(call);
  HttpResponse response;
  response.header("Content-Type", "image/jpeg")
      .header("Cache-Control", "private, max-age=86400")
      .header("Content-Security-Policy", "default-src 'none'; sandbox");
  const std::string about = file.sample.id + " " + file.sample.sha256 + " " + std::to_string(share);
  response.etag = "\"" + sha256_of(about + " " + std::to_string(width)).substr(0, 32) + "\"";
  const auto known = call.request.header("if-none-match");
  if (known && etag_matches(*known, response.etag)) return response;  // answered 304: nothing is decoded
  const StillSlot slot(call.state);
  try {
    const std::vector<std::uint8_t> jpeg =
        encode_jpeg(shrunk(std::move(stills_of(file.path, std::span(&share, 1)).front()), width), kQuality);
    response.body.assign(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  } catch (const Error& error) {
    throw undecodable(error);
  }
  return response;
}

HttpResponse get_sample_quality(Call& call) {
  const SampleFile file = sample_file(call);
  std::vector<double> scores;
  int frames = 0;
  int width = 0;
  int height = 0;
  {
    const StillSlot slot(call.state);
    try {
      for (const Image& image : stills_of(file.path, kShares)) {
        width = image.width;
        height = image.height;
        ++frames;
        if (std::min(width, height) >= kNarrowest)
          if (const auto found = brisque(image)) scores.push_back(found->score);
      }
    } catch (const Error& error) {
      throw undecodable(error);
    }
  }
  std::optional<double> median;
  if (!scores.empty()) {
    std::nth_element(
        scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(scores.size() / 2), scores.end());
    median = scores[scores.size() / 2];
  }
  JsonWriter json;
  json.object()
      .field("brisque", median)
      .field("frames", frames)
      .field("width", width)
      .field("height", height);
  json.key("scores").array();
  for (const SampleScore& score : scores_of(file))
    json.object().field("name", score.name).field("score", score.score).field("file", score.file).end();
  json.end().end();
  return json_response(200, json.text());
}

}  // namespace kyc
