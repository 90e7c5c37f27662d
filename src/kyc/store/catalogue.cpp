#include "kyc/store/catalogue.h"

#include <sstream>

#include "kyc/store/like.h"
#include "kyc/store/secrets.h"

namespace kyc {
namespace {

constexpr const char* kDatasetColumns =
    "id, name, folder, state, samples, bytes, manifest_sha256, created_at, created_by";
constexpr const char* kSampleColumns =
    "seq, id, path, bytes, sha256, kind, identity, driver, species, method, compression, split, licence, "
    "age, "
    "age_estimated, failed, clip, line";
constexpr std::int64_t kFacetValues = 50;

CatalogueDataset dataset_of(const SqlRow& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.integer(4),
          row.integer(5),
          row.text(6),
          row.integer(7),
          row.text(8)};
}

CatalogueSample sample_of(const SqlRow& row) {
  CatalogueSample sample;
  sample.seq = row.integer(0);
  sample.id = row.text(1);
  sample.path = row.text(2);
  sample.bytes = row.integer(3);
  sample.sha256 = row.text(4);
  sample.kind = row.text(5);
  sample.identity = row.text(6);
  sample.driver = row.text(7);
  sample.species = row.text(8);
  sample.method = row.text(9);
  sample.compression = row.text(10);
  sample.split = row.text(11);
  sample.licence = row.text(12);
  sample.age = row.optional_integer(13);
  sample.age_estimated = row.truth(14);
  sample.failed = row.truth(15);
  sample.clip = row.text(16);
  sample.line = row.text(17);
  return sample;
}

std::string search_text(const CatalogueSample& sample) {
  std::string out;
  for (const std::string* part : {&sample.id,
                                  &sample.path,
                                  &sample.identity,
                                  &sample.driver,
                                  &sample.species,
                                  &sample.method,
                                  &sample.licence})
    out += *part + " ";
  for (const CatalogueAttribute& attribute : sample.attributes)
    out += attribute.name + "=" + attribute.value + " ";
  return lower_case(std::move(out));
}

// The WHERE clause of a filter, and its values; ?1 is the data set.
struct Where {
  std::string sql = "dataset_id = ?1";
  std::vector<SqlValue> values;

  std::string bound(SqlValue value) {
    values.push_back(std::move(value));
    return "?" + std::to_string(values.size());
  }
  void equals(const char* column, const std::string& value) {
    if (!value.empty()) sql += std::string(" AND ") + column + " = " + bound(value);
  }

  Where(const std::string& dataset_id, const SampleFilter& filter) {
    values.emplace_back(dataset_id);
    if (!filter.with_failed) sql += " AND failed = 0";
    equals("kind", filter.kind);
    equals("method", filter.method);
    equals("compression", filter.compression);
    equals("split", filter.split);
    equals("licence", filter.licence);
    equals("identity", filter.identity);
    if (!filter.species.empty())
      sql += " AND (species = " + bound(filter.species) + " OR species LIKE " +
             bound(escaped(filter.species) + "/%") + " ESCAPE '!')";
    if (filter.age_from) sql += " AND age >= " + bound(*filter.age_from);
    if (filter.age_to) sql += " AND age <= " + bound(*filter.age_to);
    std::istringstream words(lower_case(filter.text));
    for (std::string word; words >> word;)
      sql += " AND search LIKE " + bound("%" + escaped(word) + "%") + " ESCAPE '!'";
    for (const auto& [name, value] : filter.attributes)
      sql +=
          " AND EXISTS (SELECT 1 FROM sample_attributes a WHERE a.dataset_id = samples.dataset_id AND a.seq "
          "= "
          "samples.seq AND a.name = " +
          bound(name) + " AND a.value = " + bound(value) + ")";
  }
};

std::vector<std::pair<std::string, std::int64_t>> counted(const std::vector<SqlRow>& rows) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (const SqlRow& row : rows) out.emplace_back(row.text(0), row.integer(1));
  return out;
}

}  // namespace

std::optional<std::string> create_dataset(Connection& connection,
                                          const std::string& name,
                                          const std::string& folder,
                                          const std::string& created_by,
                                          std::int64_t now) {
  std::string id = random_token(16);
  const std::int64_t added = connection.run(
      "INSERT INTO datasets (id, name, folder, state, samples, bytes, manifest_sha256, created_at, "
      "created_by) "
      "VALUES (?1, ?2, ?3, 'importing', 0, 0, '', ?4, ?5) ON CONFLICT (folder) DO NOTHING",
      {id, name, folder, now, created_by});
  return added > 0 ? std::optional(id) : std::nullopt;
}

std::optional<CatalogueDataset> find_dataset(Connection& connection, const std::string& id) {
  const auto row =
      connection.row(std::string("SELECT ") + kDatasetColumns + " FROM datasets WHERE id = ?1", {id});
  return row ? std::optional(dataset_of(*row)) : std::nullopt;
}

std::vector<CatalogueDataset> list_datasets(Connection& connection, const std::string& text) {
  std::vector<CatalogueDataset> out;
  for (const SqlRow& row :
       connection.rows(std::string("SELECT ") + kDatasetColumns +
                           " FROM datasets WHERE lower(name) LIKE ?1 ESCAPE '!' ORDER BY name, id",
                       {"%" + escaped(lower_case(text)) + "%"}))
    out.push_back(dataset_of(row));
  return out;
}

void set_dataset_state(Connection& connection, const std::string& id, const std::string& state) {
  connection.run("UPDATE datasets SET state = ?2 WHERE id = ?1", {id, state});
}

