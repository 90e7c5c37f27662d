#include "kyc/evaluation/journal.h"

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using nlohmann::json;

constexpr char kFormat[] = "kyclops journal 1";

std::string line_of(const std::string& key, const std::string& value) {
  return json::array({key, value}).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<std::pair<std::string, std::string>> entry_of(const std::string& line) {
  const json value = json::parse(line, nullptr, false);
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string())
    return std::nullopt;
  return std::pair{value[0].get<std::string>(), value[1].get<std::string>()};
}

}  // namespace

Journal::Journal(std::filesystem::path path, const std::string& fingerprint) : path_(std::move(path)) {
  if (path_.empty()) return;
  if (std::ifstream old(path_); old) {
    std::string line;
    const bool same =
        std::getline(old, line) && entry_of(line) == std::pair{std::string(kFormat), fingerprint};
    while (same && std::getline(old, line))
      if (auto entry = entry_of(line)) entries_.insert(std::move(*entry));
  }
  found_ = entries_.size();
  // Written anew: a cut last line must not run into the next one.
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
  file_.open(path_, std::ios::trunc);
  file_ << line_of(kFormat, fingerprint);
  for (const auto& [key, value] : entries_) file_ << line_of(key, value);
  if (!file_.flush()) throw Error(ErrorCode::Unavailable, path_.string() + ": can not be written");
}

std::optional<std::string> Journal::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

void Journal::add(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  entries_[key] = value;
  if (path_.empty()) return;
  file_ << line_of(key, value);
  if (!file_.flush()) throw Error(ErrorCode::Unavailable, path_.string() + ": can not be written");
}

void Journal::remove() {
  const std::lock_guard lock(mutex_);
  if (path_.empty()) return;
  file_.close();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace kyc
