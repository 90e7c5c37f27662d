#include "kyc/document/mrz_decode.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace kyc {
namespace {

constexpr double kFillerPrior =
    0.02;  // cells in which nothing was seen are fillers: the network drops some of many
constexpr double kSeen =
    0.5;  // probability of any character in a cell: less, and what is read there is unsure
constexpr double kPlausible = 0.03;  // of a look-alike, over the likeliest: less, and nothing is corrected
constexpr double kNoDifference = 0;  // the same of O and 0, which many fonts draw alike
constexpr std::size_t kMostCorrected = 2;  // per check digit
constexpr std::string_view kLookAlikes[] = {"0O", "1I", "2Z", "5S", "6G", "8B", "0D", "0Q", "7T"};

// Fractions of the lines' width.
struct Grid {
  double begin = 0;
  double pitch = 0;
  double fit = -1e9;
};

double seen(const std::array<float, kMrzClasses>& step) {
  return std::accumulate(step.begin(), step.end(), 0.0);
}

// Distance from the middle of the cell, as a weight: 1 in the middle, 0.5 at the border.
double centrality(double position, double middle, double pitch) {
  const double d = 2 * (position - middle) / pitch;
  return 1 - 0.5 * d * d;
}

struct Cell {
  std::size_t first = 0;  // step
  std::size_t end = 0;
  double middle = 0;  // fraction
};

double place(std::size_t step, std::size_t steps) {
  return (static_cast<double>(step) + 0.5) / static_cast<double>(steps);
}

Cell cell_at(const Grid& grid, std::size_t column, std::size_t steps) {
  const double begin = grid.begin + static_cast<double>(column) * grid.pitch;
  const auto first_from = [&](double position) {
    const auto count = static_cast<double>(steps);
    return static_cast<std::size_t>(std::clamp(std::ceil(position * count - 0.5), 0.0, count));
  };
  return {first_from(begin), first_from(begin + grid.pitch), begin + grid.pitch / 2};
}

// How much of what was seen lies in the middle of cells; what lies outside of all cells counts against.
double fit_of(const std::vector<std::vector<double>>& views, const Grid& grid, std::size_t columns) {
  double sum = 0;
  for (const std::vector<double>& view : views) {
    for (std::size_t column = 0; column < columns; ++column) {
      const Cell cell = cell_at(grid, column, view.size());
      double best = 0;
      for (std::size_t t = cell.first; t < cell.end; ++t)
        best = std::max(best, view[t] * centrality(place(t, view.size()), cell.middle, grid.pitch));
      sum += best;
    }
    const std::size_t begin = cell_at(grid, 0, view.size()).first;
    const std::size_t end = cell_at(grid, columns - 1, view.size()).end;
    for (std::size_t t = 0; t < view.size(); ++t)
      if (t < begin || t >= end) sum -= view[t];
  }
  return sum / static_cast<double>(views.size() * columns);
}

Grid find_grid(std::span<const MrzLineViews> lines, std::size_t columns, double begin, double end) {
  std::vector<std::vector<double>> mass;
  for (const MrzLineViews& line : lines)
    for (const MrzLineProbabilities& view : line) {
      mass.emplace_back();
      for (const auto& step : view) mass.back().push_back(seen(step));
    }
  const double pitch = (end - begin) / static_cast<double>(columns);
  Grid best;
  const auto look = [&](double around_begin, double around_pitch, double reach, double stretch, int count) {
    for (int i = -count; i <= count; ++i)
      for (int j = -count; j <= count; ++j) {
        Grid grid{around_begin + reach * i / count, around_pitch * (1 + stretch * j / count), 0};
        grid.fit = fit_of(mass, grid, columns);
        if (grid.fit > best.fit) best = grid;
      }
  };
  look(begin, pitch, 1.5 * pitch, 0.08, 30);
  look(best.begin, best.pitch, 0.1 * pitch, 0.004, 8);
  return best;
}

// Characters that were seen in a view: stretches of steps with one likeliest character.
double count_seen(const MrzLineProbabilities& view) {
  double count = 0;
  std::ptrdiff_t before = -1;
  for (const auto& step : view) {
    std::ptrdiff_t now = -1;
    if (seen(step) > 0.5) now = std::max_element(step.begin(), step.end()) - step.begin();
    if (now >= 0 && now != before) ++count;
    before = now;
  }
  return count;
}

// Cells per line that were missed or are too many, in the view that comes nearest.
double miscounted(std::span<const MrzLineViews> lines, double columns) {
  double sum = 0;
  for (const MrzLineViews& line : lines) {
    double least = columns;
    for (const MrzLineProbabilities& view : line)
      least = std::min(least, std::fabs(count_seen(view) - columns));
    sum += least;
  }
  return sum / static_cast<double>(lines.size());
}

bool allowed(std::size_t character, MrzCell cell) {
  const char c = kMrzAlphabet[character];
  if (c == '<' || cell == MrzCell::Any) return true;
  return (c >= '0' && c <= '9') == (cell == MrzCell::Digit);
}

class Reader {
 public:
  Reader(std::span<const MrzLineViews> lines, MrzFormat format, const Grid& grid)
      : format_(format), shape_(shape_of(format)), kinds_(mrz_cells(format)) {
    for (int row = 0; row < shape_.lines; ++row)
      for (int column = 0; column < shape_.columns; ++column)
        read_cell(lines[static_cast<std::size_t>(row)], grid, static_cast<std::size_t>(column));
  }

