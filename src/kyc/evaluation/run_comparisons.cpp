// Templates of the samples, and the scores of the planned comparisons.

#include <string>

#include "kyc/core/text.h"
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

std::vector<ComparisonRow> ask_comparisons(ExternalSystem& system,
                                           const Dataset& dataset,
                                           std::span<const PlannedComparison> plan,
                                           Journal& journal,
                                           const Progress& progress) {
  std::vector<ComparisonRow> out;
  out.reserve(plan.size());
  std::vector<std::size_t> open;
  std::vector<std::vector<std::filesystem::path>> questions;
  const auto key_of = [&](const PlannedComparison& comparison) {
    return system.name() + "\n" + dataset.samples[comparison.probe].id + "\n" +
           dataset.samples[comparison.reference].id;
  };
  for (const PlannedComparison& comparison : plan) {
    const Sample& probe = dataset.samples[comparison.probe];
    const Sample& reference = dataset.samples[comparison.reference];
    ComparisonRow row{system.name(),
                      comparison.protocol,
                      comparison.kind,
                      labels_of(probe),
                      reference.id,
                      reference.split,
                      std::nullopt,
                      ""};
    if (const auto known = journal.find(key_of(comparison))) {
      row.score = std::stod(*known);
    } else {
      open.push_back(out.size());
      questions.push_back({std::filesystem::absolute(dataset.file_of(probe)),
                           std::filesystem::absolute(dataset.file_of(reference))});
    }
    out.push_back(std::move(row));
  }
  const std::vector<ExternalAnswer> answers = system.ask(questions, progress);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ComparisonRow& row = out[open[i]];
    if (answers[i]) {
      row.score = answers[i]->score;
      journal.add(key_of(plan[open[i]]), exact_text(row.score));
    } else {
      row.failure = answers[i].reason().reason;
    }
  }
  return out;
}

}  // namespace kyc
