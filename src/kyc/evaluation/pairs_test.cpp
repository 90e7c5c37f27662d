#include "kyc/evaluation/pairs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr char kTwoFolds[] =
    "2\t1\n"
    "Ann\t1\t4\n"
    "Bob\t1\tCy Lee\t12\n"
    "Cy Lee\t12\t3\n"
    "Ann\t4\tBob\t2\n";

std::string message_of(const std::string& text) {
  try {
    (void)parse_pairs(text, "list.txt");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
    return error.what();
  }
  return "no error";
}

TEST(ParsePairs, ReadsPersonsImagesPairsAndFolds) {
  const PairList list = parse_pairs(kTwoFolds, "list.txt");
  EXPECT_EQ(list.persons, (std::vector<std::string>{"Ann", "Bob", "Cy Lee"}));
  ASSERT_EQ(list.images.size(), 6U);
  EXPECT_EQ(list.images[3].person, 2U);
  EXPECT_EQ(list.images[3].number, 12);
  EXPECT_EQ(list.images[3].line, 3U);
  ASSERT_EQ(list.pairs.size(), 4U);
  EXPECT_TRUE(list.pairs[0].mated);
  EXPECT_FALSE(list.pairs[3].mated);
  EXPECT_EQ(list.pairs[3].probe, 1U);
  EXPECT_EQ(list.pairs[3].reference, 5U);
  EXPECT_EQ(list.folds, 2);
  EXPECT_EQ(list.pairs[1].fold, 0);
  EXPECT_EQ(list.pairs[2].fold, 1);
}

TEST(ParsePairs, SpacesAndCarriageReturnsSeparateToo) {
  const PairList list = parse_pairs("Ann 1 4\r\n\r\nAnn  1  Bob 2\r\n", "list.txt");
  EXPECT_EQ(list.images.size(), 3U);
  EXPECT_EQ(list.folds, 1);
}

TEST(ParsePairs, WithoutFoldsEachClassIsCutIntoTen) {
  for (const std::string header : {"", "20\n"}) {
    std::string text = header;
    for (int i = 1; i <= 20; ++i) text += "Ann 0 " + std::to_string(i) + "\n";
    for (int i = 1; i <= 20; ++i) text += "Ann 0 Bob " + std::to_string(i) + "\n";
    const PairList list = parse_pairs(text, "list.txt");
    EXPECT_EQ(list.folds, 10);
    EXPECT_EQ(list.pairs[1].fold, 0);
    EXPECT_EQ(list.pairs[2].fold, 1);
    EXPECT_EQ(list.pairs[39].fold, 9);
  }
}

TEST(ParsePairs, NamesTheLineAndWhatWasExpected) {
  EXPECT_EQ(message_of("2 1\nAnn 1\n"),
            "list.txt, line 2: expected 'person image image' or 'person image person image', got 'Ann 1'");
  EXPECT_EQ(
      message_of("Ann 1 two\n"),
      "list.txt, line 1: expected 'person image image' or 'person image person image', got 'Ann 1 two'");
  EXPECT_EQ(message_of("Ann 1 -2\n").substr(0, 26), "list.txt, line 1: expected");
  EXPECT_EQ(message_of("Ann 1 2\nAnn 1 Ann 2\n"),
            "list.txt, line 2: expected two different persons, got 'Ann' twice");
  EXPECT_EQ(message_of("Ann 3 3\n"), "list.txt, line 1: expected two different images, got image 3 twice");
  EXPECT_EQ(message_of("../etc 1 3\n"), "list.txt, line 1: expected the name of a person, got '../etc'");
  EXPECT_EQ(message_of("3 1\nAnn 1 2\nAnn 1 Bob 1\n"),
            "list.txt: the first line asks for 3 mated and 3 non-mated pairs, got 1 mated and 1 non-mated");
  EXPECT_EQ(message_of("Ann 1 2\n"),
            "list.txt: expected mated and non-mated pairs, got 1 mated and 0 non-mated");
  EXPECT_EQ(message_of(""), "list.txt: expected mated and non-mated pairs, got 0 mated and 0 non-mated");
}

TEST(ParsePairs, ACutOrDamagedListIsRefusedOrRead) {
  const std::string whole = kTwoFolds;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::string damaged = whole;
    damaged[length] = '\0';
    for (const std::string& text : {whole.substr(0, length), damaged}) {
      try {
        EXPECT_EQ(parse_pairs(text, "list.txt").pairs.size(), 4U);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      }
    }
  }
}

TEST(ReadPairs, AMissingImageIsNamedWithItsLine) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("pairs" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "Ann");
  const auto pairs = folder / "pairs.txt";
  write_text_file(pairs, "Ann 1 2\nAnn 2 Bob 1\n");
  write_text_file(folder / "Ann/Ann_0001.jpg", "x");
  write_text_file(folder / "Ann/Ann_0002.jpg", "x");
  try {
    (void)read_pairs(pairs, folder);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_EQ(
        std::string(error.what()),
        (folder / "Bob/Bob_0001.jpg").string() + ": no such image; " + pairs.string() + ", line 2 names it");
  }
  std::filesystem::create_directories(folder / "Bob");
  write_text_file(folder / "Bob/Bob_0001.jpg", "x");
  EXPECT_EQ(read_pairs(pairs, folder).images.size(), 3U);
  EXPECT_THROW((void)read_pairs(pairs, folder / "nowhere"), Error);
  std::filesystem::remove_all(folder);
}

TEST(ReadPairs, ReadsTheSharedListOfLfw) {
  const std::filesystem::path lfw = KYC_SOURCE_DIR "/../shared/data/lfw";
  if (!std::filesystem::exists(lfw)) GTEST_SKIP() << "shared/data/lfw is not there";
  const PairList list = read_pairs(lfw / "pairs.txt", lfw / "images");
  EXPECT_EQ(list.pairs.size(), 2400U);
  EXPECT_EQ(list.images.size(), 3074U);
  EXPECT_EQ(list.folds, 4);
  for (std::size_t i = 0; i < list.pairs.size(); ++i) {
    EXPECT_EQ(list.pairs[i].fold, static_cast<int>(i / 600));
    EXPECT_EQ(list.pairs[i].mated, i % 600 < 300);
  }
}

}  // namespace
}  // namespace kyc
