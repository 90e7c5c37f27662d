// Internal to service/: is the system's clock to be believed?
#pragma once

#include <cstdint>
#include <optional>

namespace kyc {

// A clock that is set wrong (an empty battery, a broken time server) must not remove what people sent
// yesterday. This compares it with one that nobody sets. Not thread-safe.
class ClockWatch {
 public:
  // To be asked every minute or so.
  // wall, steady  milliseconds of the two clocks
  // returns       how far the system's clock jumped since it was last asked, in milliseconds; nothing: it did
  // not
  std::optional<std::int64_t> jump(std::int64_t wall, std::int64_t steady);
  // Is the last jump long ago? A jump that is taken back by a second one is as good as none after that time.
  bool trusted(std::int64_t steady) const { return !distrusted_until_ || steady >= *distrusted_until_; }

 private:
  struct Look {
    std::int64_t wall;
    std::int64_t steady;
  };
  std::optional<Look> last_;
  std::optional<std::int64_t> distrusted_until_;
};

}  // namespace kyc
