#include "kyc/dataset/journal.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

[[noreturn]] void fail_to_write(const std::filesystem::path& path) {
  throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + std::strerror(errno));
}

}  // namespace

JournalWriter::JournalWriter(const std::filesystem::path& file)
    : path_(file), file_(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (file_ < 0) fail_to_write(path_);
}

JournalWriter::~JournalWriter() {
  close(file_);
}

void JournalWriter::append(const std::vector<Sample>& samples) {
  std::string text;
  for (const Sample& sample : samples) text += to_json_line(sample) + "\n";
  const std::lock_guard lock(mutex_);
  const off_t before = lseek(file_, 0, SEEK_END);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(file_, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (written == text.size() && fdatasync(file_) == 0) return;
  const int reason = errno;
  (void)!ftruncate(file_, before);
  errno = reason;
  fail_to_write(path_);
}

std::optional<JournalIndex::Key> JournalIndex::key_of(const std::string& id) {
  Key key{};
  if (id.size() != 32) return std::nullopt;
  for (std::size_t half = 0; half < 2; ++half) {
    const char* first = id.data() + 16 * half;
    const auto [end, failure] = std::from_chars(first, first + 16, key[half], 16);
    if (failure != std::errc() || end != first + 16) return std::nullopt;
  }
  return key;
}

void JournalIndex::read(const std::filesystem::path& file, bool with_failures) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, file.string() + ": cannot be opened: " + std::strerror(errno));
  const auto file_index = static_cast<std::uint32_t>(files_.size());
  files_.push_back(file);
  std::string line;
  std::uint64_t offset = 0;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (in.eof()) return;  // no line break: half a line
    const std::string place = file.string() + ":" + std::to_string(number);
    const Sample sample = sample_of_json(line, place);
    const std::optional<Key> key = key_of(sample.id);
    if (!key)
      throw Error(ErrorCode::Corrupt,
                  place + ": expected an id of 32 hexadecimal digits, got \"" + sample.id +
                      "\": this data set was not built by `kyclops dataset build`");
    if (sample.failure && !with_failures)
      places_.erase(*key);
    else
      places_[*key] = {file_index, offset};
    offset += line.size() + 1;
  }
}

bool JournalIndex::contains(const std::string& id) const {
  const std::optional<Key> key = key_of(id);
  return key && places_.contains(*key);
}

Sample JournalIndex::sample_at(const Place& place) const {
  const std::filesystem::path& file = files_[place.file];
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(place.offset));
  std::string line;
  std::getline(in, line);
  return sample_of_json(line, file.string());
}

std::optional<Sample> JournalIndex::find(const std::string& id) const {
  const std::optional<Key> key = key_of(id);
  const auto found = key ? places_.find(*key) : places_.end();
  if (found == places_.end()) return std::nullopt;
  return sample_at(found->second);
}

void JournalIndex::visit(const std::function<bool(const Sample&)>& visitor) {
  for (auto entry = places_.begin(); entry != places_.end();)
    entry = visitor(sample_at(entry->second)) ? std::next(entry) : places_.erase(entry);
}

}  // namespace kyc
