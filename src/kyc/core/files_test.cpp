#include "kyc/core/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / (name + std::to_string(::getpid()));
}

ErrorCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Internal;
}

TEST(Files, WhatIsWrittenIsRead) {
  const auto path = scratch("files");
  write_text_file(path, std::string("a\0b\n", 4));
  EXPECT_EQ(read_text_file(path), std::string("a\0b\n", 4));
  EXPECT_EQ(read_file(path).size(), 4U);
  std::filesystem::remove(path);
}

TEST(Files, AnEmptyFileIsEmpty) {
  const auto path = scratch("empty");
  write_file(path, {});
  EXPECT_TRUE(read_file(path).empty());
  std::filesystem::remove(path);
}

TEST(Files, RefusesMissingLargeAndIrregularFiles) {
  EXPECT_EQ(code_of([] { read_file(scratch("nowhere")); }), ErrorCode::NotFound);
  EXPECT_EQ(code_of([] { read_file(testing::TempDir()); }), ErrorCode::NotFound);
  const auto path = scratch("large");
  write_text_file(path, "12345");
  EXPECT_EQ(code_of([&] { read_file(path, 4); }), ErrorCode::InvalidArgument);
  std::filesystem::remove(path);
}

TEST(Files, AFailedWriteLeavesNothing) {
  const auto folder = scratch("folder");
  std::filesystem::create_directory(folder);
  const auto path = folder / "is_a_folder";
  std::filesystem::create_directory(path);
  EXPECT_EQ(code_of([&] { write_text_file(path, "x"); }), ErrorCode::Unavailable);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_EQ(code_of([&] { write_text_file(folder / "missing" / "x", "x"); }), ErrorCode::Unavailable);
  std::filesystem::remove_all(folder);
}

// FIPS 180-2, appendix B.1 and B.3.
TEST(Sha256, AgreesWithTheStandard) {
  const std::string abc = "abc";
  EXPECT_EQ(sha256_hex({reinterpret_cast<const std::uint8_t*>(abc.data()), abc.size()}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto path = scratch("million");
  write_text_file(path, std::string(1'000'000, 'a'));
  EXPECT_EQ(sha256_hex_of_file(path), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace kyc