void finish_dataset(Connection& connection, const std::string& id, const std::string& manifest_sha256) {
  connection.run(
      "UPDATE datasets SET state = 'ready', manifest_sha256 = ?2, "
      "samples = (SELECT count(*) FROM samples WHERE dataset_id = ?1 AND failed = 0), "
      "bytes = (SELECT coalesce(sum(bytes), 0) FROM samples WHERE dataset_id = ?1) WHERE id = ?1",
      {id, manifest_sha256});
}

bool remove_some_samples(Connection& connection, const std::string& id, std::int64_t limit) {
  const auto last = connection.row("SELECT max(seq) FROM samples WHERE dataset_id = ?1", {id});
  const auto seq = last ? last->optional_integer(0) : std::nullopt;
  if (!seq) return false;
  connection.run("DELETE FROM sample_attributes WHERE dataset_id = ?1 AND seq > ?2", {id, *seq - limit});
  connection.run("DELETE FROM samples WHERE dataset_id = ?1 AND seq > ?2", {id, *seq - limit});
  return *seq - limit >= 0;
}

void remove_dataset_row(Connection& connection, const std::string& id) {
  connection.run("DELETE FROM datasets WHERE id = ?1", {id});
}

void add_samples(Connection& connection,
                 const std::string& dataset_id,
                 std::span<const CatalogueSample> samples) {
  for (const CatalogueSample& sample : samples) {
    connection.run(
        "INSERT INTO samples (dataset_id, seq, id, path, bytes, sha256, kind, identity, driver, species, "
        "method, "
        "compression, split, licence, age, age_estimated, failed, clip, search, line) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6, "
        "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        {dataset_id,
         sample.seq,
         sample.id,
         sample.path,
         sample.bytes,
         sample.sha256,
         sample.kind,
         sample.identity,
         sample.driver,
         sample.species,
         sample.method,
         sample.compression,
         sample.split,
         sample.licence,
         sql_value(sample.age),
         std::int64_t{sample.age_estimated ? 1 : 0},
         std::int64_t{sample.failed ? 1 : 0},
         sample.clip,
         search_text(sample),
         sample.line});
    for (const CatalogueAttribute& attribute : sample.attributes)
      connection.run(
          "INSERT INTO sample_attributes (dataset_id, seq, name, value, estimated) VALUES (?1, ?2, ?3, ?4, "
          "?5)",
          {dataset_id,
           sample.seq,
           attribute.name,
           attribute.value,
           std::int64_t{attribute.estimated ? 1 : 0}});
  }
}

std::vector<CatalogueSample> find_samples(Connection& connection,
                                          const std::string& dataset_id,
                                          const SampleFilter& filter) {
  Where where(dataset_id, filter);
  std::string sql = std::string("SELECT ") + kSampleColumns + " FROM samples WHERE " + where.sql;
  if (filter.after) sql += " AND seq > " + where.bound(*filter.after);
  sql += " ORDER BY seq LIMIT " + where.bound(filter.limit);
  std::vector<CatalogueSample> out;
  for (const SqlRow& row : connection.rows(sql, where.values)) out.push_back(sample_of(row));
  return out;
}

std::int64_t count_samples(Connection& connection,
                           const std::string& dataset_id,
                           const SampleFilter& filter) {
  const Where where(dataset_id, filter);
  return connection.integer("SELECT count(*) FROM samples WHERE " + where.sql, where.values);
}

std::optional<CatalogueSample> find_sample(Connection& connection,
                                           const std::string& dataset_id,
                                           const std::string& id) {
  const auto row = connection.row(
      std::string("SELECT ") + kSampleColumns + " FROM samples WHERE dataset_id = ?1 AND id = ?2",
      {dataset_id, id});
  return row ? std::optional(sample_of(*row)) : std::nullopt;
}

std::vector<CatalogueSample> samples_of_clip(Connection& connection,
                                             const std::string& dataset_id,
                                             const std::string& clip) {
  std::vector<CatalogueSample> out;
  for (const SqlRow& row :
       connection.rows(std::string("SELECT ") + kSampleColumns +
                           " FROM samples WHERE dataset_id = ?1 AND clip = ?2 AND failed = 0 "
                           "ORDER BY compression, seq LIMIT 20",
                       {dataset_id, clip}))
    out.push_back(sample_of(row));
  return out;
}

DatasetFacets dataset_facets(Connection& connection, const std::string& dataset_id) {
  DatasetFacets facets;
  for (const char* column : {"kind", "species", "method", "compression", "split", "licence"})
    facets.values[column] =
        counted(connection.rows(std::string("SELECT ") + column +
                                    ", count(*) AS n FROM samples WHERE dataset_id = ?1 AND failed = 0 "
                                    "GROUP BY " +
                                    column + " ORDER BY n DESC, " + column + " LIMIT ?2",
                                {dataset_id, kFacetValues}));
  for (const SqlRow& name : connection.rows(
           "SELECT DISTINCT name FROM sample_attributes WHERE dataset_id = ?1 ORDER BY name LIMIT ?2",
           {dataset_id, kFacetValues}))
    facets.attributes[name.text(0)] = counted(connection.rows(
        "SELECT value, count(*) AS n FROM sample_attributes WHERE dataset_id = ?1 AND name = ?2 "
        "GROUP BY value ORDER BY n DESC, value LIMIT ?3",
        {dataset_id, name.text(0), kFacetValues}));
  const auto ages = connection.row(
      "SELECT min(age), max(age) FROM samples WHERE dataset_id = ?1 AND failed = 0", {dataset_id});
  facets.youngest = ages->optional_integer(0);
  facets.oldest = ages->optional_integer(1);
  return facets;
}

}  // namespace kyc
