#include "kyc/evaluation/comparisons.h"

#include <algorithm>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/text.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostComparisonsBytes = 16ULL << 30;

ComparisonKind kind_of(const CsvReader& table, const std::string& name) {
  for (const ComparisonKind kind :
       {ComparisonKind::Mated, ComparisonKind::NonMated, ComparisonKind::Attack, ComparisonKind::Driver})
    if (to_string(kind) == name) return kind;
  table.fail("expected mated, non_mated, attack or driver in column 'kind', got '" + name + "'");
}

class Planner {
 public:
  Planner(const Dataset& dataset, const MediaIndex& index, std::size_t max_non_mated)
      : dataset_(dataset), index_(index), max_non_mated_(max_non_mated) {
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) by_id_.emplace(dataset.samples[i].id, i);
    for (const std::string& person : index.identities()) {
      for (const std::size_t clip : index.recordings(person)) recordings_.push_back(clip);
      for (const std::size_t picture : index.portraits(person)) pictures_.push_back(picture);
    }
  }

  std::vector<PlannedComparison> plan() {
    for (const std::size_t clip : index_.clips()) {
      const Sample& sample = dataset_.samples[clip];
      if (sample.kind == SampleKind::Attack) {
        add_forged(clip, sample.identity, ComparisonKind::Attack);
        if (!sample.driver.empty() && sample.driver != sample.identity)
          add_forged(clip, sample.driver, ComparisonKind::Driver);
      } else {
        add_bona_fide("v2v", clip, recordings_);
        add_bona_fide("i2v", clip, pictures_);
      }
    }
    return std::move(plan_);
  }

 private:
  void add_bona_fide(const std::string& protocol,
                     std::size_t clip,
                     const std::vector<std::size_t>& references) {
    const Sample& sample = dataset_.samples[clip];
    std::vector<std::size_t> others;
    for (const std::size_t reference : references) {
      if (index_.origin(reference) == index_.origin(clip)) continue;
      if (dataset_.samples[reference].identity == sample.identity)
        add_once(protocol, ComparisonKind::Mated, clip, reference);
      else
        others.push_back(reference);
    }
    const std::size_t wanted = max_non_mated_ == 0 ? others.size() : std::min(max_non_mated_, others.size());
    for (std::size_t i = 0; i < wanted; ++i)
      add_once(protocol, ComparisonKind::NonMated, clip, others[i * others.size() / wanted]);
  }

  // A pair of two clips is the same pair the other way round.
  void add_once(const std::string& protocol, ComparisonKind kind, std::size_t probe, std::size_t reference) {
    const auto key = std::minmax(probe, reference);
    if (protocol == "v2v" && !pairs_.insert(key).second) return;
    plan_.push_back({protocol, kind, probe, reference});
  }

  void add_forged(std::size_t clip, const std::string& person, ComparisonKind kind) {
    std::set<std::string> made_of;
    for (const SampleParent& parent : dataset_.samples[clip].parents)
      if (const auto found = by_id_.find(parent.id); found != by_id_.end())
        made_of.insert(index_.origin(found->second));
      else
        made_of.insert(parent.sha256);  // a file from outside: what its copies in the set stem from
    const std::vector<std::size_t> recordings = index_.recordings(person);
    const auto other = std::find_if(recordings.begin(), recordings.end(), [&](std::size_t recording) {
      return !made_of.contains(index_.origin(recording));
    });
    if (other != recordings.end())
      plan_.push_back({"v2v", kind, clip, *other});
    else if (!recordings.empty())
      plan_.push_back({"v2v", kind, clip, recordings.front()});
    if (const auto pictures = index_.portraits(person); !pictures.empty())
      plan_.push_back({"i2v", kind, clip, pictures.front()});
  }

  const Dataset& dataset_;
  const MediaIndex& index_;
  std::size_t max_non_mated_;
  std::map<std::string, std::size_t> by_id_;
  std::vector<std::size_t> recordings_;
  std::vector<std::size_t> pictures_;
  std::set<std::pair<std::size_t, std::size_t>> pairs_;
  std::vector<PlannedComparison> plan_;
};

}  // namespace

std::string to_string(ComparisonKind kind) {
  switch (kind) {
    case ComparisonKind::Mated:
      return "mated";
    case ComparisonKind::NonMated:
      return "non_mated";
    case ComparisonKind::Attack:
      return "attack";
    case ComparisonKind::Driver:
      return "driver";
  }
  return "";
}

std::vector<PlannedComparison> plan_comparisons(const Dataset& dataset,
                                                const MediaIndex& index,
                                                std::size_t max_non_mated) {
  return Planner(dataset, index, max_non_mated).plan();
}

std::string comparisons_csv(std::span<const ComparisonRow> rows) {
  std::string out =
      "system,protocol,kind,mated," + label_header() + ",probe,reference,reference_split,score,failure\n";
  for (const ComparisonRow& row : rows)
    out += csv_field(row.system) + "," + row.protocol + "," + to_string(row.kind) +
           (row.kind == ComparisonKind::Mated ? ",1," : ",0,") + label_fields(row.labels) + "," +
           csv_field(row.labels.sample) + "," + csv_field(row.reference) + "," +
           csv_field(row.reference_split) + "," + exact_text(row.score) + "," + csv_field(row.failure) + "\n";
  return out;
}

