#include "kyc/evaluation/score_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostScoreFileBytes = 16ULL << 30;

CsvReader open_table(const std::filesystem::path& path) {
  return {read_text_file(path, kMostScoreFileBytes), path.string()};
}

// Remembers in which line a key was first.
class Unique {
 public:
  void add(const CsvReader& table, const std::string& key, const std::string& what) {
    const auto [found, is_new] = lines_.try_emplace(key, table.line());
    if (!is_new) table.fail(what + " is there already, in line " + std::to_string(found->second));
  }

 private:
  std::map<std::string, std::size_t> lines_;
};

void expect_both(bool first, bool second, const std::string& what, const std::filesystem::path& path) {
  if (first && second) return;
  throw Error(ErrorCode::Corrupt, path.string() + ": expected " + what + " with scores, got only one kind");
}

// What the column failure says of a row.
bool failed_to_enrol(const CsvReader& table, std::size_t failure, bool without_score) {
  const std::string& text = table.field(failure);
  if (text.empty()) return false;
  if (!without_score) table.fail("expected no score where column 'failure' says '" + text + "'");
  if (text != "enrol" && text != "acquire")
    table.fail("expected enrol or acquire in column 'failure', got '" + text + "'");
  return text == "enrol";
}

// By the names in a column, if it is asked for and there: else all under "".
std::map<std::string, ComparisonScores> read_comparisons(const std::filesystem::path& path,
                                                         const std::string& group_column) {
  CsvReader table = open_table(path);
  const std::size_t mated = table.column("mated");
  const std::size_t score = table.column("score");
  const auto group = group_column.empty() ? std::nullopt : table.optional_column(group_column);
  const auto probe = table.optional_column("probe");
  const auto reference = table.optional_column("reference");
  const auto failure = table.optional_column("failure");
  Unique pairs;
  std::map<std::string, std::map<std::string, bool>> enrolled;
  std::map<std::string, ComparisonScores> out;
  while (table.next()) {
    const std::string name = group ? table.field(*group) : "";
    if (probe && reference)
      pairs.add(table,
                name + '\n' + table.field(*probe) + '\n' + table.field(*reference),
                "the pair of " + table.field(*probe) + " and " + table.field(*reference));
    ComparisonScores& scores = out[name];
    const bool is_mated = table.boolean(mated);
    const bool no_reference = failure && failed_to_enrol(table, *failure, table.field(score).empty());
    if (reference) {
      const auto known = enrolled[name].try_emplace(table.field(*reference), !no_reference).first;
      if (known->second == no_reference)
        table.fail("reference " + known->first + " is enrolled in one row and not in another");
    }
    if (no_reference) continue;
    if (table.field(score).empty())
      ++(is_mated ? scores.failed_mated : scores.failed_non_mated);
    else
      (is_mated ? scores.mated : scores.non_mated).push_back(table.number(score));
  }
  if (out.empty()) out[""];
  for (const auto& [name, references] : enrolled) {
    out[name].references = references.size();
    out[name].failed_references = static_cast<std::uint64_t>(
        std::count_if(references.begin(), references.end(), [](const auto& one) { return !one.second; }));
  }
  for (const auto& [name, scores] : out)
    expect_both(!scores.mated.empty(), !scores.non_mated.empty(), "mated and non-mated rows", path);
  return out;
}

}  // namespace

ComparisonScores read_comparison_scores(const std::filesystem::path& path) {
  return read_comparisons(path, "").at("");
}

std::map<std::string, ComparisonScores> read_recogniser_scores(const std::filesystem::path& path) {
  return read_comparisons(path, "recogniser");
}

PresentationScores read_presentation_scores(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t attack = table.column("attack");
  const std::size_t species = table.column("species");
  const std::size_t score = table.column("score");
  const auto sample = table.optional_column("sample");
  Unique samples;
  PresentationScores out;
  std::map<std::string, std::size_t> index;
  while (table.next()) {
    if (sample) samples.add(table, table.field(*sample), "sample " + table.field(*sample));
    const std::string& name = table.field(species);
    Presentations* set = &out.bona_fide;
    if (table.boolean(attack)) {
      if (name.empty() || name == "bona_fide")
        table.fail("expected the species of the attack, got '" + name + "'");
      const auto [found, is_new] = index.try_emplace(name, out.attacks.size());
      if (is_new) out.attacks.push_back({name, {}, 0});
      set = &out.attacks[found->second];
    } else if (!name.empty() && name != "bona_fide") {
      table.fail("expected no species or bona_fide where attack is 0, got '" + name + "'");
    }
    if (table.field(score).empty())
      ++set->no_response;
    else
      set->scores.push_back(table.number(score));
  }
  expect_both(!out.attacks.empty(), !out.bona_fide.scores.empty(), "attacks and bona fide rows", path);
  for (const Presentations& one : out.attacks)
    if (one.scores.empty())
      throw Error(
          ErrorCode::Corrupt,
          path.string() + ": species '" + one.species + "': expected an attack with a score, got none");
  return out;
}

