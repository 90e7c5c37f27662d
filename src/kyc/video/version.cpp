#include "kyc/video/version.h"

#include <fstream>

#include <sys/utsname.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
}

namespace kyc {

std::string ffmpeg_version() {
  const unsigned version = avcodec_version();
  return std::string(av_version_info()) + ", libavcodec " + std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." + std::to_string(AV_VERSION_MICRO(version));
}

std::string processor_name() {
  utsname system{};
  std::string out = uname(&system) == 0 ? system.machine : "unknown";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return out + ", " + line.substr(line.find(": ") + 2);
  return out;
}

}  // namespace kyc
