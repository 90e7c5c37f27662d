#include "kyc/report/csv.h"

#include "kyc/core/text.h"
#include "kyc/report/format.h"

namespace kyc {

std::string csv_of(const Table& table) {
  // A table with figures has a last column that names those which the data can not carry.
  bool figures = false;
  for (const std::vector<Cell>& row : table.rows)
    for (const Cell& cell : row) figures = figures || cell.carried.has_value();
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out += (c == 0 ? "" : ",") + csv_field(table.columns[c].name);
  out += figures ? ",not_carried\n" : "\n";
  for (const std::vector<Cell>& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      out += (c == 0 ? "" : ",") + (row[c].value ? exact_text(*row[c].value) : csv_field(row[c].text));
    std::string weak;
    for (std::size_t c = 0; c < row.size(); ++c)
      if (row[c].carried == false) weak += (weak.empty() ? "" : "|") + table.columns[c].name;
    out += figures ? "," + csv_field(weak) + "\n" : "\n";
  }
  return out;
}

std::string csv_of_figures(const Report& report) {
  std::string out = "name,value,low,high,events,trials,carried,support,meaning\n";
  for (const Figure& figure : report.figures) {
    out += csv_field(figure.key) + "," + (figure.value ? exact_text(*figure.value) : "") + ",";
    out += figure.interval ? exact_text(figure.interval->low) + "," + exact_text(figure.interval->high) : ",";
    out +=
        "," + (figure.trials > 0 ? std::to_string(figure.events) + "," + std::to_string(figure.trials) : ",");
    out += std::string(",") + (figure.carried() ? "1" : "0") + "," + csv_field(figure.support.reason()) +
           "," + csv_field(figure.meaning) + "\n";
  }
  return out;
}

}  // namespace kyc
