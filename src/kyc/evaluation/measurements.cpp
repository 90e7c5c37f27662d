#include "kyc/evaluation/measurements.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/core/text.h"
#include "kyc/detection/detectors.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/fusion.h"
#include "kyc/image/codec.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostMeasurementsBytes = 1ULL << 30;

void add_values(MeasuredSample& out, const AttackDetector& detector, const Evidence& evidence) {
  const std::string& name = detector.info().name;
  if (const auto* weighing = dynamic_cast<const FeatureDetector*>(&detector)) {
    const auto measured = weighing->measure(evidence);
    if (!measured) return;
    for (std::size_t k = 0; k < weighing->features().size(); ++k)
      out.values[name + "/" + weighing->features()[k].name] = (*measured)[k];
    return;
  }
  if (const AttackAssessment answer = detector.conclude(evidence))
    out.values[name + "/log_odds"] = fusion_log_odds(answer->score);
}

std::optional<MeasuredSample> measure(const MeasureInput& input,
                                      const AttackDetectors& detectors,
                                      const FaceAnalyzer& faces,
                                      const MeasureOptions& options) {
  AssessOptions assess;
  assess.rate_hz = options.rate_hz;
  assess.max_s = options.max_s;
  assess.conclude = false;
  std::optional<AllNotes> reference;
  if (!input.reference.empty()) reference = observe_photo(read_image(input.reference), faces, detectors);
  const MediaAssessment found = assess_file(input.path, faces, detectors, assess);
  if (found.seen.frames().empty()) return std::nullopt;
  MeasuredSample out{input.labels, {}};
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    Evidence evidence = found.seen.evidence(i, found.clip ? &found.trace : nullptr);
    if (reference) evidence.reference = &(*reference)[i];
    add_values(out, *detectors[i], evidence);
  }
  return out;
}

}  // namespace

std::vector<MeasuredSample> measure_samples(std::span<const MeasureInput> inputs,
                                            std::span<const std::string> detectors,
                                            const ModelResources& resources,
                                            const MeasureOptions& options,
                                            const Progress& progress) {
  AttackDetectors made;
  for (const std::string& name : detectors) made.push_back(make_attack_detector(name, resources));
  const FaceAnalyzer faces(resources, analysis_for(made));
  std::vector<std::optional<MeasuredSample>> found(inputs.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(inputs.size(), options.jobs, [&](std::size_t i, int) {
    try {
      found[i] = measure(inputs[i], made, faces, options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Corrupt && error.code() != ErrorCode::Unsupported) throw;
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, inputs.size());
  });
  std::vector<MeasuredSample> out;
  for (auto& one : found)
    if (one) out.push_back(std::move(*one));
  return out;
}

std::string measurements_csv(std::span<const MeasuredSample> samples) {
  std::set<std::string> names;
  for (const MeasuredSample& sample : samples)
    for (const auto& [name, value] : sample.values) names.insert(name);
  std::string out = label_header();
  for (const std::string& name : names) out += "," + csv_field(name);
  out += "\n";
  for (const MeasuredSample& sample : samples) {
    out += label_fields(sample.labels);
    for (const std::string& name : names) {
      const auto found = sample.values.find(name);
      out += "," + (found == sample.values.end() ? std::string() : exact_text(found->second));
    }
    out += "\n";
  }
  return out;
}

std::vector<MeasuredSample> read_measurements(const std::filesystem::path& path) {
  CsvReader table(read_text_file(path, kMostMeasurementsBytes), path.string());
  const LabelColumns labels(table);
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < table.columns().size(); ++i)
    if (table.columns()[i].find('/') != std::string::npos) columns.push_back(i);
  std::vector<MeasuredSample> out;
  while (table.next()) {
    MeasuredSample& sample = out.emplace_back(MeasuredSample{labels.read(table), {}});
    for (const std::size_t column : columns)
      if (!table.field(column).empty()) sample.values[table.columns()[column]] = table.number(column);
  }
  return out;
}

}  // namespace kyc
