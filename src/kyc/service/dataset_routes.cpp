// Data sets and their samples.

#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <utility>

#include "kyc/core/files.h"
#include "kyc/service/catalogue_import.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/sample_files.h"
#include "kyc/service/uploads.h"
#include "kyc/service/views.h"

namespace kyc {
namespace {

// matching  samples that fit what was asked for, where something was
void write_dataset(JsonWriter& json,
                   const CatalogueDataset& dataset,
                   const std::optional<std::int64_t>& matching = std::nullopt) {
  json.object().field("id", dataset.id).field("name", dataset.name).field("folder", dataset.folder);
  json.field("state", dataset.state).field("samples", dataset.samples).field("bytes", dataset.bytes);
  json.field("manifest_sha256", dataset.manifest_sha256)
      .field("created_at", *optional_time_text(dataset.created_at));
  json.field("created_by", dataset.created_by).field("matching", matching).end();
}

void write_sample(JsonWriter& json, const CatalogueSample& sample) {
  json.object().field("id", sample.id).field("path", sample.path).field("bytes", sample.bytes);
  json.field("kind", sample.kind).field("identity", sample.identity).field("driver", sample.driver);
  json.field("species", sample.species)
      .field("method", sample.method)
      .field("compression", sample.compression);
  json.field("split", sample.split).field("licence", sample.licence).field("age", sample.age);
  json.field("age_estimated", sample.age_estimated).field("failed", sample.failed).end();
}

std::optional<std::int64_t> age_parameter(const Call& call, const std::string& name) {
  const auto text = call.request.query_value(name);
  if (!text) return std::nullopt;
  std::int64_t age = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), age);
  if (failure != std::errc() || end != text->data() + text->size() || age < 0 || age > 150)
    throw HttpError(422, "invalid_field", name + ": expected a whole number from 0 to 150", name);
  return age;
}

SampleFilter filter_of(const Call& call) {
  const auto value = [&](const char* name) { return call.request.query_value(name).value_or(""); };
  SampleFilter filter;
  filter.text = value("text");
  filter.kind = value("kind");
  filter.species = value("species");
  filter.method = value("method");
  filter.compression = value("compression");
  filter.split = value("split");
  filter.licence = value("licence");
  filter.identity = value("identity");
  filter.age_from = age_parameter(call, "age_from");
  filter.age_to = age_parameter(call, "age_to");
  filter.with_failed = value("failed") == "true";
  for (const auto& [name, text] : call.request.query)
    if (name.starts_with("attribute.") && filter.attributes.size() < 10)
      filter.attributes.emplace_back(name.substr(10), text);
  if (filter.text.size() > 200)
    throw HttpError(422, "invalid_field", "text: expected at most 200 bytes", "text");
  return filter;
}

bool asks_for_samples(const SampleFilter& filter) {
  return !(filter.kind.empty() && filter.species.empty() && filter.method.empty() &&
           filter.compression.empty() && filter.split.empty() && filter.licence.empty() &&
           filter.identity.empty() && !filter.age_from && !filter.age_to && filter.attributes.empty());
}

CatalogueDataset dataset_of(Call& call, Connection& connection) {
  auto found = find_dataset(connection, call.parameter(0));
  if (!found) throw HttpError(404, "not_found", "no such data set");
  return *found;
}

CatalogueSample sample_of(Call& call, Connection& connection) {
  auto found = find_sample(connection, call.parameter(0), call.parameter(1));
  if (!found) throw HttpError(404, "not_found", "no such sample");
  return *found;
}

// A sample's parents, their parents, and so on: as far as this data set knows them.
void write_ancestors(JsonWriter& json,
                     Connection& connection,
                     const std::string& dataset_id,
                     const std::string& line,
                     int depth) {
  json.array();
  for (const auto& [role, id, path, sha256] : parents_of_line(line)) {
    json.object().field("role", role).field("id", id).field("path", path).field("sha256", sha256);
    const auto parent = id.empty() ? std::nullopt : find_sample(connection, dataset_id, id);
    json.key("sample");
    if (parent)
      write_sample(json, *parent);
    else
      json.null();
    json.key("parents");
    if (parent && depth > 0)
      write_ancestors(json, connection, dataset_id, parent->line, depth - 1);
    else
      json.array().end();
    json.end();
  }
  json.end();
}

}  // namespace

// All data sets; where samples are asked for, only those that hold some, with their number.
HttpResponse get_datasets(Call& call) {
  SampleFilter filter = filter_of(call);
  const std::string text = std::exchange(filter.text, "");  // of the data set, not of its samples
  const bool counts = asks_for_samples(filter);
  JsonWriter json;
  begin_page(json);
  call.state.database.read([&](Connection& c) {
    for (const CatalogueDataset& dataset : list_datasets(c, text)) {
      if (!counts) {
        write_dataset(json, dataset);
      } else if (const std::int64_t matching = count_samples(c, dataset.id, filter); matching > 0) {
        write_dataset(json, dataset, matching);
      }
    }
  });
  return json_response(200, end_page(json, std::nullopt));
}