  MrzText text() {
    MrzText out;
    correct(out);
    for (int row = 0; row < shape_.lines; ++row) {
      const auto at = static_cast<std::size_t>(row * shape_.columns);
      out.lines.push_back(zone_.substr(at, static_cast<std::size_t>(shape_.columns)));
    }
    for (std::size_t i = 0; i < zone_.size(); ++i)
      out.confidence.push_back(scores_[i][kMrzAlphabet.find(zone_[i])]);
    return out;
  }

 private:
  using Scores = std::array<double, kMrzClasses>;

  // The mean over the views: each overlooks other characters, but what it sees is mostly right.
  void read_cell(const MrzLineViews& line, const Grid& grid, std::size_t column) {
    Scores scores{};
    scores.back() = kFillerPrior;
    for (const MrzLineProbabilities& view : line) {
      const Cell cell = cell_at(grid, column, view.size());
      Scores here{};
      for (std::size_t t = cell.first; t < cell.end; ++t) {
        const double weight = centrality(place(t, view.size()), cell.middle, grid.pitch);
        for (std::size_t c = 0; c < kMrzClasses; ++c)
          here[c] = std::max(here[c], weight * static_cast<double>(view[t][c]));
      }
      for (std::size_t c = 0; c < kMrzClasses; ++c) scores[c] += here[c] / static_cast<double>(line.size());
    }
    const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
    std::size_t best = kMrzClasses - 1;
    for (std::size_t c = 0; c < kMrzClasses; ++c) {
      scores[c] /= std::max(sum, kSeen);
      if (allowed(c, kinds_[zone_.size()]) && scores[c] > scores[best]) best = c;
    }
    best = look_alike(scores, best, kinds_[zone_.size()]);
    scores_.push_back(scores);
    zone_ += kMrzAlphabet[best];
  }

  // A letter where only digits may stand is its look-alike, if the network saw a letter for sure.
  static std::size_t look_alike(Scores& scores, std::size_t best, MrzCell kind) {
    const std::size_t likeliest =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    if (allowed(likeliest, kind) || scores[best] > 0.3 * scores[likeliest]) return best;
    for (const std::string_view pair : kLookAlikes)
      for (const std::size_t side : {0U, 1U})
        if (pair[side] == kMrzAlphabet[likeliest]) {
          const std::size_t other = kMrzAlphabet.find(pair[1 - side]);
          if (!allowed(other, kind)) continue;
          scores[other] = std::max(scores[other], scores[likeliest] / 2);
          return other;
        }
    return best;
  }

