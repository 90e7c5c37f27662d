// kyclops dataset sheet: what the attacks of a data set look like.

#include "kyc/cli/dataset_sheet.h"

#include <cstdio>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/draw.h"
#include "kyc/video/reader.h"

namespace kyc::cli {
namespace {

Image picture_of(const Dataset& dataset, const Sample& sample) {
  const std::filesystem::path file = dataset.file_of(sample);
  const std::string extension = file.extension().string();
  if (extension != ".mp4" && extension != ".mov") return read_image(file);
  VideoReader reader(file);
  const auto frames = sample.record.find("frames");
  if (frames != sample.record.end()) reader.seek(std::stoll(frames->second) / 2);
  Frame frame;
  if (!reader.next(frame)) throw Error(ErrorCode::Corrupt, file.string() + ": no frame");
  return frame.image;
}

// What belongs in one row: the same sources, in all compressions.
using RowKey = std::vector<std::string>;

RowKey row_of(const Sample& sample) {
  RowKey key;
  for (const SampleParent& parent : sample.parents) key.push_back(parent.sha256);
  return key;
}

ContactSheetCell sample_cell(const Dataset& dataset, const Sample* sample, const std::string& caption) {
  if (sample == nullptr || sample->failure) return {make_image(64, 64), caption + ": none", kRed};
  return {picture_of(dataset, *sample), caption, std::nullopt};
}

// The sample with these bytes, or a bona fide one made of them.
const Sample* sample_of(const Dataset& dataset, const SampleParent& parent) {
  const Sample* made = nullptr;
  for (const Sample& sample : dataset.samples) {
    if (sample.kind != SampleKind::BonaFide || sample.failure) continue;
    if (sample.id == parent.id || sample.sha256 == parent.sha256) return &sample;
    if (made == nullptr && !sample.parents.empty() && sample.parents[0].sha256 == parent.sha256)
      made = &sample;
  }
  return made;
}

}  // namespace

Image dataset_sheet(const Dataset& dataset, const std::string& species, std::size_t rows, int cell) {
  std::vector<RowKey> order;
  std::map<RowKey, std::map<std::string, const Sample*>> by_row;
  std::map<std::string, bool> compressions;
  for (const Sample& sample : dataset.samples) {
    if (sample.species != species || sample.failure) continue;
    const RowKey key = row_of(sample);
    if (!by_row.contains(key)) order.push_back(key);
    by_row[key][sample.compression] = &sample;
    compressions[sample.compression] = true;
  }
  if (order.empty())
    throw Error(ErrorCode::NotFound, dataset.folder.string() + ": no file of species '" + species + "'");
  const std::size_t shown = std::min(rows, order.size());
  std::vector<ContactSheetCell> cells;
  int columns = 0;
  for (std::size_t r = 0; r < shown; ++r) {
    // One after the other within its part: else every driver would be shown with his first victim.
    const std::size_t part = r * order.size() / shown;
    const std::size_t length = (r + 1) * order.size() / shown - part;
    const auto& row = by_row.at(order[part + r % length]);
    const Sample& first = *row.begin()->second;
    const std::size_t before = cells.size();
    for (const SampleParent& parent : first.parents) {
      const Sample* sample = sample_of(dataset, parent);
      cells.push_back(sample_cell(dataset,
                                  sample,
                                  (parent.role == "source" ? "victim " : "driver ") +
                                      (sample != nullptr ? sample->identity : parent.path)));
    }
    for (const auto& [compression, ignored] : compressions) {
      const auto found = row.find(compression);
      cells.push_back(sample_cell(dataset,
                                  found == row.end() ? nullptr : found->second,
                                  compression.empty() ? species : compression + ", " + first.split));
    }
    columns = static_cast<int>(cells.size() - before);
  }
  return contact_sheet(cells, columns, cell, cell);
}

void add_dataset_sheet(App& app, const GlobalOptions&, Chosen& chosen) {
  struct Options {
    std::string folder;
    std::string species;
    std::string out;
    int rows = 6;
  };
  const auto options = std::make_shared<Options>();
  App* verb = noun(app, "dataset", "Builds, checks and exchanges data sets")
                  ->add_subcommand("sheet", "A picture of a species' clips beside their victims and drivers");
  verb->add_option("folder", options->folder, "The data set")->required();
  verb->add_option("--species", options->species, "Which attack")->required();
  verb->add_option("-o,--out", options->out, "The picture (.png, .jpg)")->required();
  verb->add_option("--rows", options->rows, "Clips, at most")->capture_default_str()->check(in_range(1, 100));
  verb->callback([options, &chosen] {
    chosen.run = [options] {
      const Dataset dataset = read_dataset(options->folder);
      write_image(options->out,
                  dataset_sheet(dataset, options->species, static_cast<std::size_t>(options->rows)));
      return static_cast<int>(kDone);
    };
  });
}

}  // namespace kyc::cli
