#include "kyc/cli/demo_page.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kyc::cli {
namespace {

constexpr char kStyle[] = R"(
:root { color-scheme: light dark; --bg: #f6f7f9; --fg: #1c2128; --dim: #5c6670; --card: #fff; --line: #d9dee4;
        --good: #1a7f4b; --bad: #c0352b; --doubt: #9a6700; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #14171b; --fg: #e6e9ed; --dim: #9aa4ae; --card: #1d2228; --line: #343b44;
          --good: #40d66e; --bad: #ff6b61; --doubt: #ffbe3c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; margin: 0 0 .25rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
p.lead { font-size: 1.1rem; margin: .25rem 0 1rem; } .dim { color: var(--dim); }
.wide { overflow-x: auto; } table { border-collapse: collapse; background: var(--card); min-width: 40rem; }
th, td { border: 1px solid var(--line); padding: .45rem .8rem; text-align: left; vertical-align: top; }
td small { display: block; color: var(--dim); } td a { color: inherit; text-decoration: none; font-weight: 600; }
.accepted a, b.accepted { color: var(--good); } .rejected a, b.rejected { color: var(--bad); }
.review a, b.review { color: var(--doubt); } .wrong { outline: 3px solid var(--bad); outline-offset: -3px; }
figure { margin: 0 0 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure img { display: block; width: 100%; height: auto; } figcaption { padding: .6rem 1rem; }
details { margin: .5rem 0; } summary { cursor: pointer; padding: .3rem 0; }
)";

std::string two_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", std::abs(value) < 0.005 ? 0.0 : value);  // no -0.00
  return text;
}

std::string figure(const DemoResult& result, const std::string& id) {
  return "<figure id=\"" + id + "\"><img loading=\"lazy\" src=\"" + escape_html(result.picture) +
         "\" alt=\"Evidence: " + escape_html(result.document) + " against " + escape_html(result.selfie) +
         "\"><figcaption><b class=\"" + result.verdict + "\">" + result.verdict +
         "</b> &ndash; document: " + escape_html(result.document) +
         "; selfie: " + escape_html(result.selfie) +
         (result.right ? ""
                       : " &ndash; <b class=\"rejected\">not what was expected: " +
                             escape_html(result.expected) + "</b>") +
         "</figcaption></figure>\n";
}

std::string table(const DemoReport& report) {
  std::string html = "<div class=\"wide\"><table><tr><th>document \\ selfie</th>";
  for (const std::string& selfie : report.selfies) html += "<th>" + escape_html(selfie) + "</th>";
  html += "</tr>\n";
  for (const std::string& document : report.documents) {
    html += "<tr><th>" + escape_html(document) + "</th>";
    for (const std::string& selfie : report.selfies) {
      const auto found = std::find_if(report.pairs.begin(), report.pairs.end(), [&](const DemoResult& pair) {
        return pair.document == document && pair.selfie == selfie;
      });
      if (found == report.pairs.end()) {
        html += "<td class=\"dim\">same file</td>";
        continue;
      }
      html += "<td class=\"" + found->verdict + (found->right ? "" : " wrong") + "\"><a href=\"#p" +
              std::to_string(found - report.pairs.begin()) + "\">" + found->verdict +
              "</a><small>similarity " +
              (found->has_similarity ? two_digits(found->similarity) : "not measured") + "</small></td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string demo_page(const DemoReport& report) {
  const auto right = [](const std::vector<DemoResult>& results) {
    return std::to_string(
               std::count_if(results.begin(), results.end(), [](const auto& r) { return r.right; })) +
           " of " + std::to_string(results.size());
  };
  const auto mated = std::count_if(report.pairs.begin(), report.pairs.end(), [](const DemoResult& pair) {
    return pair.expected == "accepted";
  });
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Kyclops "
      "demo</title><style>" +
      std::string(kStyle) + "</style></head><body><main>\n<h1>Kyclops demo</h1>\n";
  if (!report.lead.empty()) {
    html += "<h2>A verification set up for clips of one second, attacked with the data set below</h2>\n";
    for (const std::string& sentence : report.lead) html += "<p>" + escape_html(sentence) + "</p>\n";
    html +=
        "<p><a href=\"report/index.html\">The whole report</a></p>\n<h2>Specimen documents and clips</h2>\n";
  }
  html += "<p class=\"lead\">" + right(report.pairs) +
          " verifications of document and selfie came out as they should (" + std::to_string(mated) +
          " of the same person, " + std::to_string(report.pairs.size() - static_cast<std::size_t>(mated)) +
          " of different people), and " + right(report.attempts) +
          " attempts to cheat were stopped for the right reason.</p>\n";
  html += "<p class=\"dim\">kyclops " + escape_html(report.version) + ". Same person from similarity " +
          two_digits(report.similarity_threshold) + " on: " + escape_html(report.threshold_provenance) +
          ". A handful of people on sample media proves that the program runs, not how often it errs.</p>\n";
  html += "<h2>Every document against every selfie</h2>\n" + table(report);
  html += "<h2>Attempts to cheat</h2>\n";
  for (std::size_t i = 0; i < report.attempts.size(); ++i) {
    html += "<h3>" + escape_html(report.attempts[i].selfie) + "</h3><p>" +
            escape_html(report.attempts[i].reason) + "</p>\n";
    html += figure(report.attempts[i], "a" + std::to_string(i));
  }
  html += report.sections;
  html += "<h2>Evidence of every pair</h2>\n";
  for (std::size_t i = 0; i < report.pairs.size(); ++i)
    html += figure(report.pairs[i], "p" + std::to_string(i));
  return html + "</main></body></html>\n";
}

}  // namespace kyc::cli