FrameScores read_frame_scores(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t attack = table.column("attack");
  const std::size_t clip = table.column("clip");
  const std::size_t score = table.column("score");
  FrameScores out;
  bool attacks = false;
  bool bona_fide = false;
  std::map<std::string, bool> classes;
  while (table.next()) {
    const bool is_attack = table.boolean(attack);
    if (classes.try_emplace(table.field(clip), is_attack).first->second != is_attack)
      table.fail("expected every frame of clip '" + table.field(clip) +
                 "' of one class, got attack and bona fide");
    if (table.field(score).empty()) {
      ++out.failed;
      continue;
    }
    (is_attack ? attacks : bona_fide) = true;
    out.frames.push_back({table.field(clip), is_attack, table.number(score)});
  }
  expect_both(attacks, bona_fide, "attacks and bona fide rows", path);
  return out;
}

std::vector<GallerySearch> read_searches(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t probe = table.column("probe");
  const std::size_t mated = table.column("mated");
  const std::size_t score = table.column("score");
  const auto reference = table.optional_column("reference");
  Unique pairs;
  std::vector<GallerySearch> out;
  std::map<std::string, std::size_t> index;
  while (table.next()) {
    const std::string& name = table.field(probe);
    if (reference)
      pairs.add(table,
                name + '\n' + table.field(*reference),
                "the pair of " + name + " and " + table.field(*reference));
    const auto [found, is_new] = index.try_emplace(name, out.size());
    if (is_new) out.emplace_back();
    GallerySearch& search = out[found->second];
    (table.boolean(mated) ? search.mated : search.non_mated).push_back(table.number(score));
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

TandemScores read_tandem_scores(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t kind = table.column("kind");
  const std::size_t similarity = table.column("similarity");
  const std::size_t attack_score = table.column("attack_score");
  TandemScores out;
  while (table.next()) {
    const std::string& name = table.field(kind);
    if (name != "mated" && name != "non_mated" && name != "attack")
      table.fail("expected mated, non_mated or attack in column 'kind', got '" + name + "'");
    (name == "mated"    ? out.mated
     : name == "attack" ? out.attacks
                        : out.non_mated)
        .push_back(table.number(similarity));
    (name == "attack" ? out.attack_attack_scores : out.bona_fide_attack_scores)
        .push_back(table.number(attack_score));
  }
  if (out.mated.empty() || out.non_mated.empty() || out.attacks.empty())
    throw Error(ErrorCode::Corrupt,
                path.string() + ": expected rows of all three kinds: mated, non_mated, attack");
  return out;
}

std::vector<RecogniserAttempts> read_morph_attempts(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t morph = table.column("morph");
  const std::size_t subject = table.column("subject");
  const std::size_t score = table.column("score");
  const auto recogniser = table.optional_column("recogniser");
  // Sorted by name, so that the order of the rows does not matter.
  std::map<std::string, std::map<std::string, std::map<std::string, std::vector<double>>>> all;
  while (table.next())
    all[recogniser ? table.field(*recogniser) : ""][table.field(morph)][table.field(subject)].push_back(
        table.number(score));
  std::vector<RecogniserAttempts> out;
  for (const auto& [recogniser_name, morphs] : all) {
    out.push_back({recogniser_name, 0, {}});
    for (const auto& [morph_name, subjects] : morphs) {
      out.back().morphs.push_back({morph_name, {}});
      for (const auto& [subject_name, scores] : subjects) out.back().morphs.back().subjects.push_back(scores);
      if (subjects.size() < 2)
        throw Error(ErrorCode::Corrupt,
                    path.string() + ": morph '" + morph_name +
                        "': expected scores of two contributing subjects or more, got one");
    }
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

AttributionLabels read_attribution_labels(const std::filesystem::path& path) {
  CsvReader table = open_table(path);
  const std::size_t truth = table.column("truth");
  const std::size_t predicted = table.column("predicted");
  std::map<std::string, int> index;
  AttributionLabels out;
  const auto label = [&](const std::string& name) {
    const auto [found, is_new] = index.try_emplace(name, static_cast<int>(index.size()));
    if (is_new) out.names.push_back(name);
    return found->second;
  };
  while (table.next()) {
    out.truth.push_back(label(table.field(truth)));
    out.predicted.push_back(label(table.field(predicted)));
  }
  if (out.truth.empty())
    throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

}  // namespace kyc
