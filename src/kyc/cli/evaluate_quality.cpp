// kyclops evaluate quality: BRISQUE per species and compression.

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "kyc/cli/evaluation_run.h"
#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/core/text.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/quality_result.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/transform.h"
#include "kyc/quality/brisque.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

struct EvaluateQualityFlags {
  EvaluationOptions run;
  std::string reference;
  std::string crop = "frame";
  int size = 512;
  int frames = 5;
};

// Frame or face, scaled so that its longer side is `size`: BRISQUE depends on the size, so all have one.
std::optional<Image> prepared(const Image& image,
                              const EvaluateQualityFlags& options,
                              const FaceAnalyzer& analyzer) {
  Image part = image;
  if (options.crop == "face") {
    const std::vector<FaceDetection> found = analyzer.detect(image);
    if (found.empty()) return std::nullopt;
    const FaceDetection& face = *std::max_element(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.box.area() < b.box.area(); });
    const Point center = face.box.center();
    const float side = 1.3F * std::max(face.box.width, face.box.height);
    return kyc::crop(
        image, {center.x - side / 2, center.y - side / 2, side, side}, options.size, options.size);
  }
  const double scale = static_cast<double>(options.size) / std::max(image.width, image.height);
  return resize(image,
                std::max(16, static_cast<int>(image.width * scale + 0.5)),
                std::max(16, static_cast<int>(image.height * scale + 0.5)),
                scale < 1 ? Interpolation::Area : Interpolation::Linear);
}

std::vector<QualityRow> measure_quality(const Dataset& dataset,
                                        const EvaluateQualityFlags& options,
                                        const GlobalOptions& global) {
  const ModelManifest models(global.models);
  AnalyzerOptions analysis;
  analysis.pose = analysis.eyes = false;
  const FaceAnalyzer analyzer({models, {}}, analysis);
  const MediaIndex index(dataset);
  std::vector<std::size_t> samples = index.clips();
  samples.insert(samples.end(), index.pictures().begin(), index.pictures().end());
  std::vector<std::vector<QualityRow>> rows(samples.size());
  const Progress progress = progress_bar("quality", "samples", global);
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(samples.size(), jobs_of(global), [&](std::size_t i, int) {
    const Sample& sample = dataset.samples[samples[i]];
    std::vector<Image> frames;
    try {
      frames = frames_of(dataset.file_of(sample), options.frames);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Corrupt && error.code() != ErrorCode::Unsupported) throw;
    }
    for (std::size_t f = 0; f < frames.size(); ++f) {
      QualityRow row{labels_of(sample), static_cast<int>(f), std::nullopt};
      if (const auto image = prepared(frames[f], options, analyzer))
        if (const auto score = brisque(*image)) row.brisque = score->score;
      rows[i].push_back(std::move(row));
    }
    if (frames.empty()) rows[i].push_back({labels_of(sample), 0, std::nullopt});
    const std::lock_guard lock(mutex);
    if (progress) progress(++done, samples.size());
  });
  std::vector<QualityRow> out;
  for (const auto& part : rows) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// A user's table of published values: columns species (or name), compression, brisque, provenance.
Table reference_table(const std::string& path) {
  CsvReader table(read_text_file(path, 16 << 20), path);
  const std::size_t name = table.column("name");
  const std::size_t compression = table.column("compression");
  const std::size_t value = table.column("brisque");
  const std::size_t provenance = table.column("provenance");
  Table out{"reference",
            "Reference values from " + path,
            "Given by the user, not measured here; other crops and sizes give other values.",
            {{"name", false}, {"compression", false}, {"BRISQUE", true}, {"provenance", false}},
            {},
            2};
  while (table.next()) {
    if (table.field(provenance).empty())
      table.fail("expected where the value is from in column 'provenance', got nothing");
    out.rows.push_back({text_cell(table.field(name)),
                        text_cell(table.field(compression)),
                        number_cell(table.number(value)),
                        text_cell(table.field(provenance))});
  }
  return out;
}

