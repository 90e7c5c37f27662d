// Internal to video/: a local file as the packets of its best video stream, in decoding order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct AVPacket;
struct AVStream;
struct AVFormatContext;

namespace kyc {

class Demuxer {
 public:
  // throws  as the constructor of VideoReader
  Demuxer(const std::filesystem::path& path, std::uint64_t max_pixels);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  AVFormatContext* format() const;
  AVStream* stream() const;

  // The next packet of the stream. Packets that the file ends within are left out.
  // returns  false at the end
  bool read(AVPacket* packet);

  // The next packet read is one at or before `timestamp` (decoding time, ticks of the stream), as near as the
  // container can tell. returns  false if it can not
  bool seek(std::int64_t timestamp);

  // The file ends before its own index says, or within a packet; known for sure once read() returned false.
  bool truncated() const;
  // Reads that failed other than by the end of the file, and why the last one did.
  std::int64_t failed_reads() const;
  const std::string& failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
