// What a build has finished so far, on disk, so that it can be killed at any moment: manifest lines, one file
// per process, each line on the disk before the next item begins.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kyc/dataset/sample.h"

namespace kyc {

// Thread-safe.
class JournalWriter {
 public:
  // throws  Error{Unavailable} not writable
  explicit JournalWriter(const std::filesystem::path& file);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // The lines are on the disk when this returns, all of them or, after a crash, some and half a line.
  // throws  Error{Unavailable} disk full: what was written of them is taken back
  void append(const std::vector<Sample>& samples);

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  int file_ = -1;
};

// Where in which file the line of each finished item stands: 32 bytes per item, however long the lines are.
class JournalIndex {
 public:
  // Adds a file's lines; a later one of the same id takes the place of an earlier one. A last line without
  // its end was being written when its process died, and is left out.
  // with_failures  false: items that failed count as never tried
  // throws  Error{Corrupt} with file and line for anything else that is no manifest line of a build
  void read(const std::filesystem::path& file, bool with_failures);

  bool contains(const std::string& id) const;
  std::optional<Sample> find(const std::string& id) const;
  std::size_t size() const { return places_.size(); }
  // In no order. The visitor returns false to forget the item.
  void visit(const std::function<bool(const Sample&)>& visitor);

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key[0]); }
  };
  struct Place {
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
  };
  static std::optional<Key> key_of(const std::string& id);
  Sample sample_at(const Place& place) const;

  std::vector<std::filesystem::path> files_;
  std::unordered_map<Key, Place, KeyHash> places_;
};

}  // namespace kyc
