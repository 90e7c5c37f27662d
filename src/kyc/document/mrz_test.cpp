#include "kyc/document/mrz.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

const MrzDate kDayOfReading{2026, 11, 22};

std::vector<std::string> valid_fields(const Mrz& mrz) {
  std::vector<std::string> out;
  for (const MrzCheck& check : mrz.checks)
    if (check.valid()) out.push_back(check.field);
  return out;
}

// The specimens are those of ICAO Doc 9303 (part 4, appendix B; part 5, appendix B; part 6, appendix B).
const std::vector<std::string> kPassportZone{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                             "L898902C36UTO7408122F1204159ZE184226B<<<<<10"};
const std::vector<std::string> kCardZone{
    "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"};
const std::vector<std::string> kLargeCard{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
                                          "D231458907UTO7408122F1204159<<<<<<<6"};

TEST(MrzDate, IsTheDayOfATime) {
  using std::chrono::seconds;
  using std::chrono::system_clock;
  EXPECT_EQ(date_of(system_clock::time_point(seconds(951'868'799))), (MrzDate{2000, 2, 29}));
  EXPECT_EQ(date_of(system_clock::time_point(seconds(951'868'800))), (MrzDate{2000, 3, 1}));
}

TEST(Mrz, ReadsThePassportSpecimen) {
  const auto outcome = parse_mrz(kPassportZone, kDayOfReading);
  ASSERT_TRUE(outcome);
  const Mrz& mrz = *outcome;
  EXPECT_EQ(mrz.format, MrzFormat::Td3);
  EXPECT_EQ(mrz.document_code, "P");
  EXPECT_EQ(mrz.issuer, "UTO");
  EXPECT_EQ(mrz.surname, "ERIKSSON");
  EXPECT_EQ(mrz.given_names, "ANNA MARIA");
  EXPECT_EQ(mrz.document_number, "L898902C3");
  EXPECT_EQ(mrz.nationality, "UTO");
  EXPECT_EQ(mrz.date_of_birth, (MrzDate{1974, 8, 12}));
  EXPECT_EQ(mrz.sex, 'F');
  EXPECT_EQ(mrz.date_of_expiry, (MrzDate{2012, 4, 15}));
  EXPECT_EQ(mrz.optional_data, "ZE184226B");
  EXPECT_EQ(mrz.checks.size(), 5U);
  EXPECT_TRUE(mrz.checks_valid());
}

TEST(Mrz, ReadsTheCardSpecimens) {
  for (const auto* lines : {&kCardZone, &kLargeCard}) {
    const auto outcome = parse_mrz(*lines, kDayOfReading);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->format, lines->size() == 3 ? MrzFormat::Td1 : MrzFormat::Td2);
    EXPECT_EQ(outcome->document_code, "I");
    EXPECT_EQ(outcome->document_number, "D23145890");
    EXPECT_EQ(outcome->surname, "ERIKSSON");
    EXPECT_EQ(outcome->given_names, "ANNA MARIA");
    EXPECT_EQ(outcome->date_of_birth, (MrzDate{1974, 8, 12}));
    EXPECT_EQ(outcome->date_of_expiry, (MrzDate{2012, 4, 15}));
    EXPECT_EQ(outcome->optional_data, "");
    EXPECT_EQ(outcome->checks.size(), 4U);
    EXPECT_TRUE(outcome->checks_valid()) << testing::PrintToString(valid_fields(*outcome));
  }
}

TEST(Mrz, ReadsVisasWithoutACompositeDigit) {
  const std::vector<std::string> large{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                       "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"};
  const auto a = parse_mrz(large, kDayOfReading);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->format, MrzFormat::MrvA);
  EXPECT_EQ(a->optional_data, "6ZE184226B");
  EXPECT_EQ(valid_fields(*a),
            (std::vector<std::string>{"document_number", "date_of_birth", "date_of_expiry"}));
  const std::vector<std::string> small{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
                                       "L8988901C4XXX4009078F9612109<<<<<<<<"};
  const auto b = parse_mrz(small, kDayOfReading);
  ASSERT_TRUE(b);
  EXPECT_EQ(b->format, MrzFormat::MrvB);
  EXPECT_EQ(b->checks.size(), 3U);
  EXPECT_TRUE(b->checks_valid());
}

TEST(Mrz, ReadsNumbersLongerThanNine) {
  // Part 5, note j: D23145890734, whose check digit 9 stands behind it in the optional data.
  const std::vector<std::string> lines{
      "I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"};
  const auto outcome = parse_mrz(lines, kDayOfReading);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->document_number, "D23145890734");
  EXPECT_EQ(outcome->optional_data, "");
  EXPECT_EQ(outcome->checks.front(), (MrzCheck{"document_number", '9', '9'}));
  EXPECT_TRUE(outcome->checks_valid());
}

