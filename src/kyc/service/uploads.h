// Internal to service/: files on their way in and out.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "kyc/service/endpoints.h"
#include "kyc/store/cases.h"

namespace kyc {

// What a file is by its first bytes, whatever its sender says: "image/jpeg", "video/mp4" ...; nothing if it
// is neither a picture nor a clip that we read.
std::optional<std::string> sniffed_type(std::span<const std::uint8_t> beginning);

struct Upload {
  MediaFolder::Writer file;  // prepared
  std::string content_type;
};
// Streams the request's body into the media folder.
// family  "image/" or "video/"
// throws  HttpError 415 something else, 422 nothing at all, and as BodyReader
Upload receive_upload(Call& call, const std::string& family);

// A stored file, with ranges.
HttpResponse media_response(Call& call, const MediaUse& use);

}  // namespace kyc
