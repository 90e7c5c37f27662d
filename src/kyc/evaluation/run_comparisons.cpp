// Templates of the samples, and the scores of the planned comparisons.

#include "kyc/evaluation/comparisons.h"
#include "kyc/evaluation/templates.h"

namespace kyc {

std::vector<ComparisonRow> run_comparisons(const ModelResources& resources,
                                           const std::string& system,
                                           const Dataset& dataset,
                                           std::span<const PlannedComparison> plan,
                                           const ComparisonOptions& options,
                                           Journal& journal,
                                           const Progress& progress) {
  std::map<std::size_t, std::optional<FaceTemplate>> templates;
  for (const PlannedComparison& comparison : plan) {
    templates.emplace(comparison.probe, std::nullopt);
    templates.emplace(comparison.reference, std::nullopt);
  }
  std::vector<TemplateFile> files;
  for (const auto& [sample, ignored] : templates)
    files.push_back({dataset.samples[sample].id, dataset.file_of(dataset.samples[sample])});
  std::vector<std::optional<FaceTemplate>> made =
      templates_of(resources, system, files, options.frames, options.jobs, journal, progress);
  std::size_t next = 0;
  for (auto& [sample, face] : templates) face = std::move(made[next++]);
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
