// What clips are encoded and decoded with: for records that tell how a file can be made again.
#pragma once

#include <string>

namespace kyc {

std::string ffmpeg_version();  // "5.1.6-0+deb12u1, libavcodec 59.37.100"
std::string processor_name();  // "x86_64, Example CPU 3000"; only "x86_64" where the system does not say more

}  // namespace kyc
