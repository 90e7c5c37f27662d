// Failures that end a request. Failures that a run counts (no face, low quality) are values: see outcome.h.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace kyc {

enum class ErrorCode {
  InvalidArgument,  // the caller asked for something that makes no sense: an option out of range, a wrong
                    // shape
  NotFound,         // a file, a model, a method that is not there
  Unsupported,      // well formed, but of a kind this build does not handle
  Corrupt,          // damaged or hostile data: a file that does not decode, a hash that does not match
  Unavailable,      // a resource that may come back: disk full, no network, out of memory for this request
  Internal,         // a bug of ours, or of a library, that we could name
};

// Stable lower-case word for machines ("invalid_argument"), used in JSON answers.
std::string_view to_string(ErrorCode code);

// what() says what was expected and what came, and names the file where there is one.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace kyc
