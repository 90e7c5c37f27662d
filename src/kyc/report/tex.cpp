#include "kyc/report/tex.h"

#include "kyc/report/format.h"

namespace kyc {
namespace {

std::string tex_of_table(const Table& table) {
  std::string out = "\\begin{table}\n\\caption{" + tex_text(table.title) +
                    "}\n\\label{tab:" + file_word(table.id) + "}\n\\centering\\small\n\\begin{tabular}{";
  for (const Column& column : table.columns) out += column.number ? 'r' : 'l';
  out += "}\n\\hline\n";
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out += (c == 0 ? "" : " & ") + tex_text(table.columns[c].name);
  out += " \\\\\n\\hline\n";
  bool weak = false;
  for (const std::vector<Cell>& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c == 0 ? "" : " & ") + tex_text(row[c].text);
      if (row[c].carried == false) {
        out += "$^{\\dagger}$";
        weak = true;
      }
      if (!row[c].note.empty()) out += " {\\scriptsize " + tex_text(row[c].note) + "}";
    }
    out += " \\\\\n";
  }
  out += "\\hline\n\\end{tabular}\n";
  if (!table.note.empty()) out += "\n{\\footnotesize " + tex_text(table.note) + "}\n";
  if (weak) out += "\n{\\footnotesize $^{\\dagger}$ " + tex_text(kFewDataNote) + "}\n";
  return out + "\\end{table}\n\n";
}

}  // namespace

std::string tex_of(const Report& report) {
  std::string out = "% " + tex_text(report.title) + "\n";
  for (const Sentence& sentence : report.summary) out += "% " + tex_text(sentence.text) + "\n";
  out += '\n';
  for (const Section& section : report.sections)
    for (const Block& block : section.blocks)
      if (const auto* table = std::get_if<Table>(&block)) out += tex_of_table(*table);
  if (!report.figures.empty() && !shows_figures(report)) out += tex_of_table(table_of_figures(report));
  return out;
}

}  // namespace kyc
