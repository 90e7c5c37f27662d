// An HTTP endpoint under test: one POST per question, one JSON object as the answer. Whatever it does, the
// run goes on.
//
// Request:  POST PATH, Content-Type: multipart/form-data; a part per file, called by what the file is
// ("file";
//           "probe" and "reference"; "document" and "selfie"). Connection: close; nothing is asked twice, no
//           redirection is followed.
// Answer:   status 200 and {"score": 0.93}, or {"verdict": "accepted", "score": 0.93} of an identity check;
//           {"failure": "too dark"}: no answer, and why. At most 64 KiB, within the limit of time.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "kyc/evaluation/external.h"

namespace kyc {

struct HttpEndpoint {
  std::string host;  // name, IPv4 address, or IPv6 address without brackets
  std::string port;
  std::string path;  // begins with '/'; with the query
};

// throws  Error{InvalidArgument} for what is no http URL, or holds a user's name; Error{Unsupported} for
// https
HttpEndpoint parse_http_url(const std::string& url);

struct NamedFile {
  std::string name;
  std::filesystem::path path;
};

// limit_s  for the whole exchange
// throws   Error{NotFound} for a file that is not there; everything that the endpoint does is an answer
ExternalAnswer ask_http(const HttpEndpoint& endpoint,
                        std::span<const NamedFile> files,
                        AnswerKind kind,
                        double limit_s);

}  // namespace kyc
