#include "kyc/evaluation/pairs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr int kFoldsWithoutHeader = 10;
constexpr std::uint64_t kMostPairsBytes = 1ULL << 30;

std::vector<std::string_view> fields_of(std::string_view line) {
  const std::string_view separators = line.find('\t') == std::string_view::npos ? " " : "\t";
  std::vector<std::string_view> out;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(separators, at)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(separators, at), line.size());
    std::string_view field = line.substr(at, end - at);
    while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
    while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
    if (!field.empty()) out.push_back(field);
    at = end;
  }
  return out;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

class Parser {
 public:
  explicit Parser(const std::string& name) : name_(name) {}

  PairList parse(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      const auto fields = fields_of(line);
      if (fields.empty()) continue;
      if (!seen_content_ && read_header(fields)) continue;
      seen_content_ = true;
      read_pair(line, fields);
    }
    set_folds();
    return std::move(list_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ErrorCode::Corrupt, name_ + ", line " + std::to_string(line_) + ": " + message);
  }

  bool read_header(const std::vector<std::string_view>& fields) {
    if (fields.size() > 2) return false;
    std::vector<int> numbers;
    for (const auto field : fields)
      if (const auto number = whole_number(field); number && *number > 0) numbers.push_back(*number);
    if (numbers.size() != fields.size()) return false;
    seen_content_ = true;
    if (numbers.size() == 2) folds_ = numbers.front();
    per_class_and_fold_ = numbers.back();
    return true;
  }

  void read_pair(std::string_view line, const std::vector<std::string_view>& fields) {
    const auto first = fields.size() == 3 || fields.size() == 4 ? whole_number(fields[1]) : std::nullopt;
    const auto second = first ? whole_number(fields.back()) : std::nullopt;
    if (!first || !second)
      fail("expected 'person image image' or 'person image person image', got '" +
           std::string(line.substr(0, 200)) + "'");
    ImagePair pair;
    pair.mated = fields.size() == 3;
    if (!pair.mated && fields[0] == fields[2])
      fail("expected two different persons, got '" + std::string(fields[0]) + "' twice");
    pair.probe = image(fields[0], *first);
    pair.reference = image(fields[pair.mated ? 0 : 2], *second);
    if (pair.probe == pair.reference)
      fail("expected two different images, got image " + std::to_string(*first) + " twice");
    list_.pairs.push_back(pair);
  }

  std::size_t image(std::string_view person, int number) {
    // A name is the name of a folder: it may not lead anywhere else.
    if (person == "." || person == ".." || person.find('/') != std::string_view::npos ||
        person.find('\0') != std::string_view::npos)
      fail("expected the name of a person, got '" + std::string(person) + "'");
    const auto [found, is_new] = persons_.try_emplace(std::string(person), list_.persons.size());
    if (is_new) list_.persons.emplace_back(person);
    const auto [known, first_time] = images_.try_emplace({found->second, number}, list_.images.size());
    if (first_time) list_.images.push_back({found->second, number, line_});
    return known->second;
  }

  void set_folds() {
    std::array<int, 2> totals{};
    for (const ImagePair& pair : list_.pairs) ++totals[pair.mated ? 1 : 0];
    if (totals[0] == 0 || totals[1] == 0)
      throw Error(ErrorCode::Corrupt,
                  name_ + ": expected mated and non-mated pairs, got " + std::to_string(totals[1]) +
                      " mated and " + std::to_string(totals[0]) + " non-mated");
    if (per_class_and_fold_) check_counts(totals);
    list_.folds = folds_ ? *folds_ : std::min({kFoldsWithoutHeader, totals[0], totals[1]});
    std::array<int, 2> seen{};
    for (ImagePair& pair : list_.pairs) {
      const std::size_t which = pair.mated ? 1 : 0;
      pair.fold = static_cast<int>(static_cast<std::int64_t>(seen[which]++) * list_.folds / totals[which]);
    }
  }

  void check_counts(const std::array<int, 2>& totals) const {
    const std::int64_t asked = static_cast<std::int64_t>(folds_.value_or(1)) * *per_class_and_fold_;
    if (totals[0] == asked && totals[1] == asked) return;
    throw Error(ErrorCode::Corrupt,
                name_ + ": the first line asks for " + std::to_string(asked) + " mated and " +
                    std::to_string(asked) + " non-mated pairs, got " + std::to_string(totals[1]) +
                    " mated and " + std::to_string(totals[0]) + " non-mated");
  }

  std::string name_;
  std::size_t line_ = 0;
  bool seen_content_ = false;
  std::optional<int> folds_;
  std::optional<int> per_class_and_fold_;
  std::map<std::string, std::size_t> persons_;
  std::map<std::pair<std::size_t, int>, std::size_t> images_;
  PairList list_;
};

}  // namespace

PairList parse_pairs(const std::string& text, const std::string& name) {
  return Parser(name).parse(text);
}

PairList read_pairs(const std::filesystem::path& path, const std::filesystem::path& images) {
  PairList list = parse_pairs(read_text_file(path, kMostPairsBytes), path.string());
  std::error_code failure;
  if (!std::filesystem::is_directory(images, failure))
    throw Error(ErrorCode::NotFound,
                images.string() + ": expected a folder with one folder of images per person");
  for (const PersonImage& image : list.images) {
    const auto file = images / relative_path(list, image);
    if (!std::filesystem::is_regular_file(file, failure))
      throw Error(ErrorCode::NotFound,
                  file.string() + ": no such image; " + path.string() + ", line " +
                      std::to_string(image.line) + " names it");
  }
  return list;
}

std::filesystem::path relative_path(const PairList& list, const PersonImage& image) {
  const std::string& person = list.persons[image.person];
  char number[16];
  std::snprintf(number, sizeof(number), "_%04d.jpg", image.number);
  return std::filesystem::path(person) / (person + number);
}

}  // namespace kyc
