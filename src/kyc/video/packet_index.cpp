#include "kyc/video/packet_index.h"

#include <algorithm>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "kyc/video/demuxer.h"
#include "kyc/video/ffmpeg.h"

namespace kyc {
namespace {

// RFC 6386, 9.1: VP8 has frames that are only ever referred to, in packets of their own; bit 4 is show_frame.
bool is_shown(const AVPacket& packet, AVCodecID codec) {
  if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
  if (codec == AV_CODEC_ID_VP8 && packet.size > 0) return (packet.data[0] & 0x10) != 0;
  return true;
}

}  // namespace

PacketIndex scan_packets(const std::filesystem::path& path, std::uint64_t max_pixels) {
  Demuxer demuxer(path, max_pixels);
  const AVCodecID codec = demuxer.stream()->codecpar->codec_id;
  const PacketPtr packet = make_packet();
  PacketIndex index;
  index.complete = true;
  while (demuxer.read(packet.get())) {
    const bool shown = is_shown(*packet, codec);
    if (packet->pts == AV_NOPTS_VALUE && shown) index.complete = false;
    index.packets.push_back({.pts = packet->pts,
                             .dts = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts,
                             .position = packet->pos,
                             .key = (packet->flags & AV_PKT_FLAG_KEY) != 0,
                             .shown = shown});
    if (shown) index.times.push_back(packet->pts);
  }
  std::sort(index.times.begin(), index.times.end());
  if (std::adjacent_find(index.times.begin(), index.times.end()) != index.times.end()) index.complete = false;
  return index;
}

std::vector<std::size_t> PacketIndex::starts_for(std::int64_t time) const {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (packets[i].key && packets[i].pts <= time) starts.push_back(i);
  std::reverse(starts.begin(), starts.end());
  return starts;
}

}  // namespace kyc
