#include "kyc/report/json.h"

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/report/axis.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxBytes = 512ULL << 20;

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json interval_json(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
}

const char* tone_name(Tone tone) {
  switch (tone) {
    case Tone::Plain:
      return "plain";
    case Tone::Good:
      return "good";
    case Tone::Doubt:
      return "doubt";
    case Tone::Bad:
      return "bad";
  }
  return "plain";
}

const char* scale_name(AxisScale scale) {
  switch (scale) {
    case AxisScale::Linear:
      return "linear";
    case AxisScale::Log10:
      return "log10";
    case AxisScale::Probit:
      return "probit";
  }
  return "linear";
}

Json axis_json(const Axis& axis) {
  return {{"label", axis.label},
          {"scale", scale_name(axis.scale)},
          {"percent", axis.percent},
          {"low", axis.low},
          {"high", axis.high}};
}

Json marks_json(const std::vector<PlotMark>& marks) {
  Json out = Json::array();
  for (const PlotMark& mark : marks) out.push_back({{"label", mark.label}, {"x", mark.x}, {"y", mark.y}});
  return out;
}

Json data_json(const LinePlot& data) {
  Json all = Json::array();
  for (const Series& series : data.series) {
    Json points = Json::array();
    const bool thin = series.line && !series.markers;
    for (const PlotPoint& point : thin ? decimated(series.points, data.x, data.y) : series.points) {
      Json entry = Json::array({point.x, point.y});
      if (point.interval) {
        entry.push_back(point.interval->low);
        entry.push_back(point.interval->high);
      }
      points.push_back(std::move(entry));
    }
    all.push_back({{"name", series.name},
                   {"line", series.line},
                   {"markers", series.markers},
                   {"points", std::move(points)}});
  }
  return {{"kind", "lines"},
          {"x", axis_json(data.x)},
          {"y", axis_json(data.y)},
          {"series", std::move(all)},
          {"marks", marks_json(data.marks)},
          {"diagonal", data.diagonal}};
}

Json data_json(const BarPlot& data) {
  Json bars = Json::array();
  for (const Bar& bar : data.bars)
    bars.push_back({{"label", bar.label},
                    {"value", optional_json(bar.value)},
                    {"interval", interval_json(bar.interval)},
                    {"note", bar.note},
                    {"tone", tone_name(bar.tone)}});
  return {{"kind", "bars"}, {"x", axis_json(data.x)}, {"bars", std::move(bars)}};
}

Json data_json(const HeatPlot& data) {
  Json values = Json::array();
  for (const auto& value : data.values) values.push_back(optional_json(value));
  return {{"kind", "heat"},
          {"row_title", data.row_title},
          {"column_title", data.column_title},
          {"rows", data.rows},
          {"columns", data.columns},
          {"values", std::move(values)},
          {"notes", data.notes},
          {"low", data.low},
          {"high", data.high},
          {"percent", data.percent}};
}

Json data_json(const HistogramPlot& data) {
  Json all = Json::array();
  for (const HistogramSeries& series : data.series)
    all.push_back({{"name", series.name}, {"counts", series.counts}});
  return {{"kind", "histogram"},
          {"x", axis_json(data.x)},
          {"bins", data.bins},
          {"series", std::move(all)},
          {"thresholds", marks_json(data.thresholds)}};
}

Json table_json(const Table& table) {
  Json columns = Json::array();
  for (const Column& column : table.columns)
    columns.push_back({{"name", column.name}, {"number", column.number}});
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) {
      Json entry = {{"text", cell.text}};
      if (cell.value) entry["value"] = *cell.value;
      if (cell.tone != Tone::Plain) entry["tone"] = tone_name(cell.tone);
      if (!cell.note.empty()) entry["note"] = cell.note;
      if (cell.carried) entry["carried"] = *cell.carried;
      cells.push_back(std::move(entry));
    }
    rows.push_back(std::move(cells));
  }
  return {{"table", table.id},
          {"title", table.title},
          {"note", table.note},
          {"row_headers", table.row_headers},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

Json block_json(const Block& block) {
  if (const auto* text = std::get_if<std::string>(&block)) return {{"text", *text}};
  if (const auto* table = std::get_if<Table>(&block)) return table_json(*table);
  if (const auto* plot = std::get_if<Plot>(&block))
    return {{"plot", plot->id},
            {"title", plot->title},
            {"caption", plot->caption},
            {"data", std::visit([](const auto& data) { return data_json(data); }, plot->data)}};
  const auto& picture = std::get<Picture>(block);
  return {{"picture", picture.id},
          {"title", picture.title},
          {"caption", picture.caption},
          {"width", picture.width},
          {"height", picture.height}};
}

Json figure_json(const Figure& figure) {
  return {{"key", figure.key},
          {"value", optional_json(figure.value)},
          {"interval", interval_json(figure.interval)},
          {"events", figure.events},
          {"trials", figure.trials},
          {"carried", figure.carried()},
          {"support", figure.support.reason()},
          {"meaning", figure.meaning}};
}

}  // namespace

std::string json_of(const Report& report) {
  Json summary = Json::array();
  for (const Sentence& sentence : report.summary)
    summary.push_back({{"text", sentence.text}, {"tone", tone_name(sentence.tone)}});
  Json figures = Json::array();
  for (const Figure& figure : report.figures) figures.push_back(figure_json(figure));
  Json sections = Json::array();
  for (const Section& section : report.sections) {
    Json blocks = Json::array();
    for (const Block& block : section.blocks) blocks.push_back(block_json(block));
    sections.push_back({{"title", section.title}, {"folded", section.folded}, {"blocks", std::move(blocks)}});
  }
  Json record = Json::array();
  for (const RecordGroup& group : report.record) {
    Json entries = Json::array();
    for (const auto& [key, value] : group.entries) entries.push_back(Json::array({key, value}));
    record.push_back({{"title", group.title}, {"entries", std::move(entries)}});
  }
  Json files = Json::array();
  for (const Attachment& file : report.attachments)
    files.push_back({{"path", file.path}, {"title", file.title}, {"kind", file.kind}});
  const Json all = {{"format", 1},
                    {"protocol", report.protocol},
                    {"title", report.title},
                    {"subtitle", report.subtitle},
                    {"summary", std::move(summary)},
                    {"figures", std::move(figures)},
                    {"sections", std::move(sections)},
                    {"record", std::move(record)},
                    {"files", std::move(files)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report read_report(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "report.json";
  return report_of_json(read_text_file(file, kMaxBytes), file.string());
}

}  // namespace kyc