int run_evaluate_quality(const EvaluateQualityFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  std::optional<Table> reference;
  if (!options.reference.empty()) reference = reference_table(options.reference);
  const Dataset dataset = read_dataset(options.run.data.front());
  const std::vector<QualityRow> rows = measure_quality(dataset, options, global);
  const QualityResult result = quality_result(rows);
  const std::string size = options.crop == "face" ? "the face, " + std::to_string(options.size) + " x " +
                                                        std::to_string(options.size)
                                                  : "the frame, longer side " + std::to_string(options.size);
  Report report;
  report.protocol = "quality";
  report.title = "Visual quality (BRISQUE)";
  report.subtitle = "Data set " + dataset.folder.string() + "; " + size + " pixels; lower is more natural.";
  Table table{"brisque",
              "Mean BRISQUE by species and compression, of " + size + " pixels",
              "Mean over samples of the mean over their frames, with standard deviation over samples. "
              "BRISQUE depends strongly on the size: compare only values of one size.",
              {{"species", false}},
              {},
              1};
  HeatPlot map;
  map.row_title = "species";
  map.column_title = "compression";
  map.low = 0;
  map.high = 80;
  map.percent = false;
  map.rows = result.species;
  for (const std::string& compression : result.compressions) {
    map.columns.push_back(compression.empty() ? "as it came" : compression);
    table.columns.push_back({map.columns.back(), true});
  }
  for (const std::string& species : result.species) {
    std::vector<Cell> cells{text_cell(species)};
    for (const std::string& compression : result.compressions) {
      const auto found = result.groups.find({species, compression});
      map.values.push_back(found == result.groups.end() ? std::nullopt : std::optional(found->second.mean));
      map.notes.push_back(found == result.groups.end() ? "" : std::to_string(found->second.samples));
      if (found == result.groups.end()) {
        cells.push_back(missing_cell());
        continue;
      }
      const Support support = Support::of_trials(found->second.samples, "samples");
      Cell cell = figure_cell(found->second.mean, support);
      cell.note = "+- " + number_text(found->second.deviation, 3) + "\n" +
                  std::to_string(found->second.samples) + " samples";
      cells.push_back(std::move(cell));
      const std::string name = species + (compression.empty() ? "" : "," + compression);
      report.figures.push_back(value_figure(
          "brisque[" + name + "]", "mean BRISQUE, lower is more natural", found->second.mean, support));
      report.summary.push_back({species + (compression.empty() ? "" : " at " + compression) + ": BRISQUE " +
                                    number_text(found->second.mean) + " over " +
                                    std::to_string(found->second.samples) + " samples.",
                                support.carried() ? Tone::Plain : Tone::Doubt});
    }
    table.rows.push_back(std::move(cells));
  }
  if (result.failed > 0)
    report.summary.push_back(
        {std::to_string(result.failed) + " samples could not be measured.", Tone::Doubt});
  Section section{
      "BRISQUE",
      {Plot{"brisque_map", "BRISQUE by species and compression", "Mean score; darker is less natural.", map},
       table},
      false};
  if (reference) section.blocks.emplace_back(std::move(*reference));
  report.sections.push_back(std::move(section));
  report.record = {program_record(global),
                   dataset_record(dataset),
                   {"Protocol",
                    {{"picture", size},
                     {"frames of a clip", std::to_string(options.frames) + ", evenly over its length"},
                     {"model", "BRISQUE trained on LIVE release 2, as OpenCV ships it"}}}};
  report.attachments.push_back({"scores/brisque.csv", "BRISQUE per frame", "", quality_csv(rows)});
  return finish_evaluation(std::move(report), options.run, global);
}

}  // namespace

void add_evaluate_quality(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command =
      noun(app, "evaluate", "Measure a system on data")
          ->add_subcommand("quality", "How natural the clips of each species look (BRISQUE), by compression");
  command->fallthrough();
  auto options = std::make_shared<EvaluateQualityFlags>();
  add_evaluation_options(*command, options->run);
  command->add_option("--reference",
                      options->reference,
                      "CSV of published values to show beside: name, compression, brisque, provenance");
  command->add_option("--crop", options->crop, "frame or face")
      ->check(is_member({"frame", "face"}))
      ->capture_default_str();
  command->add_option("--size", options->size, "Pixels of the longer side that everything is scaled to")
      ->check(in_range(32, 4096))
      ->capture_default_str();
  command->add_option("--frames", options->frames, "Frames of every clip")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  command->callback([options, &global, &chosen] {
    if (options->run.data.empty()) throw UsageError("--data is required");
    chosen.run = [options, &global] { return run_evaluate_quality(*options, global); };
  });
}

}  // namespace kyc::cli
