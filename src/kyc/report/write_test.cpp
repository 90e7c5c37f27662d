#include "kyc/report/write.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/report/csv.h"
#include "kyc/report/html.h"
#include "kyc/report/json.h"
#include "kyc/report/sample_test.h"
#include "kyc/report/svg.h"
#include "kyc/report/tex.h"

namespace kyc {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class WriteReport : public testing::Test {
 protected:
  WriteReport() {
    std::string pattern = (fs::temp_directory_path() / "kyc_report_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~WriteReport() override { fs::remove_all(folder_); }

  std::vector<std::string> names(const fs::path& folder) const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename().string());
    return out;
  }

  fs::path folder_;
};

TEST_F(WriteReport, LeavesEveryFormatAndNothingElse) {
  write_report(sample_report(), folder_ / "out/");
  EXPECT_THAT(names(folder_), testing::ElementsAre("out"));
  EXPECT_THAT(names(folder_ / "out"),
              testing::UnorderedElementsAre(
                  "index.html", "report.json", "report.csv", "report.tex", "tables", "plots", "scores"));
  EXPECT_THAT(names(folder_ / "out/plots"),
              testing::UnorderedElementsAre("lines.svg", "bars.svg", "heat.svg", "histogram.svg"));
  EXPECT_EQ(read_text_file(folder_ / "out/scores/decisions.csv"), "a,b\n1,2\n");
  EXPECT_EQ(read_text_file(folder_ / "out/tables/rates.csv"),
            "species,IAPAR,not_carried\n\"swap, \"\"graphics\"\"\",0.15,IAPAR\npresent_50%,-,\n");
}

TEST_F(WriteReport, ReplacesAReportButNothingElse) {
  write_report(sample_report(), folder_ / "out");
  Report second = sample_report();
  second.attachments.clear();
  write_report(second, folder_ / "out");
  EXPECT_FALSE(fs::exists(folder_ / "out/scores"));
  fs::create_directories(folder_ / "photos");
  write_text_file(folder_ / "photos/a.txt", "mine");
  EXPECT_THROW(write_report(second, folder_ / "photos"), Error);
  EXPECT_EQ(read_text_file(folder_ / "photos/a.txt"), "mine");
  EXPECT_THAT(names(folder_), testing::UnorderedElementsAre("out", "photos"));
}

TEST_F(WriteReport, AFailureLeavesTheOldReportWhole) {
  write_report(sample_report(), folder_ / "out");
  Report broken = sample_report();
  broken.title = "broken";
  broken.attachments[0].path = "../../outside.csv";
  EXPECT_THROW(write_report(broken, folder_ / "out"), Error);
  broken.attachments[0].path = "report.json";
  EXPECT_THROW(write_report(broken, folder_ / "out"), Error);
  EXPECT_EQ(read_report(folder_ / "out").title, "A <report> & more");
  EXPECT_THAT(names(folder_), testing::ElementsAre("out"));
}

TEST(JsonOf, ReadsBackEqual) {
  const Report report = sample_report();
  const std::string text = json_of(report);
  EXPECT_EQ(json_of(report_of_json(text, "x")), text);
}

TEST(JsonOf, DamageIsAnErrorThatNamesTheFile) {
  const std::string text = json_of(sample_report());
  for (const std::string& bad :
       {std::string("{}"), std::string("[1]"), text.substr(0, text.size() / 2), std::string()})
    try {
      (void)report_of_json(bad, "run/report.json");
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      EXPECT_THAT(error.what(), HasSubstr("run/report.json: expected a report.json"));
    }
}

// Every element that is opened is closed, in order: enough of XML to catch text that was not escaped.
void expect_balanced(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.starts_with("?") || tag.starts_with("!") || tag.ends_with("/") || tag.starts_with("meta") ||
        tag.starts_with("img"))
      continue;
    const std::string name =
        tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" >") - (tag[0] == '/' ? 1 : 0));
    if (tag[0] != '/') {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(HtmlOf, IsWellFormedAndNeedsNothingFromOutside) {
  const std::string html = html_of(sample_report());
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("<h1>A &lt;report&gt; &amp; more</h1>"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,/9j/\""));
  EXPECT_THAT(html, HasSubstr("alt=\"Worst. The worst.\""));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">"));
}

TEST(SvgOf, IsWellFormedAndTheSameEveryTime) {
  for (const Section& section : sample_report().sections)
    for (const Block& block : section.blocks)
      if (const auto* plot = std::get_if<Plot>(&block)) {
        const std::string svg = svg_of(*plot, {.standalone = true});
        expect_balanced(svg);
        EXPECT_EQ(svg, svg_of(*plot, {.standalone = true}));
        EXPECT_THAT(svg, HasSubstr("<title>" + plot->title + "</title>"));
      }
}

TEST(SvgOf, RefusesPartsThatDoNotFit) {
  HeatPlot heat{"", "", {"a"}, {"b", "c"}, {0.5}, {}, 0, 1, true};
  EXPECT_THROW(svg_of({"x", "", "", heat}), Error);
  EXPECT_THROW(svg_of({"x", "", "", HistogramPlot{{"s"}, 3, {{"a", {1, 2}}}, {}}}), Error);
  EXPECT_THROW(svg_of({"x", "", "", BarPlot{{"s", AxisScale::Log10, false, 0, 1}, {}}}), Error);
}

TEST(TexOf, HasEveryTable) {
  const std::string tex = tex_of(sample_report());
  EXPECT_THAT(tex, HasSubstr("\\begin{tabular}{lr}"));
  EXPECT_THAT(tex, HasSubstr("present\\_50\\%"));
  EXPECT_THAT(tex, HasSubstr("\\caption{Rates $<$by$>$ species}"));
}

TEST(CsvOfFigures, HasTheCounts) {
  EXPECT_THAT(csv_of_figures(sample_report()),
              HasSubstr(",3,20,0,3 errors in 20 trials; 30 are needed,attacks that got in\n"));
}

TEST(Formats, MarkEveryFigureThatTheDataCanNotCarry) {
  const Report report = sample_report();
  EXPECT_THAT(csv_of_figures(report), HasSubstr("\neer,0.5,,,,,0,2 clips; 30 are needed,equal error rate\n"));
  EXPECT_THAT(csv_of_figures(report), HasSubstr("\nauc,0.75,,,,,1,40 clips; 30 are needed,area under ROC\n"));
  EXPECT_THAT(tex_of(report), HasSubstr("15 \\%$^{\\dagger}$"));  // of the table of rates
  EXPECT_THAT(tex_of(report), HasSubstr("eer & 0.5$^{\\dagger}$"));
  EXPECT_THAT(tex_of(report), HasSubstr("auc & 0.75 &"));
  EXPECT_THAT(html_of(report), HasSubstr(">15 %<span class=\"few\""));
  EXPECT_THAT(html_of(report), HasSubstr("auc</th><td class=\"num\">0.75</td>"));
  EXPECT_THAT(json_of(report), HasSubstr("\"support\": \"2 clips; 30 are needed\""));
}

TEST(CarriedSentence, NamesTheFiguresOnce) {
  Report report = sample_report();
  report.summary.clear();
  add_carried_sentence(report);
  add_carried_sentence(report);
  ASSERT_EQ(report.summary.size(), 1U);
  EXPECT_THAT(report.summary[0].text, HasSubstr("2 of the 3 figures: iapar@fmr1e-3, eer."));
}

}  // namespace
}  // namespace kyc
