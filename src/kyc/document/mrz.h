// The machine readable zone of travel documents: ICAO Doc 9303 (8th edition, 2021), parts 3 to 7. Text in,
// fields and check digits out; how the text is read off a picture: mrz_reader.h.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/core/outcome.h"

namespace kyc {

enum class MrzFormat {
  Td1,   // 3 lines of 30: cards (part 5)
  Td2,   // 2 lines of 36: cards (part 6)
  Td3,   // 2 lines of 44: passports (part 4)
  MrvA,  // 2 lines of 44: visas (part 7)
  MrvB,  // 2 lines of 36: visas (part 7)
};

const char* to_string(MrzFormat format);  // "TD1"

struct MrzShape {
  int lines = 0;
  int columns = 0;

  bool operator==(const MrzShape&) const = default;
};
MrzShape shape_of(MrzFormat format);

// A day of the Gregorian calendar. Day and month may be unknown in a date of birth (part 3, 4.8).
struct MrzDate {
  int year = 0;
  std::optional<int> month;  // 1..12
  std::optional<int> day;    // 1..31

  bool operator==(const MrzDate&) const = default;
};
MrzDate date_of(std::chrono::system_clock::time_point time);  // UTC
std::string to_string(const MrzDate& date);                   // "1974-08-12", "1974-08", "1974"

// One check digit.
struct MrzCheck {
  std::string field;  // "document_number", "date_of_birth", "date_of_expiry", "optional_data", "composite"
  char found = '<';
  char expected = '<';

  bool valid() const { return found == expected; }
  bool operator==(const MrzCheck&) const = default;
};

struct Mrz {
  MrzFormat format = MrzFormat::Td3;
  std::string document_code;  // "P", "ID", ...
  std::string issuer;         // three letters, or fewer (D for Germany)
  std::string document_number;
  std::string nationality;
  std::string surname;                    // the primary identifier; words are separated by blanks
  std::string given_names;                // the secondary identifier; empty if there is none
  std::optional<MrzDate> date_of_birth;   // nothing if it is no date
  std::optional<MrzDate> date_of_expiry;  // likewise
  char sex = '<';                         // 'F', 'M', '<' unspecified; other letters as they are
  std::string optional_data;              // without trailing fillers
  std::string optional_data_2;            // of TD1's second line
  std::vector<MrzCheck> checks;           // in the order of the zone

  bool checks_valid() const;
  bool operator==(const Mrz&) const = default;
};

enum class MrzFailure {
  WrongShape,      // not 2 lines of 36 or 44, nor 3 of 30
  WrongCharacter,  // something else than A..Z, 0..9 and '<'
};
const char* to_string(MrzFailure failure);  // a sentence

// lines  without line ends; lower case and blanks are wrong characters
// today  decides the century: nobody was born after today, and documents end at most 50 years after it
Outcome<Mrz, MrzFailure> parse_mrz(std::span<const std::string> lines, const MrzDate& today);

// Weights 7, 3, 1; digits count as themselves, A..Z as 10..35, the filler as 0 (part 3, 4.9).
char mrz_check_digit(std::string_view text);

// What may stand in a cell of the zone.
enum class MrzCell { Letter, Digit, Any };  // each may also be a filler; Letter and Digit mean nothing else

// [lines][columns], row by row.
std::vector<MrzCell> mrz_cells(MrzFormat format);

// A check digit, and the cells that it is worked out from, in their order: indices into the zone, row by row.
struct MrzCheckCells {
  std::string field;
  std::vector<int> covered;
  int digit = 0;
  bool may_be_filler = false;  // where nothing is covered but fillers, the digit itself may be one
};
std::vector<MrzCheckCells> mrz_check_cells(MrzFormat format);

}  // namespace kyc
