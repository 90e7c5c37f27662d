#include "kyc/service/clock_watch.h"

#include <cstdlib>

namespace kyc {
namespace {

constexpr std::int64_t kJumpMs = 5 * 60 * 1000;
constexpr std::int64_t kDistrustMs = 60 * 60 * 1000;

}  // namespace

std::optional<std::int64_t> ClockWatch::jump(std::int64_t wall, std::int64_t steady) {
  std::optional<std::int64_t> out;
  if (last_) {
    const std::int64_t apart = (wall - last_->wall) - (steady - last_->steady);
    if (std::abs(apart) > kJumpMs) {
      out = apart;
      distrusted_until_ = steady + kDistrustMs;
    }
  }
  last_ = Look{wall, steady};
  return out;
}

}  // namespace kyc
