// Templates of the samples, and the scores of the planned comparisons.

#include <cmath>
#include <mutex>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/evaluation/acquisition.h"
#include "kyc/evaluation/comparisons.h"
#include "kyc/face/analyzer.h"
#include "kyc/recognition/recognizer.h"

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

std::vector<ComparisonRow> run_comparisons(const ModelResources& resources,
                                           const std::string& system,
                                           const Dataset& dataset,
                                           std::span<const PlannedComparison> plan,
                                           const ComparisonOptions& options,
                                           Journal& journal,
                                           const Progress& progress) {
  AnalyzerOptions analysis;
  analysis.pose = analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  const Recognizer recognizer(resources, system);
  std::map<std::size_t, std::optional<FaceTemplate>> templates;
  for (const PlannedComparison& comparison : plan) {
    templates.emplace(comparison.probe, std::nullopt);
    templates.emplace(comparison.reference, std::nullopt);
  }
  std::vector<std::size_t> samples;
  for (const auto& [sample, ignored] : templates) samples.push_back(sample);
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(samples.size(), options.jobs, [&](std::size_t i, int) {
    const Sample& sample = dataset.samples[samples[i]];
    const std::string key = system + "\n" + sample.id;
    std::optional<FaceTemplate> face;
    if (const auto known = journal.find(key)) {
      face = template_of_text(*known, recognizer.model().name);
    } else {
      face = template_of(dataset.file_of(sample), analyzer, recognizer, options.frames);
      journal.add(key, text_of(face));
    }
    const std::lock_guard lock(mutex);
    templates[samples[i]] = std::move(face);
    if (progress) progress(++done, samples.size());
  });
  std::vector<ComparisonRow> out;
  out.reserve(plan.size());
  for (const PlannedComparison& comparison : plan) {
    const Sample& reference = dataset.samples[comparison.reference];
    ComparisonRow row{system,
                      comparison.protocol,
                      comparison.kind,
                      labels_of(dataset.samples[comparison.probe]),
                      reference.id,
                      reference.split,
                      std::nullopt,
                      ""};
    const auto& first = templates.at(comparison.probe);
    const auto& second = templates.at(comparison.reference);
    if (first && second)
      row.score = compare(*first, *second);
    else
      row.failure = first ? "no template of the reference" : "no template of the probe";
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace kyc
