#include "kyc/evaluation/templates.h"

#include <cmath>
#include <mutex>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/evaluation/acquisition.h"
#include "kyc/evaluation/media.h"
#include "kyc/face/analyzer.h"

namespace kyc {
namespace {

// The mean of the frames' templates, of unit length again; nothing without a face.
std::optional<FaceTemplate> template_of(const std::filesystem::path& file,
                                        const FaceAnalyzer& analyzer,
                                        const Recognizer& recognizer,
                                        int frames) {
  FaceTemplate sum;
  std::vector<Image> images;
  try {
    images = frames_of(file, frames);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported) return std::nullopt;
    throw;
  }
  for (const Image& image : images) {
    const std::vector<FaceDetection> found = analyzer.detect(image);
    if (found.empty()) continue;
    const Face face = analyzer.describe(image, found[subject_of(found, image.width, image.height)]);
    const FaceTemplate one = recognizer.extract(image, face.points);
    if (sum.values.empty())
      sum = one;
    else
      for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += one.values[i];
  }
  double length = 0;
  for (const float value : sum.values) length += static_cast<double>(value) * static_cast<double>(value);
  if (!(length > 0)) return std::nullopt;
  for (float& value : sum.values) value = static_cast<float>(static_cast<double>(value) / std::sqrt(length));
  return sum;
}

std::string text_of(const std::optional<FaceTemplate>& face) {
  return face ? nlohmann::json(face->values).dump() : "";
}

std::optional<FaceTemplate> template_of_text(const std::string& text, const std::string& model) {
  if (text.empty()) return std::nullopt;
  return FaceTemplate{model, nlohmann::json::parse(text).get<std::vector<float>>()};
}

}  // namespace

std::vector<std::optional<FaceTemplate>> templates_of(const ModelResources& resources,
                                                      const std::string& recogniser,
                                                      std::span<const TemplateFile> files,
                                                      int frames,
                                                      int jobs,
                                                      Journal& journal,
                                                      const Progress& progress) {
  AnalyzerOptions analysis;
  analysis.pose = analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  const Recognizer recognizer(resources, recogniser);
  std::vector<std::optional<FaceTemplate>> out(files.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(files.size(), jobs, [&](std::size_t i, int) {
    const std::string key = recogniser + "\n" + files[i].key;
    if (const auto known = journal.find(key)) {
      out[i] = template_of_text(*known, recognizer.model().name);
    } else {
      out[i] = template_of(files[i].path, analyzer, recognizer, frames);
      journal.add(key, text_of(out[i]));
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, files.size());
  });
  return out;
}

}  // namespace kyc
