// What a long run has worked out so far, so that it can be interrupted and started again.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace kyc {

// A file of lines that only grows. A line that was cut by the interruption is forgotten. Thread-safe.
class Journal {
 public:
  // path         empty: nothing is kept on disk
  // fingerprint  of everything that the results depend on (data, models, options): a journal with another one
  // is
  //              started anew
  // throws       Error{Unavailable} if it can not be written
  Journal(std::filesystem::path path, const std::string& fingerprint);

  // What was added under this key, now or before the interruption.
  std::optional<std::string> find(const std::string& key) const;
  // throws  Error{Unavailable} (disk full)
  void add(const std::string& key, const std::string& value);

  std::size_t found() const { return found_; }  // entries from before
  void remove();                                // the work is done

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::map<std::string, std::string> entries_;
  std::size_t found_ = 0;
  mutable std::mutex mutex_;
};

}  // namespace kyc
