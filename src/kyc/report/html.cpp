#include "kyc/report/html.h"

#include <algorithm>
#include <cstddef>

#include "kyc/report/format.h"
#include "kyc/report/plot_table.h"
#include "kyc/report/svg.h"

namespace kyc {
namespace {

constexpr char kStyle[] = R"(
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--line:#d9dee4;--head:#eef1f4;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--page:#101317;--card:#171b20;--line:#333b44;--head:#20262d;--link:#7ab8ff}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:70rem;margin:0 auto;padding:2rem 1.25rem 4rem}
a{color:var(--link)}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.35rem;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
.dim{color:var(--dim)}p{margin:.5rem 0;max-width:52rem;overflow-wrap:anywhere}
.summary{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--c0);border-radius:8px;padding:1rem 1.25rem;margin:1.25rem 0}
.summary p{margin:.35rem 0}.summary p:first-child{font-size:1.25rem;line-height:1.4;font-weight:600}
.tag{display:inline-block;font-size:.78rem;font-weight:700;padding:0 .45rem;margin-right:.5rem;border-radius:4px;border:1.5px solid currentColor;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}
nav{margin:1rem 0;font-size:.95rem}nav a{margin-right:1.1rem;white-space:nowrap;display:inline-block}
.wide{overflow-x:auto;margin:.5rem 0;border:1px solid var(--line);border-radius:8px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;font-weight:600;padding:.6rem .8rem .5rem;caption-side:top}
th,td{padding:.45rem .8rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th,thead th.num{background:var(--head);vertical-align:bottom;white-space:normal}tbody th{font-weight:500}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td small,th small{display:block;color:var(--dim);font-size:.8rem;font-weight:400}
td.good,td.bad,td.doubt{font-weight:600}
.few{color:var(--doubt);font-weight:700;margin-left:.15em;cursor:help}
figure{margin:1rem 0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem}
figcaption strong{display:block;margin-bottom:.15rem}figcaption{margin-bottom:.6rem}
.canvas{overflow-x:auto}.canvas svg{display:block;max-width:100%;height:auto}.canvas svg.large{min-width:21rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem}.plots figure{margin:0;min-width:0}
figure img{display:block;max-width:100%;height:auto;border-radius:4px}
details{margin:.6rem 0}summary{cursor:pointer;padding:.25rem 0}
dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.25rem 1rem;margin:.5rem 0;font-size:.93rem}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:36rem){main{padding:1.25rem .8rem 3rem}h1{font-size:1.5rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}
.summary p:first-child{font-size:1.1rem}th,td{padding:.4rem .55rem}figure{padding:.6rem}}
@media print{:root{--page:#fff;--card:#fff;--line:#bbb;--head:#f0f0f0;--link:#000}body{font-size:10pt}main{max-width:none;padding:0}
.plots{grid-template-columns:1fr 1fr;gap:.5rem}figure,tr,.summary{break-inside:avoid}h2,h3,caption,thead,thead tr{break-after:avoid}nav,.data{display:none}
.wide,.canvas{overflow:visible}.canvas svg.large{min-width:0}.canvas svg{max-height:9cm;max-width:100%}table{font-size:8.5pt}th,td{padding:.25rem .4rem}.num{white-space:normal}}
@page{margin:14mm}
)";

const char* tone_word(Tone tone) {
  switch (tone) {
    case Tone::Plain:
      return "";
    case Tone::Good:
      return "good";
    case Tone::Doubt:
      return "doubt";
    case Tone::Bad:
      return "bad";
  }
  return "";
}