  bool holds(const MrzCheckCells& check) const {
    std::string covered;
    for (const int cell : check.covered) covered += zone_[static_cast<std::size_t>(cell)];
    const char found = zone_[static_cast<std::size_t>(check.digit)];
    return found == mrz_check_digit(covered) ||
           (check.may_be_filler && found == '<' && covered.find_first_not_of('<') == std::string::npos);
  }

  struct Change {
    std::size_t cell = 0;
    char to = '<';
    double cost = 0;  // logarithm of how much less likely
  };

  // Look-alikes that the network thought possible, in the cells of a check.
  std::vector<Change> changes(const MrzCheckCells& check) const {
    std::vector<int> cells = check.covered;
    cells.push_back(check.digit);
    std::vector<Change> out;
    for (const int index : cells) {
      const auto cell = static_cast<std::size_t>(index);
      const double now = scores_[cell][kMrzAlphabet.find(zone_[cell])];
      for (const std::string_view pair : kLookAlikes)
        for (const std::size_t side : {0U, 1U}) {
          if (pair[side] != zone_[cell]) continue;
          const std::size_t other = kMrzAlphabet.find(pair[1 - side]);
          const double least = pair == "0O" ? kNoDifference : kPlausible;
          if (allowed(other, kinds_[cell]) && scores_[cell][other] >= least * now)
            out.push_back({cell, pair[1 - side], std::log(now / std::max(scores_[cell][other], 1e-6))});
        }
    }
    std::sort(out.begin(), out.end(), [](const Change& a, const Change& b) { return a.cost < b.cost; });
    return out;
  }

  // The likeliest one or two changes that make every check hold which covers what is changed.
  void correct(MrzText& out) {
    const std::vector<MrzCheckCells> checks = mrz_check_cells(format_);
    for (const MrzCheckCells& check : checks) {
      if (holds(check)) continue;
      const std::vector<Change> possible = changes(check);
      const std::string before = zone_;
      std::vector<std::size_t> best;
      double least = 1e9;
      const auto attempt = [&](std::initializer_list<std::size_t> which) {
        zone_ = before;
        double cost = 0;
        for (const std::size_t i : which) {
          zone_[possible[i].cell] = possible[i].to;
          cost += possible[i].cost;
        }
        if (cost < least && holds(check)) {
          least = cost;
          best = which;
        }
      };
      for (std::size_t i = 0; i < possible.size(); ++i) {
        attempt({i});
        for (std::size_t j = i + 1; j < possible.size() && kMostCorrected > 1; ++j)
          if (possible[i].cell != possible[j].cell) attempt({i, j});
      }
      zone_ = before;
      for (const std::size_t i : best) {
        zone_[possible[i].cell] = possible[i].to;
        out.corrected.push_back(static_cast<int>(possible[i].cell));
      }
    }
  }

  MrzFormat format_;
  MrzShape shape_;
  std::vector<MrzCell> kinds_;
  std::string zone_;
  std::vector<Scores> scores_;
};

}  // namespace

double count_characters(const MrzLineViews& line) {
  double most = 0;
  for (const MrzLineProbabilities& view : line) most = std::max(most, count_seen(view));
  return most;
}

MrzText decode_mrz(std::span<const MrzLineViews> lines,
                   MrzFormat format,
                   double text_begin,
                   double text_end) {
  const auto columns = static_cast<std::size_t>(shape_of(format).columns);
  const Grid grid = find_grid(lines, columns, text_begin, text_end);
  MrzText out = Reader(lines, format, grid).text();
  out.fit = grid.fit - miscounted(lines, static_cast<double>(columns)) / static_cast<double>(columns);
  return out;
}

}  // namespace kyc
