#include "kyc/report/csv.h"

#include "kyc/core/text.h"
#include "kyc/report/format.h"

namespace kyc {

std::string csv_of(const Table& table) {
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out += (c == 0 ? "" : ",") + csv_field(table.columns[c].name);
  out += '\n';
  for (const std::vector<Cell>& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      out += (c == 0 ? "" : ",") + (row[c].value ? exact_text(*row[c].value) : csv_field(row[c].text));
    out += '\n';
  }
  return out;
}

std::string csv_of_figures(const Report& report) {
  std::string out = "name,value,low,high,events,trials,carried,meaning\n";
  for (const Figure& figure : report.figures) {
    out += csv_field(figure.key) + "," + (figure.value ? exact_text(*figure.value) : "") + ",";
    out += figure.interval ? exact_text(figure.interval->low) + "," + exact_text(figure.interval->high) : ",";
    out +=
        "," + (figure.trials > 0 ? std::to_string(figure.events) + "," + std::to_string(figure.trials) : ",");
    out += std::string(",") + (figure.carried ? "1" : "0") + "," + csv_field(figure.meaning) + "\n";
  }
  return out;
}

}  // namespace kyc
