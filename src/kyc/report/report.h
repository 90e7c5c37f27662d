// A report as a plain value: what was found, in sentences, figures, tables and plots, and how it was found.
// It knows nothing of files or formats: html.h, json.h, tex.h and csv.h render it, write.h puts it on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kyc/metrics/interval.h"
#include "kyc/metrics/support.h"

namespace kyc {

// How a statement or a cell is meant; never the only carrier of its meaning (people who see no colours).
enum class Tone {
  Plain,
  Good,   // as wanted
  Doubt,  // too few data, or in between
  Bad,
};

struct Sentence {
  std::string text;
  Tone tone = Tone::Plain;
};

// One number that machines ask for by name: `--assert 'iapar@fmr1e-3 <= 0.05'`.
struct Figure {
  std::string key;              // "iapar@fmr1e-3" or, of a part, "iapar@fmr1e-3[swap/graphics,c23]"
  std::string meaning;          // one line for people
  std::optional<double> value;  // nothing: it could not be measured
  std::optional<Interval> interval;
  std::uint64_t events = 0;  // of `trials`, where it is a rate of counts; else both 0
  std::uint64_t trials = 0;
  Support support;  // whether the data can carry it; no default, so that no figure passes without a word

  bool carried() const { return support.carried(); }
};

struct Cell {
  std::string text;
  std::optional<double> value;  // of cells that are numbers: what .csv and .json hold
  Tone tone = Tone::Plain;
  std::string note;               // smaller lines below, apart by '\n'
  std::optional<bool> carried{};  // of figures: the data can carry it; where not, every format marks it
};

struct Column {
  std::string name;
  bool number = false;  // aligned to the right
};

// The first `row_headers` cells of a row name it.
struct Table {
  std::string id;  // a word: names its file, "apcer_by_species"
  std::string title;
  std::string note;  // below the table; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
  int row_headers = 1;
};

enum class AxisScale {
  Linear,
  Log10,   // values at or below 0 lie on its lower end
  Probit,  // normal deviates of shares: the axes of a DET curve
};

struct Axis {
  std::string label;
  AxisScale scale = AxisScale::Linear;
  bool percent = false;  // ticks as percentages; values stay shares
  double low = 0;        // range shown; low < high
  double high = 1;
};

struct PlotPoint {
  double x = 0;
  double y = 0;
  std::optional<Interval> interval{};  // of y
};

struct Series {
  std::string name;
  std::vector<PlotPoint> points;  // in the order in which they are joined
  bool line = true;
  bool markers = false;
};

struct PlotMark {
  std::string label;
  double x = 0;
  double y = 0;
};

struct LinePlot {
  Axis x;
  Axis y;
  std::vector<Series> series;
  std::vector<PlotMark> marks;  // operating points
  bool diagonal = false;        // a faint line from the lower left to the upper right corner
};

struct Bar {
  std::string label;
  std::optional<double> value;  // nothing: "not measured"
  std::optional<Interval> interval;
  std::string note;  // at its end, "3 of 20"
  Tone tone = Tone::Plain;
};

struct BarPlot {
  Axis x;
  std::vector<Bar> bars;  // from top to bottom
};

struct HeatPlot {
  std::string row_title;
  std::string column_title;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::optional<double>> values;  // [rows, columns]; nothing: no data
  std::vector<std::string> notes;             // likewise, or empty
  double low = 0;                             // pale
  double high = 1;                            // dark
  bool percent = true;
};

struct HistogramSeries {
  std::string name;
  std::vector<std::uint64_t> counts;  // one per bin
};

struct HistogramPlot {
  Axis x;                               // low and high are the edges of the first and last bin
  std::size_t bins = 1;                 // of equal width
  std::vector<HistogramSeries> series;  // each drawn as shares of its own total
  std::vector<PlotMark> thresholds;     // upright lines at x
};

struct Plot {
  std::string id;  // a word: names its file
  std::string title;
  std::string caption;  // what it shows and what is good: also read out in its place
  std::variant<LinePlot, BarPlot, HeatPlot, HistogramPlot> data;
};

// A contact sheet.
struct Picture {
  std::string id;
  std::string title;
  std::string caption;
  int width = 0;  // pixels
  int height = 0;
  std::vector<std::uint8_t> jpeg;
};

using Block = std::variant<std::string, Table, Plot, Picture>;  // a string is a paragraph

struct Section {
  std::string title;
  std::vector<Block> blocks;
  bool folded = false;  // closed at first: long listings
};

struct RecordGroup {
  std::string title;
  std::vector<std::pair<std::string, std::string>> entries;
};

// A file that lies beside the report: score files.
struct Attachment {
  std::string path;  // relative, '/' between folders: "scores/decisions.csv"
  std::string title;
  std::string kind;  // what its rows are, for `kyclops report compare`: "comparisons", "presentations",
                     // "decisions"; empty: not compared
  std::string content;
};

struct Report {
  std::string protocol;  // "verification"
  std::string title;
  std::string subtitle;
  std::vector<Sentence> summary;  // the first one is the headline
  std::vector<Figure> figures;
  std::vector<Section> sections;
  std::vector<RecordGroup> record;
  std::vector<Attachment> attachments;
};

// Says in the summary which figures the data can not carry, once.
void add_carried_sentence(Report& report);

// Every figure with its interval, its counts, and whether the data carry it. Formats add it at their end,
// where no section has it.
Table table_of_figures(const Report& report);
bool shows_figures(const Report& report);

// The figure of this key, or null.
const Figure* find_figure(const Report& report, const std::string& key);

}  // namespace kyc