const char* tone_tag(Tone tone) {
  switch (tone) {
    case Tone::Plain:
      return "";
    case Tone::Good:
      return "<span class=\"tag good\">good</span>";
    case Tone::Doubt:
      return "<span class=\"tag doubt\">caution</span>";
    case Tone::Bad:
      return "<span class=\"tag bad\">bad</span>";
  }
  return "";
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < left ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= left ? kLetters[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

// Behind a figure that the data can not carry.
constexpr char kFewMark[] = "<span class=\"few\" title=\"too few data to carry this figure\">&#8224;</span>";

bool has_weak_cells(const Table& table) {
  for (const std::vector<Cell>& row : table.rows)
    for (const Cell& cell : row)
      if (cell.carried == false) return true;
  return false;
}

std::string cell_html(const Cell& cell, const Column& column, bool header) {
  std::string css = column.number ? "num" : "";
  if (*tone_word(cell.tone) != 0) css += std::string(css.empty() ? "" : " ") + tone_word(cell.tone);
  std::string out = header ? "<th scope=\"row\"" : "<td";
  if (!css.empty()) out += " class=\"" + css + "\"";
  out += ">" + html_text(cell.text);
  if (cell.carried == false) out += kFewMark;
  for (std::size_t at = 0; at < cell.note.size();) {
    const std::size_t end = std::min(cell.note.find('\n', at), cell.note.size());
    out += "<small>" + html_text(cell.note.substr(at, end - at)) + "</small>";
    at = end + 1;
  }
  return out + (header ? "</th>" : "</td>");
}

std::string table_html(const Table& table) {
  std::string out = "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" +
                    html_text(table.title) + "\"><table><caption>" + html_text(table.title) +
                    "</caption><thead><tr>";
  for (const Column& column : table.columns)
    out += std::string("<th scope=\"col\"") + (column.number ? " class=\"num\"" : "") + ">" +
           html_text(column.name) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Cell>& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c)
      out += cell_html(row[c], table.columns[c], c < static_cast<std::size_t>(table.row_headers));
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (!table.note.empty()) out += "<p class=\"dim\">" + html_text(table.note) + "</p>\n";
  if (has_weak_cells(table))
    out += std::string("<p class=\"dim\">") + kFewMark + " " + kFewDataNote + "</p>\n";
  return out;
}

std::string plot_html(const Plot& plot) {
  return "<figure id=\"" + html_text(plot.id) + "\"><figcaption><strong>" + html_text(plot.title) +
         "</strong>" + html_text(plot.caption) + "</figcaption>\n<div class=\"canvas\">" + svg_of(plot) +
         "</div>\n<details class=\"data\"><summary class=\"dim\">The numbers of this plot</summary>" +
         table_html(table_of(plot, 60)) + "</details></figure>\n";
}

std::string picture_html(const Picture& picture) {
  return "<figure id=\"" + html_text(picture.id) + "\"><figcaption><strong>" + html_text(picture.title) +
         "</strong>" + html_text(picture.caption) + "</figcaption>\n<img alt=\"" +
         html_text(picture.title + ". " + picture.caption) + "\" width=\"" + std::to_string(picture.width) +
         "\" height=\"" + std::to_string(picture.height) + "\" src=\"data:image/jpeg;base64," +
         base64(picture.jpeg) + "\"></figure>\n";
}

// Plots that follow one another stand side by side where there is room.
std::string blocks_html(const std::vector<Block>& blocks) {
  std::string out;
  bool plots = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    const bool is_plot = std::holds_alternative<Plot>(block);
    const bool next_too = i + 1 < blocks.size() && std::holds_alternative<Plot>(blocks[i + 1]);
    if (is_plot && !plots && next_too) {
      out += "<div class=\"plots\">\n";
      plots = true;
    }
    if (const auto* text = std::get_if<std::string>(&block)) out += "<p>" + html_text(*text) + "</p>\n";
    if (const auto* table = std::get_if<Table>(&block)) out += table_html(*table);
    if (is_plot) out += plot_html(std::get<Plot>(block));
    if (const auto* picture = std::get_if<Picture>(&block)) out += picture_html(*picture);
    if (plots && !next_too) {
      out += "</div>\n";
      plots = false;
    }
  }
  return out;
}

std::string summary_html(const Report& report) {
  std::string out = "<div class=\"summary\">\n";
  for (const Sentence& sentence : report.summary)
    out += std::string("<p>") + tone_tag(sentence.tone) + html_text(sentence.text) + "</p>\n";
  return out + "</div>\n";
}

std::string figures_html(const Report& report) {
  if (report.figures.empty() || shows_figures(report)) return "";
  return "<details><summary>All figures (" + std::to_string(report.figures.size()) + ")</summary>" +
         table_html(table_of_figures(report)) + "</details>\n";
}

std::string record_html(const Report& report) {
  std::string out;
  for (const RecordGroup& group : report.record) {
    out += "<h3>" + html_text(group.title) + "</h3>\n<dl>";
    for (const auto& [key, value] : group.entries)
      out += "<dt>" + html_text(key) + "</dt><dd>" + html_text(value) + "</dd>\n";
    out += "</dl>\n";
  }
  return out;
}

std::string files_html(const Report& report) {
  std::string out = "<p>";
  for (const Attachment& file : report.attachments)
    out += "<a href=\"" + html_text(file.path) + "\">" + html_text(file.title) + "</a> &nbsp; ";
  return out +
         "<a href=\"report.json\">everything as JSON</a> &nbsp; <a href=\"report.csv\">the figures as "
         "CSV</a> &nbsp; "
         "<a href=\"report.tex\">the tables for LaTeX</a></p>\n";
}

}  // namespace

std::string html_of(const Report& report) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
      html_text(report.title) + "</title><style>" + svg_style() + kStyle +
      "</style></head><body><main>\n<h1>" + html_text(report.title) + "</h1>\n";
  if (!report.subtitle.empty()) out += "<p class=\"dim\">" + html_text(report.subtitle) + "</p>\n";
  out += summary_html(report) + "<nav aria-label=\"Contents\">";
  for (std::size_t i = 0; i < report.sections.size(); ++i)
    out += "<a href=\"#s" + std::to_string(i) + "\">" + html_text(report.sections[i].title) + "</a>";
  out += "<a href=\"#files\">Figures and files</a><a href=\"#record\">How it was made</a></nav>\n";
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    const Section& section = report.sections[i];
    out += "<section><h2 id=\"s" + std::to_string(i) + "\">" + html_text(section.title) + "</h2>\n";
    out += section.folded ? "<details><summary>Show</summary>" + blocks_html(section.blocks) + "</details>"
                          : blocks_html(section.blocks);
    out += "</section>\n";
  }
  out += "<section><h2 id=\"files\">Figures and files</h2>\n" + files_html(report) + figures_html(report) +
         "</section>\n<section><h2 id=\"record\">How it was made</h2>\n" + record_html(report) +
         "</section>\n";
  return out + "</main></body></html>\n";
}

}  // namespace kyc
