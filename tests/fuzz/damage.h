// Inputs for a fuzzer: whole requests, and what becomes of them when bytes are lost, changed or come twice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kyc {

// SplitMix64: the same numbers on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t count);  // [0, count); count >= 1
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <typename T>
  const T& of(std::span<const T> choices) {
    return choices[below(choices.size())];
  }

 private:
  std::uint64_t state_;
};

// A JSON text of an object, mostly valid; rarely deep or long.
std::string random_json(Dice& dice);

// One or several requests as a client would send them on a connection, mostly well-formed.
std::string random_requests(Dice& dice);

// Some bytes lost, changed, doubled, moved, or replaced by words that matter to HTTP and JSON.
void damage(Dice& dice, std::string& bytes);

}  // namespace kyc
