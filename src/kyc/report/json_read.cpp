// report.json back into a Report.

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/report/json.h"

namespace kyc {
namespace {

using ReadJson = nlohmann::json;

// Of a value that is not as expected; becomes an Error with the file's name.
struct Unexpected {
  std::string what;
};

template <typename T>
std::optional<T> optional_of(const ReadJson& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

std::optional<Interval> interval_of(const ReadJson& value) {
  if (value.is_null()) return std::nullopt;
  return Interval{value.at(0).get<double>(), value.at(1).get<double>()};
}

Tone tone_of(const std::string& name) {
  if (name == "plain") return Tone::Plain;
  if (name == "good") return Tone::Good;
  if (name == "doubt") return Tone::Doubt;
  if (name == "bad") return Tone::Bad;
  throw Unexpected{"unknown tone '" + name + "'"};
}

AxisScale scale_of(const std::string& name) {
  if (name == "linear") return AxisScale::Linear;
  if (name == "log10") return AxisScale::Log10;
  if (name == "probit") return AxisScale::Probit;
  throw Unexpected{"unknown scale '" + name + "'"};
}

Axis axis_of(const ReadJson& value) {
  return {
      value.at("label"), scale_of(value.at("scale")), value.at("percent"), value.at("low"), value.at("high")};
}

std::vector<PlotMark> marks_of(const ReadJson& value) {
  std::vector<PlotMark> out;
  for (const ReadJson& mark : value) out.push_back({mark.at("label"), mark.at("x"), mark.at("y")});
  return out;
}

LinePlot lines_of(const ReadJson& value) {
  LinePlot out;
  out.x = axis_of(value.at("x"));
  out.y = axis_of(value.at("y"));
  for (const ReadJson& series : value.at("series")) {
    Series read{series.at("name"), {}, series.at("line"), series.at("markers")};
    for (const ReadJson& point : series.at("points")) {
      PlotPoint next{point.at(0).get<double>(), point.at(1).get<double>(), std::nullopt};
      if (point.size() == 4) next.interval = Interval{point.at(2).get<double>(), point.at(3).get<double>()};
      read.points.push_back(next);
    }
    out.series.push_back(std::move(read));
  }
  out.marks = marks_of(value.at("marks"));
  out.diagonal = value.at("diagonal");
  return out;
}

BarPlot bars_of(const ReadJson& value) {
  BarPlot out;
  out.x = axis_of(value.at("x"));
  for (const ReadJson& bar : value.at("bars"))
    out.bars.push_back({bar.at("label"),
                        optional_of<double>(bar.at("value")),
                        interval_of(bar.at("interval")),
                        bar.at("note"),
                        tone_of(bar.at("tone"))});
  return out;
}

HeatPlot heat_of(const ReadJson& value) {
  HeatPlot out;
  out.row_title = value.at("row_title");
  out.column_title = value.at("column_title");
  out.rows = value.at("rows").get<std::vector<std::string>>();
  out.columns = value.at("columns").get<std::vector<std::string>>();
  for (const ReadJson& entry : value.at("values")) out.values.push_back(optional_of<double>(entry));
  out.notes = value.at("notes").get<std::vector<std::string>>();
  out.low = value.at("low");
  out.high = value.at("high");
  out.percent = value.at("percent");
  return out;
}

HistogramPlot histogram_of(const ReadJson& value) {
  HistogramPlot out;
  out.x = axis_of(value.at("x"));
  out.bins = value.at("bins");
  for (const ReadJson& series : value.at("series"))
    out.series.push_back({series.at("name"), series.at("counts").get<std::vector<std::uint64_t>>()});
  out.thresholds = marks_of(value.at("thresholds"));
  return out;
}

Plot plot_of(const ReadJson& value) {
  Plot out{value.at("plot"), value.at("title"), value.at("caption"), LinePlot{}};
  const ReadJson& data = value.at("data");
  const std::string kind = data.at("kind");
  if (kind == "lines")
    out.data = lines_of(data);
  else if (kind == "bars")
    out.data = bars_of(data);
  else if (kind == "heat")
    out.data = heat_of(data);
  else if (kind == "histogram")
    out.data = histogram_of(data);
  else
    throw Unexpected{"unknown plot '" + kind + "'"};
  return out;
}

Table table_of(const ReadJson& value) {
  Table out;
  out.id = value.at("table");
  out.title = value.at("title");
  out.note = value.at("note");
  out.row_headers = value.at("row_headers");
  for (const ReadJson& column : value.at("columns"))
    out.columns.push_back({column.at("name"), column.at("number")});
  for (const ReadJson& row : value.at("rows")) {
    std::vector<Cell> cells;
    for (const ReadJson& cell : row)
      cells.push_back({cell.at("text"),
                       cell.contains("value") ? optional_of<double>(cell.at("value")) : std::nullopt,
                       tone_of(cell.value("tone", "plain")),
                       cell.value("note", ""),
                       cell.contains("carried") ? optional_of<bool>(cell.at("carried")) : std::nullopt});
    if (cells.size() != out.columns.size())
      throw Unexpected{"table '" + out.id + "': a row does not fit the columns"};
    out.rows.push_back(std::move(cells));
  }
  return out;
}

Block block_of(const ReadJson& value) {
  if (value.contains("text")) return value.at("text").get<std::string>();
  if (value.contains("table")) return table_of(value);
  if (value.contains("plot")) return plot_of(value);
  return Picture{
      value.at("picture"), value.at("title"), value.at("caption"), value.at("width"), value.at("height"), {}};
}

Figure figure_of(const ReadJson& value) {
  return {value.at("key"),
          value.at("meaning"),
          optional_of<double>(value.at("value")),
          interval_of(value.at("interval")),
          value.at("events"),
          value.at("trials"),
          Support::stated(value.at("carried"), value.value("support", ""))};
}

Report read(const ReadJson& value) {
  if (value.at("format") != 1) throw Unexpected{"\"format\" is not 1"};
  Report out;
  out.protocol = value.at("protocol");
  out.title = value.at("title");
  out.subtitle = value.at("subtitle");
  for (const ReadJson& sentence : value.at("summary"))
    out.summary.push_back({sentence.at("text"), tone_of(sentence.at("tone"))});
  for (const ReadJson& figure : value.at("figures")) out.figures.push_back(figure_of(figure));
  for (const ReadJson& section : value.at("sections")) {
    Section read{section.at("title"), {}, section.at("folded")};
    for (const ReadJson& block : section.at("blocks")) read.blocks.push_back(block_of(block));
    out.sections.push_back(std::move(read));
  }
  for (const ReadJson& group : value.at("record")) {
    RecordGroup read{group.at("title"), {}};
    for (const ReadJson& entry : group.at("entries")) read.entries.emplace_back(entry.at(0), entry.at(1));
    out.record.push_back(std::move(read));
  }
  for (const ReadJson& file : value.at("files"))
    out.attachments.push_back({file.at("path"), file.at("title"), file.at("kind"), ""});
  return out;
}

}  // namespace

Report report_of_json(const std::string& text, const std::string& name) {
  std::string problem;
  try {
    return read(ReadJson::parse(text));
  } catch (const ReadJson::exception& error) {
    problem = error.what();
  } catch (const Unexpected& error) {
    problem = error.what;
  }
  throw Error(ErrorCode::Corrupt, name + ": expected a report.json of this program: " + problem);
}

}  // namespace kyc
