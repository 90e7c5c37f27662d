// Texts that people search for, in SQL. Internal to store/.
#pragma once

#include <string>

namespace kyc {

// ASCII letters only: as the columns that are searched were written.
std::string lower_case(std::string text);

// Stands for itself in LIKE ... ESCAPE '!'.
std::string escaped(const std::string& text);

}  // namespace kyc
