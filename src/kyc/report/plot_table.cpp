#include "kyc/report/plot_table.h"

#include "kyc/report/format.h"

namespace kyc {
namespace {

void fill(Table& table, const LinePlot& data, std::size_t max_points) {
  table.columns = {
      {"series", false}, {data.x.label, true}, {data.y.label, true}, {"low", true}, {"high", true}};
  for (const Series& series : data.series) {
    const std::size_t count = series.points.size();
    const std::size_t shown = max_points > 0 && count > max_points ? max_points : count;
    if (shown < count)
      table.note = "Every curve is shown by some of its points; report.json has all of them.";
    for (std::size_t i = 0; i < shown; ++i) {
      const PlotPoint& point = series.points[shown < 2 ? i : i * (count - 1) / (shown - 1)];
      table.rows.push_back({text_cell(series.name),
                            number_cell(point.x, 6),
                            number_cell(point.y, 6),
                            point.interval ? number_cell(point.interval->low, 6) : missing_cell(),
                            point.interval ? number_cell(point.interval->high, 6) : missing_cell()});
    }
  }
}

void fill(Table& table, const BarPlot& data) {
  table.columns = {{"of", false}, {data.x.label, true}, {"low", true}, {"high", true}, {"counts", true}};
  for (const Bar& bar : data.bars)
    table.rows.push_back({text_cell(bar.label),
                          bar.value ? number_cell(*bar.value, 6) : missing_cell(),
                          bar.interval ? number_cell(bar.interval->low, 6) : missing_cell(),
                          bar.interval ? number_cell(bar.interval->high, 6) : missing_cell(),
                          text_cell(bar.note)});
}

void fill(Table& table, const HeatPlot& data) {
  table.columns = {{data.row_title, false}};
  for (const std::string& column : data.columns) table.columns.push_back({column, true});
  for (std::size_t r = 0; r < data.rows.size(); ++r) {
    std::vector<Cell> row{text_cell(data.rows[r])};
    for (std::size_t c = 0; c < data.columns.size(); ++c) {
      const std::size_t i = r * data.columns.size() + c;
      Cell cell = !data.values[i] ? missing_cell()
                  : data.percent  ? Cell{percent_text(*data.values[i]), *data.values[i], Tone::Plain, ""}
                                  : number_cell(*data.values[i]);
      if (!data.notes.empty()) cell.note = data.notes[i];
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
}

void fill(Table& table, const HistogramPlot& data) {
  table.columns = {{data.x.label + " from", true}, {"to", true}};
  table.row_headers = 2;
  for (const HistogramSeries& series : data.series) table.columns.push_back({series.name, true});
  const double step = (data.x.high - data.x.low) / static_cast<double>(data.bins);
  for (std::size_t i = 0; i < data.bins; ++i) {
    std::vector<Cell> row{number_cell(data.x.low + step * static_cast<double>(i)),
                          number_cell(data.x.low + step * static_cast<double>(i + 1))};
    for (const HistogramSeries& series : data.series) row.push_back(count_cell(series.counts[i]));
    table.rows.push_back(std::move(row));
  }
}

}  // namespace

Table table_of(const Plot& plot, std::size_t max_points) {
  Table table;
  table.id = plot.id;
  table.title = plot.title;
  if (const auto* lines = std::get_if<LinePlot>(&plot.data)) fill(table, *lines, max_points);
  if (const auto* bars = std::get_if<BarPlot>(&plot.data)) fill(table, *bars);
  if (const auto* heat = std::get_if<HeatPlot>(&plot.data)) fill(table, *heat);
  if (const auto* histogram = std::get_if<HistogramPlot>(&plot.data)) fill(table, *histogram);
  return table;
}

}  // namespace kyc
