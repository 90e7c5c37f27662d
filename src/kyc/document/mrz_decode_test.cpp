#include "kyc/document/mrz_decode.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

const std::vector<std::string> kPassportLines{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                              "L898902C36UTO7408122F1204159ZE184226B<<<<<10"};

constexpr double kBegin = 0.03;  // of the text, fractions of the line
constexpr double kEnd = 0.97;

std::size_t index_of(char c) {
  return kMrzAlphabet.find(c);
}

// What a perfect network says: one step per character, in the middle of it.
MrzLineViews views_of(const std::string& line, std::initializer_list<std::size_t> steps) {
  MrzLineViews out;
  for (const std::size_t count : steps) {
    MrzLineProbabilities view(count);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const double place =
          kBegin + (kEnd - kBegin) * (static_cast<double>(i) + 0.5) / static_cast<double>(line.size());
      view[static_cast<std::size_t>(place * static_cast<double>(count))][index_of(line[i])] = 0.95F;
    }
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<MrzLineViews> views_of(const std::vector<std::string>& lines) {
  std::vector<MrzLineViews> out;
  for (const std::string& line : lines) out.push_back(views_of(line, {200, 150}));
  return out;
}

// The character that was seen at a column becomes another one, seen as surely.
void replace(std::vector<MrzLineViews>& lines,
             std::size_t row,
             char from,
             char to,
             std::size_t which,
             float probability) {
  for (MrzLineProbabilities& view : lines[row]) {
    std::size_t count = 0;
    for (auto& step : view)
      if (step[index_of(from)] > 0.5F && count++ == which) {
        step[index_of(from)] = 1 - probability;
        step[index_of(to)] = probability;
      }
  }
}

TEST(MrzDecode, ReadsWhatIsThere) {
  const MrzText text = decode_mrz(views_of(kPassportLines), MrzFormat::Td3, kBegin, kEnd);
  EXPECT_EQ(text.lines, kPassportLines);
  EXPECT_GT(text.fit, 0.8);
  EXPECT_TRUE(text.corrected.empty());
  ASSERT_EQ(text.confidence.size(), 88U);
  EXPECT_GT(*std::min_element(text.confidence.begin(), text.confidence.end()), 0.9);
}

TEST(MrzDecode, FindsTheGridFromARoughGuess) {
  for (const double off : {-0.025, -0.01, 0.01, 0.025}) {
    const MrzText text = decode_mrz(views_of(kPassportLines), MrzFormat::Td3, kBegin + off, kEnd + off / 2);
    EXPECT_EQ(text.lines, kPassportLines) << off;
  }
}

TEST(MrzDecode, TheRightFormatFitsBest) {
  const std::vector<MrzLineViews> lines = views_of(kPassportLines);
  const double right = decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd).fit;
  const double wrong = decode_mrz(lines, MrzFormat::Td2, kBegin, kEnd).fit;
  EXPECT_GT(right, wrong + 0.2);
}

TEST(MrzDecode, WhatOneViewOverlooksAnotherSees) {
  std::vector<MrzLineViews> lines = views_of(kPassportLines);
  for (std::size_t t = 60; t < 120; ++t) lines[1][0][t] = {};
  EXPECT_EQ(decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd).lines, kPassportLines);
}

TEST(MrzDecode, ADroppedFillerIsAFiller) {
  std::vector<MrzLineViews> lines = views_of(kPassportLines);
  for (MrzLineProbabilities& view : lines[0])
    for (std::size_t t = view.size() * 8 / 10; t < view.size() * 9 / 10; ++t) view[t] = {};
  EXPECT_EQ(decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd).lines, kPassportLines);
}

TEST(MrzDecode, ALetterWhereDigitsStandIsItsLookAlike) {
  std::vector<MrzLineViews> lines = views_of(kPassportLines);
  // The O of the date of birth 740812.
  replace(lines, 1, '0', 'O', 1, 0.99F);
  EXPECT_EQ(decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd).lines, kPassportLines);
}

TEST(MrzDecode, CheckDigitsDecideBetweenLookAlikesOnly) {
  std::vector<MrzLineViews> lines = views_of(kPassportLines);
  // The 8 of L898902C3, where a B may stand, too: seen a little more like one.
  replace(lines, 1, '8', 'B', 0, 0.7F);
  const MrzText corrected = decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd);
  EXPECT_EQ(corrected.lines, kPassportLines);
  EXPECT_EQ(corrected.corrected, std::vector<int>{45});
  // Another letter is no look-alike: what is there stays, and the check digit tells.
  lines = views_of(kPassportLines);
  replace(lines, 1, '8', 'X', 0, 0.7F);
  const MrzText wrong = decode_mrz(lines, MrzFormat::Td3, kBegin, kEnd);
  EXPECT_EQ(wrong.lines[1].substr(0, 3), "LX9");
  EXPECT_FALSE(parse_mrz(wrong.lines, {2026, 1, 1})->checks_valid());
}

TEST(MrzDecode, CountsCharacters) {
  EXPECT_EQ(count_characters(views_of("AB<<7", {100, 80})), 5);
  EXPECT_EQ(count_characters(MrzLineViews{MrzLineProbabilities(50)}), 0);
}

}  // namespace
}  // namespace kyc