HttpResponse post_dataset(Call& call) {
  const JsonBody body = call.json();
  const std::string name = body.text("name", 1, 200);
  const std::string folder = body.text("folder", 1, 500);
  body.done();
  ServiceState& state = call.state;
  const std::filesystem::path path = dataset_path(state, folder);
  if (!std::filesystem::exists(path / "manifest.jsonl"))
    throw HttpError(422, "invalid_field", "folder: expected a data set with a manifest.jsonl", "folder");
  const std::string normal =
      path.lexically_relative(std::filesystem::weakly_canonical(state.datasets_folder())).string();
  std::string job;
  const std::string id = state.database.write([&](Connection& c) {
    const auto made = create_dataset(c, name, normal, call.account().id, state.now());
    if (!made) throw HttpError(409, "attached_already", "the folder is attached already", "folder");
    JsonWriter parameters;
    parameters.object().field("dataset", *made).end();
    job = create_job(c, "dataset_import", parameters.text(), call.account().id, state.now());
    JsonWriter details;
    details.object().field("job", job).end();
    state.audit(c, call.who->actor(), "dataset.attach", "dataset:" + *made, details.text());
    return *made;
  });
  state.wake_background();
  JsonWriter json;
  json.object().field("dataset", id).field("job", job).end();
  HttpResponse response = json_response(202, json.text());
  response.header("Location", "/v1/jobs/" + job);
  return response;
}

HttpResponse get_dataset(Call& call) {
  JsonWriter json;
  write_dataset(json, call.state.database.read([&](Connection& c) { return dataset_of(call, c); }));
  return json_response(200, json.text());
}

HttpResponse delete_dataset(Call& call) {
  ServiceState& state = call.state;
  state.database.read([&](Connection& c) { return dataset_of(call, c); });
  // The files stay where they are: this only forgets them.
  while (state.database.write([&](Connection& c) { return remove_some_samples(c, call.parameter(0), 5000); }))
    continue;
  state.database.write([&](Connection& c) {
    remove_dataset_row(c, call.parameter(0));
    state.audit(c, call.who->actor(), "dataset.detach", "dataset:" + call.parameter(0));
  });
  return empty_response();
}

HttpResponse get_facets(Call& call) {
  const DatasetFacets facets = call.state.database.read([&](Connection& c) {
    dataset_of(call, c);
    return dataset_facets(c, call.parameter(0));
  });
  JsonWriter json;
  const auto write = [&](const auto& groups) {
    json.object();
    for (const auto& [name, values] : groups) {
      json.key(name).array();
      for (const auto& [value, count] : values)
        json.object().field("value", value).field("count", count).end();
      json.end();
    }
    json.end();
  };
  json.object().key("values");
  write(facets.values);
  json.key("attributes");
  write(facets.attributes);
  json.field("youngest", facets.youngest).field("oldest", facets.oldest).end();
  return json_response(200, json.text());
}

HttpResponse get_samples(Call& call) {
  SampleFilter filter = filter_of(call);
  if (const auto cursor = call.cursor()) filter.after = parts_of_cursor(*cursor).first;
  filter.limit = call.page_limit() + 1;
  std::int64_t total = 0;
  std::vector<CatalogueSample> samples = call.state.database.read([&](Connection& c) {
    dataset_of(call, c);
    total = count_samples(c, call.parameter(0), filter);
    return find_samples(c, call.parameter(0), filter);
  });
  std::optional<std::string> next;
  if (static_cast<std::int64_t>(samples.size()) == filter.limit) {
    samples.pop_back();
    next = cursor_of(samples.back().seq, "");
  }
  JsonWriter json;
  begin_page(json);
  for (const CatalogueSample& sample : samples) write_sample(json, sample);
  json.end().field("next", next).field("total", total).end();
  return json_response(200, json.text());
}

HttpResponse get_sample(Call& call) {
  JsonWriter json;
  call.state.database.read([&](Connection& c) {
    const CatalogueSample sample = sample_of(call, c);
    json.object().key("sample");
    write_sample(json, sample);
    json.key("manifest").raw(sample.line).key("compressions").array();
    for (const CatalogueSample& other : samples_of_clip(c, call.parameter(0), sample.clip))
      write_sample(json, other);
    json.end().key("provenance");
    write_ancestors(json, c, call.parameter(0), sample.line, 8);
    json.end();
  });
  return json_response(200, json.text());
}

HttpResponse get_sample_media(Call& call) {
  const SampleFile file = sample_file(call);
  auto in = std::make_shared<std::ifstream>(file.path, std::ios::binary);
  std::error_code failure;
  const std::uint64_t size = std::filesystem::file_size(file.path, failure);
  if (!*in || failure) throw HttpError(404, "not_found", "the sample's file is not there");
  std::array<std::uint8_t, 64> beginning{};
  in->read(reinterpret_cast<char*>(beginning.data()), beginning.size());
  const auto read = static_cast<std::size_t>(in->gcount());
  const CatalogueSample& sample = file.sample;
  HttpResponse response;
  response.header("Content-Type",
                  sniffed_type(std::span(beginning).first(read)).value_or("application/octet-stream"));
  response.header("Cache-Control", "private, no-cache")
      .header("Content-Security-Policy", "default-src 'none'; sandbox");
  response.etag =
      "\"" + (sample.sha256.empty() ? sha256_of(sample.id + std::to_string(size)) : sample.sha256) + "\"";
  response.ranged = true;
  response.source = ByteSource{size, [in](std::uint64_t offset) {
                                 in->clear();
                                 in->seekg(static_cast<std::streamoff>(offset));
                                 return [in](std::span<std::uint8_t> buffer) {
                                   in->read(reinterpret_cast<char*>(buffer.data()),
                                            static_cast<std::streamsize>(buffer.size()));
                                   return static_cast<std::size_t>(in->gcount());
                                 };
                               }};
  return response;
}

}  // namespace kyc