TEST(Mrz, FindsEveryChangedDigit) {
  // Weights 7, 3 and 1 are all prime to 10: any single digit that is changed shows.
  const std::string& line = kPassportZone[1];
  for (const std::size_t column : {2U, 13U, 18U, 21U, 26U, 30U}) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == line[column]) continue;
      std::vector<std::string> lines = kPassportZone;
      lines[1][column] = digit;
      const auto outcome = parse_mrz(lines, kDayOfReading);
      ASSERT_TRUE(outcome);
      EXPECT_FALSE(outcome->checks_valid()) << "column " << column << ", digit " << digit;
    }
  }
}

TEST(Mrz, AllowsAFillerForTheDigitOfNoOptionalData) {
  std::vector<std::string> lines{kPassportZone[0], "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<8"};
  const auto filler = parse_mrz(lines, kDayOfReading);
  ASSERT_TRUE(filler);
  EXPECT_TRUE(filler->checks_valid()) << testing::PrintToString(valid_fields(*filler));
  lines[1][42] = '0';
  const auto zero = parse_mrz(lines, kDayOfReading);
  ASSERT_TRUE(zero);
  EXPECT_TRUE(zero->checks_valid());
}

TEST(Mrz, PutsDatesIntoTheirCentury) {
  std::vector<std::string> lines = kPassportZone;
  lines[1].replace(13, 6, "261122");  // born today
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_birth, (MrzDate{2026, 11, 22}));
  lines[1].replace(13, 6, "261123");  // not tomorrow: a hundred years ago
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_birth, (MrzDate{1926, 11, 23}));
  lines[1].replace(21, 6, "351231");
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_expiry, (MrzDate{2035, 12, 31}));
  lines[1].replace(21, 6, "991231");
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_expiry, (MrzDate{1999, 12, 31}));
}

TEST(Mrz, TellsUnknownPartsOfADateFromNoDate) {
  std::vector<std::string> lines = kPassportZone;
  lines[1].replace(13, 6, "7408<<");
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_birth, (MrzDate{1974, 8, std::nullopt}));
  lines[1].replace(13, 6, "74<<<<");
  EXPECT_EQ(to_string(parse_mrz(lines, kDayOfReading)->date_of_birth.value()), "1974");
  for (const char* text : {"740230", "741301", "740800", "74<<12", "7A0812", "<<<<<<"}) {
    lines[1].replace(13, 6, text);
    EXPECT_FALSE(parse_mrz(lines, kDayOfReading)->date_of_birth) << text;
  }
  lines[1].replace(13, 6, "000229");  // a leap year
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->date_of_birth, (MrzDate{2000, 2, 29}));
}

TEST(Mrz, ReadsNamesThatAreShortOrLong) {
  std::vector<std::string> lines = kPassportZone;
  lines[0] = "P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<";
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->surname, "ARKFREITH");
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->given_names, "");
  lines[0] = "P<UTOVAN<DER<MUELLEN<<LENA<<<<<<<<<<<<<<<<<<";
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->surname, "VAN DER MUELLEN");
  lines[0] = "P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K";
  EXPECT_EQ(parse_mrz(lines, kDayOfReading)->given_names, "CHAYAPA DEJTHAMRONG K");
}

TEST(Mrz, RefusesWhatIsNoZone) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(parse_mrz(Lines{}, kDayOfReading).reason(), MrzFailure::WrongShape);
  EXPECT_EQ(parse_mrz(Lines{kPassportZone[0]}, kDayOfReading).reason(), MrzFailure::WrongShape);
  EXPECT_EQ(parse_mrz(Lines{kPassportZone[0], kCardZone[0]}, kDayOfReading).reason(), MrzFailure::WrongShape);
  for (const char wrong : {'a', ' ', '-', '\0', '\xC3'}) {
    Lines lines = kPassportZone;
    lines[0][10] = wrong;
    EXPECT_EQ(parse_mrz(lines, kDayOfReading).reason(), MrzFailure::WrongCharacter);
  }
}

TEST(Mrz, SaysWhatEveryCellMayHold) {
  for (const MrzFormat format :
       {MrzFormat::Td1, MrzFormat::Td2, MrzFormat::Td3, MrzFormat::MrvA, MrzFormat::MrvB}) {
    const MrzShape shape = shape_of(format);
    const std::vector<MrzCell> cells = mrz_cells(format);
    ASSERT_EQ(cells.size(), static_cast<std::size_t>(shape.lines * shape.columns));
    for (const MrzCheckCells& check : mrz_check_cells(format))
      EXPECT_EQ(cells[static_cast<std::size_t>(check.digit)], MrzCell::Digit) << to_string(format);
  }
  for (const auto* lines : {&kPassportZone, &kCardZone, &kLargeCard}) {
    std::string zone;
    for (const std::string& line : *lines) zone += line;
    const std::vector<MrzCell> cells = mrz_cells(parse_mrz(*lines, kDayOfReading)->format);
    for (std::size_t i = 0; i < zone.size(); ++i) {
      if (zone[i] == '<' || cells[i] == MrzCell::Any) continue;
      EXPECT_EQ(cells[i] == MrzCell::Digit, zone[i] >= '0' && zone[i] <= '9') << zone << " at " << i;
    }
  }
}

}  // namespace
}  // namespace kyc
