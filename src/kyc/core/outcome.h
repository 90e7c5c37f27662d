// A result, or the reason why there is none: for failures that a run counts (failure to acquire, quality
// below policy).
#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace kyc {

// Holds a T or a Reason (two different types). Asking for the one that is not there is a bug.
template <typename T, typename Reason>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}         // NOLINT: implicit by design
  Outcome(Reason reason) : state_(std::in_place_index<1>, std::move(reason)) {}  // NOLINT: implicit by design

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  const T& value() const {
    assert(has_value());
    return std::get<0>(state_);
  }
  T& value() {
    assert(has_value());
    return std::get<0>(state_);
  }
  const Reason& reason() const {
    assert(!has_value());
    return std::get<1>(state_);
  }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Reason> state_;
};

}  // namespace kyc
