#include "kyc/verification/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::string message_of(const std::string& json) {
  try {
    policy_from_json(json, "my.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "nothing thrown";
}

TEST(Policy, WhatIsWrittenIsRead) {
  VerificationPolicy policy;
  policy.min_frames = 7;
  policy.recogniser = "another";
  policy.max_second_face_share = 0.5;
  EXPECT_EQ(policy_from_json(policy_to_json(policy), "x"), policy);
}

TEST(Policy, AbsentFieldsKeepTheirDefaults) {
  const VerificationPolicy policy = policy_from_json(R"({"min_change": 1.5})", "x");
  EXPECT_EQ(policy.min_change, 1.5);
  EXPECT_EQ(policy.min_frames, VerificationPolicy{}.min_frames);
}

TEST(Policy, TheDefaultsPassTheirOwnCheck) {
  EXPECT_NO_THROW(check(VerificationPolicy{}));
}

TEST(Policy, ErrorsNameTheFileTheFieldAndWhatWasExpected) {
  EXPECT_THAT(message_of("{"), testing::StartsWith("my.json: expected JSON"));
  EXPECT_EQ(message_of("[]"), "my.json: expected a JSON object");
  EXPECT_THAT(message_of(R"({"min_chnge": 1})"),
              testing::StartsWith("my.json: min_chnge: expected a field of the policy"));
  EXPECT_EQ(message_of(R"({"min_change": "x"})"), "my.json: min_change: expected a number, got \"x\"");
  EXPECT_EQ(message_of(R"({"min_frames": 1.5})"),
            "my.json: min_frames: expected a whole number in 1..100000, got 1.5");
  EXPECT_EQ(message_of(R"({"min_frames": 4294967297})"),
            "my.json: min_frames: expected a whole number in 1..100000, got 4294967297");
  EXPECT_EQ(message_of(R"({"min_face_share": 2})"), "my.json: policy: min_face_share: expected 0..1, got 2");
  EXPECT_EQ(message_of(R"({"deepfake_effect": "accept"})"),
            "my.json: policy: deepfake_effect: expected review or reject, got accept");
  EXPECT_EQ(message_of(R"({"recogniser": ""})"), "my.json: policy: recogniser: expected a name");
  EXPECT_EQ(message_of(R"({"min_duration_s": 20, "max_duration_s": 10})"),
            "my.json: policy: min_duration_s: expected at most max_duration_s");
}

}  // namespace
}  // namespace kyc
