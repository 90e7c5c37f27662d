// Internal to attack/: the followed face of a clip on disk, frame by frame, so that it is looked for once
// and not for every attack on the clip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "kyc/attack/follower.h"

namespace kyc {

// Appears under its name, whole, when finish() returns.
class TrackWriter {
 public:
  // throws  Error{Unavailable}
  TrackWriter(const std::filesystem::path& path, const std::string& clip_sha256);
  ~TrackWriter();
  TrackWriter(const TrackWriter&) = delete;
  TrackWriter& operator=(const TrackWriter&) = delete;

  void add(double time_s, const std::optional<MeshedFace>& face);
  // throws  Error{Unavailable}: disk full
  void finish();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::ofstream file_;
};

class TrackReader {
 public:
  // throws  Error{NotFound}, Error{Corrupt}; Error{InvalidArgument} if it was made for another clip
  TrackReader(const std::filesystem::path& path, const std::string& clip_sha256);

  // The face of the next frame, which must be at `time_s`.
  // throws  Error{Corrupt} if the file ends before or has another time there
  std::optional<MeshedFace> next(double time_s);

 private:
  std::filesystem::path path_;
  std::ifstream file_;
};

}  // namespace kyc
