#include "kyc/service/uploads.h"

#include <cstring>
#include <memory>

namespace kyc {
namespace {

constexpr std::size_t kBeginning = 4096;

bool begins(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view word) {
  return bytes.size() >= at + word.size() && std::memcmp(bytes.data() + at, word.data(), word.size()) == 0;
}

}  // namespace

std::optional<std::string> sniffed_type(std::span<const std::uint8_t> bytes) {
  if (begins(bytes, 0, "\xFF\xD8\xFF")) return "image/jpeg";
  if (begins(bytes, 0, "\x89PNG\r\n\x1A\n")) return "image/png";
  if (begins(bytes, 0, "RIFF") && begins(bytes, 8, "WEBP")) return "image/webp";
  if (begins(bytes, 0, "BM") && bytes.size() > 26) return "image/bmp";
  if (begins(bytes, 0, "RIFF") && begins(bytes, 8, "AVI ")) return "video/x-msvideo";
  if (begins(bytes, 0, "\x1A\x45\xDF\xA3")) {
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                                std::min<std::size_t>(bytes.size(), 64));
    return head.find("webm") != std::string_view::npos ? "video/webm" : "video/x-matroska";
  }
  if (begins(bytes, 4, "ftypqt") || begins(bytes, 4, "moov") || begins(bytes, 4, "wide") ||
      begins(bytes, 4, "mdat"))
    return "video/quicktime";
  if (begins(bytes, 4, "ftyp")) return "video/mp4";
  return std::nullopt;
}

Upload receive_upload(Call& call, const std::string& family) {
  std::vector<std::uint8_t> piece(64 * 1024);
  std::size_t held = 0;
  while (call.request.has_body && held < kBeginning) {
    const std::size_t got = call.request.body->read(std::span(piece).subspan(held));
    if (got == 0) break;
    held += got;
  }
  if (held == 0) throw HttpError(422, "empty_body", "expected a file as the request's body");
  const std::optional<std::string> type = sniffed_type(std::span(piece).first(held));
  if (!type || !type->starts_with(family))
    throw HttpError(415,
                    "unsupported_file",
                    family == "image/" ? "expected a picture: JPEG, PNG, WebP or BMP"
                                       : "expected a clip: MP4, MOV, WebM, MKV or AVI");
  Upload upload{call.state.media.writer(), *type};
  while (held > 0) {
    upload.file.write(std::span(piece).first(held));
    held = call.request.body->read(piece);
  }
  upload.file.prepare();
  return upload;
}

HttpResponse media_response(Call& call, const MediaUse& use) {
  HttpResponse response;
  response.header("Content-Type", use.content_type).header("Cache-Control", "private, no-cache");
  response.header("Content-Disposition", "inline")
      .header("Content-Security-Policy", "default-src 'none'; sandbox");
  response.etag = "\"" + use.media_id.substr(0, 32) + "\"";
  response.ranged = true;
  const MediaFolder& media = call.state.media;
  const std::string id = use.media_id;
  media.reader(id);  // that it is there is known before the first byte goes out
  response.source =
      ByteSource{use.bytes, [&media, id](std::uint64_t offset) {
                   auto reader = std::make_shared<MediaFolder::Reader>(media.reader(id));
                   reader->skip(offset);
                   return [reader](std::span<std::uint8_t> buffer) { return reader->read(buffer); };
                 }};
  return response;
}

}  // namespace kyc