std::vector<ComparisonRow> read_comparisons(const std::filesystem::path& path) {
  CsvReader table(read_text_file(path, kMostComparisonsBytes), path.string());
  const LabelColumns labels(table);
  const std::size_t system = table.column("system");
  const std::size_t protocol = table.column("protocol");
  const std::size_t kind = table.column("kind");
  const std::size_t reference = table.column("reference");
  const std::size_t score = table.column("score");
  const auto reference_split = table.optional_column("reference_split");
  const auto failure = table.optional_column("failure");
  std::map<std::string, std::size_t> lines;
  std::vector<ComparisonRow> out;
  while (table.next()) {
    ComparisonRow row;
    row.system = table.field(system);
    row.protocol = table.field(protocol);
    row.kind = kind_of(table, table.field(kind));
    row.labels = labels.read(table);
    row.reference = table.field(reference);
    if (reference_split) row.reference_split = table.field(*reference_split);
    if (!table.field(score).empty()) row.score = table.number(score);
    if (failure) row.failure = table.field(*failure);
    const std::string key = row.system + '\n' + row.protocol + '\n' + table.field(kind) + '\n' +
                            row.labels.sample + '\n' + row.reference;
    const auto [found, is_new] = lines.try_emplace(key, table.line());
    if (!is_new)
      table.fail("the comparison of " + row.labels.sample + " with " + row.reference +
                 " is there already, in line " + std::to_string(found->second));
    out.push_back(std::move(row));
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

namespace {

void count_attempt(AttemptCounts& counts, const ComparisonRow& row, double threshold) {
  if (!row.score) {
    ++counts.no_answer;
    return;
  }
  ++counts.attempts;
  if (*row.score >= threshold) ++counts.accepted;
}

void count_groups(std::map<SpeciesGroup, AttemptCounts>& groups, const ComparisonRow& row, double threshold) {
  count_attempt(groups[{row.labels.species, ""}], row, threshold);
  if (row.labels.compression.empty()) return;
  count_attempt(groups[{"", row.labels.compression}], row, threshold);
  count_attempt(groups[{row.labels.species, row.labels.compression}], row, threshold);
}

struct Classes {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

// Bona fide scores of rows that lie wholly in a split, or wholly outside of it.
Classes classes_of(std::span<const ComparisonRow> rows, const std::string& split, bool inside) {
  Classes out;
  for (const ComparisonRow& row : rows) {
    const bool in = row.labels.split == split && row.reference_split == split;
    const bool touches = row.labels.split == split || row.reference_split == split;
    if (!split.empty() && (inside ? !in : touches)) continue;
    if (!row.score) continue;
    if (row.kind == ComparisonKind::Mated) out.mated.push_back(*row.score);
    if (row.kind == ComparisonKind::NonMated) out.non_mated.push_back(*row.score);
  }
  return out;
}

}  // namespace

ComparisonResult comparison_result(std::span<const ComparisonRow> rows,
                                   const std::string& calibration,
                                   std::span<const double> fmrs,
                                   std::span<const NamedFixedThreshold> fixed) {
  if (rows.empty()) throw Error(ErrorCode::InvalidArgument, "recognition: expected comparisons, got none");
  ComparisonResult out;
  out.system = rows.front().system;
  out.protocol = rows.front().protocol;
  std::string split = calibration;
  Classes set = classes_of(rows, split, true);
  Classes test = classes_of(rows, split, false);
  if (split.empty() || set.non_mated.empty() || test.mated.empty() || test.non_mated.empty()) {
    split.clear();
    out.calibrated_on_test = true;
    set = test = classes_of(rows, "", true);
  }
  if (set.non_mated.empty())
    throw Error(
        ErrorCode::InvalidArgument,
        out.protocol + ": expected bona fide comparisons of different people to calibrate on, got none");
  if (!test.mated.empty() && !test.non_mated.empty()) {
    out.curve = error_curve(test.mated, test.non_mated);
    out.auc = auc(*out.curve);
    out.eer = equal_error_rate(*out.curve).value;
  }
  const auto add = [&](double max_fmr, double threshold, const std::string& origin, bool here) {
    ComparisonPoint point;
    point.max_fmr = max_fmr;
    point.threshold = threshold;
    point.origin = origin;
    const auto above = static_cast<double>(std::count_if(
        set.non_mated.begin(), set.non_mated.end(), [&](double score) { return score >= threshold; }));
    point.calibration_fmr = above / static_cast<double>(set.non_mated.size());
    point.carried = !here || max_fmr * static_cast<double>(set.non_mated.size()) >= 30;
    for (const ComparisonRow& row : rows) {
      const bool touches = !split.empty() && (row.labels.split == split || row.reference_split == split);
      switch (row.kind) {
        case ComparisonKind::Mated:
          if (!touches) count_attempt(point.mated, row, threshold);
          break;
        case ComparisonKind::NonMated:
          if (!touches) count_attempt(point.non_mated, row, threshold);
          break;
        case ComparisonKind::Attack:
          count_attempt(point.attacks, row, threshold);
          count_groups(point.groups, row, threshold);
          break;
        case ComparisonKind::Driver:
          count_attempt(point.leaks[{"", ""}], row, threshold);
          count_groups(point.leaks, row, threshold);
          break;
      }
    }
    if (point.non_mated.attempts > 0)
      point.fmr =
          static_cast<double>(point.non_mated.accepted) / static_cast<double>(point.non_mated.attempts);
    out.points.push_back(std::move(point));
  };
  // Only the non-mated scores matter here; a class must not be empty.
  const std::vector<double> any_mated{0.0};
  const ErrorCurve curve = error_curve(set.mated.empty() ? any_mated : set.mated, set.non_mated);
  for (const double fmr : fmrs)
    add(fmr,
        fnmr_at_fmr(curve, fmr).threshold,
        split.empty() ? "set on all bona fide comparisons of this data set"
                      : "set on bona fide comparisons of split " + split,
        true);
  for (const NamedFixedThreshold& threshold : fixed)
    add(threshold.max_fmr, threshold.value, threshold.origin, false);
  for (const ComparisonRow& row : rows)
    if (!row.score) ++out.failures;
  return out;
}

}  // namespace kyc
