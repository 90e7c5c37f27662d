// For tests of what is refused.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {

// The message of the Error that `call` throws, which must be of this code.
template <typename Call>
std::string refusal(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(to_string(error.code()), to_string(code)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace kyc
