#include "kyc/evaluation/histogram_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <vector>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostHistogramFileBytes = 8ULL << 30;  // 2^26 bins
constexpr std::size_t kPiece = 16U << 20;                      // of a stream, held at a time
constexpr std::size_t kMaxRow = 1U << 20;                      // bytes

std::string exact(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

std::uint64_t count_of(const CsvReader& table, std::size_t column) {
  const std::string& text = table.field(column);
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size())
    table.fail("expected a count in column '" + table.columns()[column] + "', got '" + text.substr(0, 40) +
               "'");
  return value;
}

// Cuts a stream into pieces of whole rows, each behind the header.
class Pieces {
 public:
  Pieces(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {
    if (!std::getline(in_, header_))
      throw Error(ErrorCode::Corrupt,
                  name_ + ", line 1: expected a header line with the names of the columns");
    header_ += '\n';
  }

  // Nothing at the end of the stream.
  // lines  that were in pieces before this one
  bool next(std::string& piece, std::size_t& lines) {
    lines = lines_;
    piece = header_ + rest_;
    rest_.clear();
    const std::size_t start = piece.size();
    piece.resize(start + kPiece);
    in_.read(piece.data() + start, static_cast<std::streamsize>(kPiece));
    piece.resize(start + static_cast<std::size_t>(in_.gcount()));
    if (piece.size() == header_.size()) return false;
    if (in_) {
      const std::size_t end = end_of_rows(piece);
      rest_ = piece.substr(end);
      piece.resize(end);
    }
    lines_ += static_cast<std::size_t>(
        std::count(piece.begin() + static_cast<std::ptrdiff_t>(header_.size()), piece.end(), '\n'));
    return true;
  }

 private:
  // Behind the last line feed that is not inside of quotes.
  std::size_t end_of_rows(const std::string& piece) const {
    bool quoted = false;
    std::size_t end = 0;
    for (std::size_t i = header_.size(); i < piece.size(); ++i) {
      if (piece[i] == '"') quoted = !quoted;
      if (piece[i] == '\n' && !quoted) end = i + 1;
    }
    if (end == 0 || piece.size() - end > kMaxRow)
      throw Error(ErrorCode::Corrupt,
                  name_ + ", after line " + std::to_string(lines_ + 1) + ": expected rows of at most 1 MiB");
    return end;
  }

  std::istream& in_;
  std::string name_;
  std::string header_;
  std::string rest_;
  std::size_t lines_ = 0;
};

}  // namespace

void write_histogram(const std::filesystem::path& path, const ScoreHistogram& histogram) {
  std::string out = "from,to,mated,non_mated\n";
  for (std::size_t bin = 0; bin < histogram.bins(); ++bin)
    out += exact(histogram.edge(bin)) + ',' + exact(histogram.edge(bin + 1)) + ',' +
           std::to_string(histogram.mated()[bin]) + ',' + std::to_string(histogram.non_mated()[bin]) + '\n';
  write_text_file(path, out);
}

ScoreHistogram read_histogram(const std::filesystem::path& path) {
  CsvReader table(read_text_file(path, kMostHistogramFileBytes), path.string());
  const std::size_t from = table.column("from");
  const std::size_t to = table.column("to");
  const std::size_t mated = table.column("mated");
  const std::size_t non_mated = table.column("non_mated");
  struct Row {
    double from = 0;
    double to = 0;
    std::uint64_t mated = 0;
    std::uint64_t non_mated = 0;
  };
  std::vector<Row> rows;
  while (table.next()) {
    rows.push_back(
        {table.number(from), table.number(to), count_of(table, mated), count_of(table, non_mated)});
    const Row& row = rows.back();
    if (!(row.from < row.to) || (rows.size() > 1 && row.from != rows[rows.size() - 2].to))
      table.fail("expected a bin that begins where the one before it ends, and ends above");
  }
  if (rows.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  if (!std::isfinite(rows.back().to - rows.front().from) || rows.size() > std::size_t{1} << 26)
    throw Error(ErrorCode::Corrupt, path.string() + ": expected at most 2^26 bins over a finite range");
  ScoreHistogram out(rows.front().from, rows.back().to, rows.size());
  const double allowed = 1e-6 * (out.high() - out.low()) / static_cast<double>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::abs(rows[i].from - out.edge(i)) > allowed)
      throw Error(ErrorCode::Corrupt,
                  path.string() + ", bin " + std::to_string(i + 1) +
                      ": expected bins of equal width, got one from " + exact(rows[i].from) + " to " +
                      exact(rows[i].to));
    out.add_counts(i, rows[i].mated, rows[i].non_mated);
  }
  return out;
}

bool is_histogram_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw Error(ErrorCode::NotFound, path.string() + ": no such file");
  std::string header(512, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  header.resize(static_cast<std::size_t>(in.gcount()));
  header.resize(std::min(header.find('\n'), header.size()));
  if (header.empty()) return false;
  const CsvReader table(header, path.string());
  return table.optional_column("non_mated") && table.optional_column("from");
}

StreamedScores add_scores(std::istream& in, const std::string& name, ScoreHistogram& histogram) {
  Pieces pieces(in, name);
  StreamedScores out;
  std::string piece;
  std::size_t lines = 0;
  while (pieces.next(piece, lines)) {
    CsvReader table(std::move(piece), name, lines);
    const std::size_t mated = table.column("mated");
    const std::size_t score = table.column("score");
    while (table.next()) {
      ++out.rows;
      const bool is_mated = table.boolean(mated);
      if (table.field(score).empty())
        ++(is_mated ? out.failed_mated : out.failed_non_mated);
      else if (is_mated)
        histogram.add_mated(table.number(score));
      else
        histogram.add_non_mated(table.number(score));
    }
  }
  return out;
}

}  // namespace kyc
