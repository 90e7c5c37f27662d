// Internal to video/: which packet holds which frame of a clip, from one pass over its packets without
// decoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace kyc {

struct IndexedPacket {
  std::int64_t pts = 0;  // ticks of the stream
  std::int64_t dts = 0;
  std::int64_t position = 0;  // bytes from the start of the file, -1 where the container can not tell
  bool key = false;           // decoding can start here
  bool shown = true;          // it holds a frame that is presented
};

struct PacketIndex {
  std::vector<IndexedPacket> packets;  // in decoding order
  std::vector<std::int64_t> times;     // of the presented frames, in presentation order, ticks of the stream

  // Every packet says when its frame is presented, and no two say the same: `times` can be believed.
  bool complete = false;

  // The packets at which decoding may start to reach the frame presented at `time`, the nearest first.
  std::vector<std::size_t> starts_for(std::int64_t time) const;
};

// throws  as the constructor of VideoReader
PacketIndex scan_packets(const std::filesystem::path& path, std::uint64_t max_pixels);

}  // namespace kyc
