#include "kyc/attack/run.h"
#include "kyc/core/error.h"

namespace kyc {

std::string name_of(Compression compression) {
  switch (compression) {
    case Compression::C0:
      return "c0";
    case Compression::C23:
      return "c23";
    case Compression::C40:
      return "c40";
  }
  throw Error(ErrorCode::InvalidArgument, "no such compression");
}

Compression compression_of(const std::string& name) {
  for (const Compression compression : {Compression::C0, Compression::C23, Compression::C40})
    if (name_of(compression) == name) return compression;
  throw Error(ErrorCode::InvalidArgument, "no compression '" + name + "'; known: c0, c23, c40");
}

WriteOptions write_options(Compression compression) {
  WriteOptions options;
  options.lossless = compression == Compression::C0;
  options.crf = compression == Compression::C40 ? 40 : 23;
  return options;
}

}  // namespace kyc
