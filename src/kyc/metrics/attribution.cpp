#include "kyc/metrics/attribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "kyc/core/error.h"

namespace kyc {
namespace {

void check_classes(std::span<const int> truth, std::span<const int> predicted) {
  if (truth.empty() || truth.size() != predicted.size())
    throw Error(ErrorCode::InvalidArgument,
                "expected as many predicted as true labels and at least one, got " +
                    std::to_string(predicted.size()) + " and " + std::to_string(truth.size()));
}

// How many samples of each true class (row) were given each predicted label (column).
struct Contingency {
  std::vector<std::vector<double>> counts;
  std::vector<double> rows;     // sums
  std::vector<double> columns;  // sums
  double total = 0;
};

Contingency contingency(std::span<const int> truth, std::span<const int> predicted) {
  check_classes(truth, predicted);
  const auto index_of = [](std::span<const int> labels) {
    std::map<int, std::size_t> out;
    for (const int label : labels) out.try_emplace(label, 0);
    std::size_t next = 0;
    for (auto& [label, index] : out) index = next++;
    return out;
  };
  const auto row_of = index_of(truth);
  const auto column_of = index_of(predicted);
  Contingency out;
  out.counts.assign(row_of.size(), std::vector<double>(column_of.size(), 0));
  out.rows.assign(row_of.size(), 0);
  out.columns.assign(column_of.size(), 0);
  out.total = static_cast<double>(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t row = row_of.at(truth[i]);
    const std::size_t column = column_of.at(predicted[i]);
    out.counts[row][column] += 1;
    out.rows[row] += 1;
    out.columns[column] += 1;
  }
  return out;
}

// The highest sum of one cell per row and column, of a square matrix: the Hungarian method with potentials,
// O(n^3). Rows are entered one by one; index 0 stands for "none yet".
double highest_assignment(const std::vector<std::vector<double>>& gain) {
  const std::size_t n = gain.size();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> row_potential(n + 1, 0);
  std::vector<double> column_potential(n + 1, 0);
  std::vector<std::size_t> row_of_column(n + 1, 0);
  std::vector<std::size_t> way(n + 1, 0);
  for (std::size_t row = 1; row <= n; ++row) {
    row_of_column[0] = row;
    std::size_t column = 0;
    std::vector<double> slack(n + 1, kInfinity);
    std::vector<bool> used(n + 1, false);
    do {
      used[column] = true;
      const std::size_t i = row_of_column[column];
      double least = kInfinity;
      std::size_t next = 0;
      for (std::size_t j = 1; j <= n; ++j) {
        if (used[j]) continue;
        const double cost = -gain[i - 1][j - 1] - row_potential[i] - column_potential[j];
        if (cost < slack[j]) {
          slack[j] = cost;
          way[j] = column;
        }
        if (slack[j] < least) {
          least = slack[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= n; ++j) {
        if (used[j]) {
          row_potential[row_of_column[j]] += least;
          column_potential[j] -= least;
        } else {
          slack[j] -= least;
        }
      }
      column = next;
    } while (row_of_column[column] != 0);
    for (; column != 0; column = way[column]) row_of_column[column] = row_of_column[way[column]];
  }
  double sum = 0;
  for (std::size_t j = 1; j <= n; ++j) sum += gain[row_of_column[j] - 1][j - 1];
  return sum;
}

double entropy(const std::vector<double>& counts, double total) {
  double sum = 0;
  for (const double count : counts) sum -= count / total * std::log(count / total);
  return sum;
}

double pairs(double count) {
  return count * (count - 1) / 2;
}

}  // namespace

double label_accuracy(std::span<const int> truth, std::span<const int> predicted) {
  check_classes(truth, predicted);
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

double mapped_accuracy(std::span<const int> truth, std::span<const int> predicted) {
  const Contingency table = contingency(truth, predicted);
  const std::size_t n = std::max(table.rows.size(), table.columns.size());
  std::vector<std::vector<double>> gain = table.counts;
  gain.resize(n);
  for (auto& row : gain) row.resize(n, 0);
  return highest_assignment(gain) / table.total;
}

double normalized_mutual_information(std::span<const int> truth, std::span<const int> predicted) {
  const Contingency table = contingency(truth, predicted);
  if (table.rows.size() == 1 && table.columns.size() == 1) return 1;
  double information = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      const double count = table.counts[i][j];
      if (count > 0)
        information +=
            count / table.total * std::log(count * table.total / (table.rows[i] * table.columns[j]));
    }
  const double mean = (entropy(table.rows, table.total) + entropy(table.columns, table.total)) / 2;
  return std::clamp(information / mean, 0.0, 1.0);
}

double adjusted_rand_index(std::span<const int> truth, std::span<const int> predicted) {
  const Contingency table = contingency(truth, predicted);
  double together = 0;
  double in_truth = 0;
  double in_predicted = 0;
  for (const auto& row : table.counts)
    for (const double count : row) together += pairs(count);
  for (const double count : table.rows) in_truth += pairs(count);
  for (const double count : table.columns) in_predicted += pairs(count);
  if (together == in_truth && together == in_predicted) return 1;  // the same partition
  const double expected = in_truth * in_predicted / pairs(table.total);
  return (together - expected) / ((in_truth + in_predicted) / 2 - expected);
}

}  // namespace kyc
