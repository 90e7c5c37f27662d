#include "kyc/evaluation/decisions.h"

#include <map>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/text.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostDecisionsBytes = 4ULL << 30;

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "|") + part;
  return out;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

AttemptKind attempt_kind_of(const CsvReader& table, const std::string& name) {
  if (name == "mated") return AttemptKind::Mated;
  if (name == "non_mated") return AttemptKind::NonMated;
  if (name == "attack") return AttemptKind::Attack;
  table.fail("expected mated, non_mated or attack in column 'kind', got '" + name + "'");
}

// Columns that may be absent.
class Optional {
 public:
  Optional(const CsvReader& table, const char* name) : table_(table), column_(table.optional_column(name)) {}
  std::string text() const { return column_ ? table_.field(*column_) : ""; }
  std::optional<double> number() const {
    if (!column_ || table_.field(*column_).empty()) return std::nullopt;
    return table_.number(*column_);
  }

 private:
  const CsvReader& table_;
  std::optional<std::size_t> column_;
};

}  // namespace

std::string to_string(AttemptKind kind) {
  switch (kind) {
    case AttemptKind::Mated:
      return "mated";
    case AttemptKind::NonMated:
      return "non_mated";
    case AttemptKind::Attack:
      return "attack";
  }
  return "";
}

std::string decisions_csv(const std::vector<DecisionTrial>& trials) {
  std::string out =
      "kind," + label_header() +
      ",claimed,reference,probe,verdict,reasons,failed,similarity,attack_score,seconds,failure\n";
  for (const DecisionTrial& trial : trials)
    out += to_string(trial.kind) + "," + label_fields(trial.selfie) + "," + csv_field(trial.claimed) + "," +
           csv_field(trial.reference) + "," + csv_field(trial.probe) + "," + trial.verdict + "," +
           joined(trial.reasons) + "," + joined(trial.failed) + "," + exact_text(trial.similarity) + "," +
           exact_text(trial.attack_score) + "," + exact_text(trial.seconds) + "," + csv_field(trial.failure) +
           "\n";
  return out;
}

std::vector<DecisionTrial> read_decisions(const std::filesystem::path& path) {
  return decisions_of_csv(read_text_file(path, kMostDecisionsBytes), path.string());
}

std::vector<DecisionTrial> decisions_of_csv(const std::string& text, const std::string& name) {
  CsvReader table(text, name);
  const std::size_t kind = table.column("kind");
  const std::size_t species = table.column("species");
  const std::size_t verdict = table.column("verdict");
  const Optional sample(table, "sample"), identity(table, "identity"), driver(table, "driver"),
      compression(table, "compression"), split(table, "split"), claimed(table, "claimed"),
      reference(table, "reference"), probe(table, "probe"), reasons(table, "reasons"),
      failed(table, "failed"), similarity(table, "similarity"), attack_score(table, "attack_score"),
      seconds(table, "seconds"), failure(table, "failure");
  std::map<std::string, std::size_t> lines;
  std::vector<DecisionTrial> out;
  while (table.next()) {
    DecisionTrial trial;
    trial.kind = attempt_kind_of(table, table.field(kind));
    const bool attack = trial.kind == AttemptKind::Attack;
    const std::string& of = table.field(species);
    if (attack && (of.empty() || of == "bona_fide"))
      table.fail("expected the species of the attack, got '" + of + "'");
    trial.selfie = {
        sample.text(), attack, identity.text(), driver.text(), of, compression.text(), split.text()};
    trial.claimed = claimed.text();
    trial.reference = reference.text();
    trial.probe = probe.text();
    trial.verdict = table.field(verdict);
    if (!trial.verdict.empty() && trial.verdict != "accepted" && trial.verdict != "rejected" &&
        trial.verdict != "review")
      table.fail("expected accepted, rejected, review or nothing in column 'verdict', got '" + trial.verdict +
                 "'");
    trial.reasons = parts_of(reasons.text());
    trial.failed = parts_of(failed.text());
    trial.similarity = similarity.number();
    trial.attack_score = attack_score.number();
    trial.seconds = seconds.number().value_or(0);
    trial.failure = failure.text();
    if (!trial.selfie.sample.empty()) {
      const std::string key = trial.selfie.sample + '\n' + trial.reference + '\n' + trial.probe;
      const auto [found, is_new] = lines.try_emplace(key, table.line());
      if (!is_new)
        table.fail("the attempt of " + trial.selfie.sample + " with " + trial.reference +
                   " is there already, in line " + std::to_string(found->second));
    }
    out.push_back(std::move(trial));
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, name + ": expected rows, got the header only");
  return out;
}

}  // namespace kyc
