#include "kyc/service/catalogue_import.h"

#include <algorithm>
#include <charconv>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/sample.h"
#include "kyc/service/http.h"

namespace kyc {
namespace {

constexpr std::size_t kRowsAtOnce = 500;

std::optional<std::int64_t> age_of(const Sample& sample) {
  const auto found = sample.attributes.find("age");
  if (found == sample.attributes.end()) return std::nullopt;
  const std::string& text = found->second.value;
  double age = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), age);
  if (failure != std::errc() || end != text.data() + text.size() || !(age >= 0 && age < 150))
    return std::nullopt;
  return static_cast<std::int64_t>(age);
}

// The path without what differs between the compressions of one clip: the folder, and in sets that were built
// here the beginning of the id at the end of the name.
std::string clip_of(const Sample& sample) {
  if (sample.compression.empty()) return sample.path;
  const std::string part = "/" + sample.compression + "/";
  const std::size_t at = sample.path.find(part);
  if (at == std::string::npos) return sample.path;
  std::string clip = sample.path.substr(0, at) + sample.path.substr(at + part.size() - 1);
  const std::string own = "__" + sample.id.substr(0, 8) + ".";
  if (const std::size_t found = clip.rfind(own); found != std::string::npos)
    clip.erase(found, own.size() - 1);
  return clip;
}

CatalogueSample row_of(const Sample& sample, std::int64_t seq) {
  CatalogueSample row;
  row.seq = seq;
  row.id = sample.id;
  row.path = sample.path;
  row.bytes = static_cast<std::int64_t>(sample.bytes);
  row.sha256 = sample.sha256;
  row.kind = sample.kind == SampleKind::Attack ? "attack" : "bona_fide";
  row.identity = sample.identity;
  row.driver = sample.driver;
  row.species = sample.species;
  const auto method = sample.record.find("method");
  row.method = method == sample.record.end() ? "" : method->second;
  row.compression = sample.compression;
  row.split = sample.split;
  row.licence = sample.licence;
  row.age = age_of(sample);
  const auto age = sample.attributes.find("age");
  row.age_estimated = age != sample.attributes.end() && age->second.estimated;
  row.failed = sample.failure.has_value();
  row.clip = clip_of(sample);
  row.line = to_json_line(sample);
  for (const auto& [name, attribute] : sample.attributes)
    row.attributes.push_back({name, attribute.value, attribute.estimated});
  return row;
}

}  // namespace

std::filesystem::path dataset_path(const ServiceState& state, const std::string& folder) {
  const std::filesystem::path relative(folder);
  const HttpError outside(
      422, "invalid_field", "folder: expected one below the folder of data sets", "folder");
  if (folder.empty() || relative.is_absolute() || folder.find('\0') != std::string::npos) throw outside;
  for (const auto& part : relative)
    if (part == "..") throw outside;
  std::error_code failure;
  const auto root = std::filesystem::weakly_canonical(state.datasets_folder(), failure);
  const auto path = std::filesystem::weakly_canonical(root / relative, failure);
  if (failure || path == root ||
      std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first != root.end())
    throw outside;
  return path;
}

void import_dataset(ServiceState& state,
                    const std::string& dataset_id,
                    const std::function<bool(std::int64_t, std::int64_t)>& keep_going) {
  const auto row = state.database.read([&](Connection& c) { return find_dataset(c, dataset_id); });
  if (!row) throw Error(ErrorCode::NotFound, "the data set was removed from the catalogue");
  const std::filesystem::path folder = dataset_path(state, row->folder);
  const std::string hash = sha256_hex_of_file(folder / "manifest.jsonl");
  const Dataset dataset = read_dataset(folder);
  while (state.database.write([&](Connection& c) { return remove_some_samples(c, dataset_id, 5000); }))
    continue;
  std::vector<CatalogueSample> batch;
  const auto total = static_cast<std::int64_t>(dataset.samples.size());
  for (std::size_t from = 0; from < dataset.samples.size(); from += kRowsAtOnce) {
    batch.clear();
    for (std::size_t i = from; i < std::min(from + kRowsAtOnce, dataset.samples.size()); ++i)
      batch.push_back(row_of(dataset.samples[i], static_cast<std::int64_t>(i)));
    state.database.write([&](Connection& c) { add_samples(c, dataset_id, batch); });
    if (!keep_going(static_cast<std::int64_t>(from + batch.size()), total))
      throw Error(ErrorCode::Unavailable, "stopped");
  }
  state.database.write([&](Connection& c) { finish_dataset(c, dataset_id, hash); });
}

std::vector<LineParent> parents_of_line(const std::string& line) {
  std::vector<LineParent> out;
  for (const SampleParent& parent : sample_of_json(line, "catalogue").parents)
    out.push_back({parent.role, parent.id, parent.path, parent.sha256});
  return out;
}

}  // namespace kyc
