#include "kyc/evaluation/attack_scores.h"

#include <map>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/text.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostAttackScoresBytes = 16ULL << 30;

// One row per frame; one row without score where there are no frames.
std::vector<AttackScoreRow> rows_of(const std::string& system,
                                    const std::string& data,
                                    const SampleLabels& labels,
                                    const FileScores& scores) {
  std::vector<AttackScoreRow> out;
  for (std::size_t i = 0; i < scores.frames.size(); ++i)
    out.push_back(
        {system, data, "", labels, static_cast<int>(i), scores.frames[i], scores.frames[i] ? "" : "no_face"});
  if (out.empty())
    out.push_back(
        {system, data, "", labels, 0, std::nullopt, scores.failure.empty() ? "no frames" : scores.failure});
  return out;
}

}  // namespace

std::string attack_scores_csv(std::span<const AttackScoreRow> rows) {
  std::string out = "system,data,condition," + label_header() + ",clip,frame,score,failure\n";
  for (const AttackScoreRow& row : rows)
    out += csv_field(row.system) + "," + csv_field(row.data) + "," + csv_field(row.condition) + "," +
           label_fields(row.labels) + "," +
           csv_field(row.data.empty() ? row.labels.sample : row.data + "/" + row.labels.sample) + "," +
           std::to_string(row.frame) + "," + exact_text(row.score) + "," + csv_field(row.failure) + "\n";
  return out;
}

std::vector<AttackScoreRow> read_attack_scores(const std::filesystem::path& path) {
  return attack_scores_of_csv(read_text_file(path, kMostAttackScoresBytes), path.string());
}

std::vector<AttackScoreRow> attack_scores_of_csv(const std::string& text, const std::string& name) {
  CsvReader table(text, name);
  const std::size_t attack = table.column("attack");
  const std::size_t species = table.column("species");
  const std::size_t score = table.column("score");
  const auto sample = table.optional_column("sample");
  const std::size_t clip = sample ? *sample : table.column("clip");
  const auto optional = [&](const char* column) {
    const auto index = table.optional_column(column);
    return [&table, index] { return index ? table.field(*index) : std::string(); };
  };
  const auto system = optional("system"), data = optional("data"), condition = optional("condition"),
             identity = optional("identity"), driver = optional("driver"),
             compression = optional("compression"), split = optional("split"), failure = optional("failure");
  const auto frame = table.optional_column("frame");
  std::map<std::string, std::size_t> lines;
  std::vector<AttackScoreRow> out;
  while (table.next()) {
    AttackScoreRow row;
    row.labels = {table.field(clip),
                  table.boolean(attack),
                  identity(),
                  driver(),
                  table.field(species),
                  compression(),
                  split()};
    if (row.labels.attack && (row.labels.species.empty() || row.labels.species == "bona_fide"))
      table.fail("expected the species of the attack, got '" + row.labels.species + "'");
    if (!row.labels.attack && !row.labels.species.empty() && row.labels.species != "bona_fide")
      table.fail("expected no species or bona_fide where attack is 0, got '" + row.labels.species + "'");
    row.system = system();
    row.data = data();
    row.condition = condition();
    row.failure = failure();
    if (frame) row.frame = static_cast<int>(table.number(*frame));
    if (!table.field(score).empty()) row.score = table.number(score);
    const std::string key = row.system + '\n' + row.data + '\n' + row.condition + '\n' + row.labels.sample +
                            '\n' + std::to_string(row.frame);
    const auto [found, is_new] = lines.try_emplace(key, table.line());
    if (!is_new)
      table.fail("frame " + std::to_string(row.frame) + " of " + row.labels.sample +
                 " is there already, in line " + std::to_string(found->second));
    out.push_back(std::move(row));
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, name + ": expected rows, got the header only");
  return out;
}

std::vector<AttackScoreRow> run_attack_scores(AttackSubject& subject,
                                              const Dataset& dataset,
                                              std::span<const std::size_t> samples,
                                              const std::string& data_name,
                                              Journal& journal,
                                              const Progress& progress) {
  const std::string prefix = subject.name() + "\n" + data_name + "\n";
  std::vector<std::vector<AttackScoreRow>> rows(samples.size());
  std::vector<std::filesystem::path> files;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = dataset.samples[samples[i]];
    if (const auto known = journal.find(prefix + sample.id)) {
      rows[i] = attack_scores_of_csv(*known, "journal");
    } else {
      open.push_back(i);
      files.push_back(dataset.file_of(sample));
    }
  }
  std::uint64_t done = samples.size() - open.size();
  if (!files.empty())
    subject.score(files, [&](std::size_t file, FileScores&& scores) {
      const std::size_t i = open[file];
      const Sample& sample = dataset.samples[samples[i]];
      rows[i] = rows_of(subject.name(), data_name, labels_of(sample), scores);
      journal.add(prefix + sample.id, attack_scores_csv(rows[i]));
      if (progress) progress(++done, samples.size());
    });
  std::vector<AttackScoreRow> out;
  for (auto& part : rows)
    out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  return out;
}

}  // namespace kyc
