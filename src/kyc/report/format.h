// Numbers as people read them, and text as each format wants it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kyc/metrics/interval.h"
#include "kyc/report/report.h"

namespace kyc {

// Below tables with marked cells.
inline constexpr char kFewDataNote[] =
    "The data can not carry this figure: fewer than 30 errors stand behind the rate (or none, in fewer than "
    "300 trials), or fewer than 30 trials behind the figure.";

// "12.3 %", "0.45 %", "0.012 %", "0 %", "100 %": three digits, never rounded to 0 or 100 when it is not.
std::string percent_text(double share);
// "[1.2 %, 8.3 %]"
std::string interval_text(const Interval& interval);
// "3 of 20"
std::string count_text(std::uint64_t events, std::uint64_t trials);
// Up to `digits` digits that count, no trailing zeros: "0.333", "12", "1.2e-05".
std::string number_text(double value, int digits = 4);

// A rate of counts: "12.5 %" with "3 of 24" and "[2.7 %, 32.4 %]" below; marked where the data can not carry
// it.
Cell rate_cell(std::uint64_t events, std::uint64_t trials, Tone tone = Tone::Plain);
// Figures that are measured come with what stands behind them.
Cell percent_cell(double share, const Support& support, Tone tone = Tone::Plain);
Cell figure_cell(double value, const Support& support, int digits = 4);
// Numbers that nothing was drawn for: thresholds, limits, coordinates.
Cell number_cell(double value, int digits = 4);
Cell count_cell(std::uint64_t count);
Cell text_cell(std::string text, Tone tone = Tone::Plain);
Cell missing_cell();  // "-", no value

// The figure of a rate of counts, with its Clopper-Pearson interval; without value if trials is 0. Carried as
// Support::of_rate says of the events; where they are no errors (accuracy), of what they leave.
Figure rate_figure(std::string key, std::string meaning, std::uint64_t events, std::uint64_t trials);
Figure share_figure(std::string key, std::string meaning, std::uint64_t right, std::uint64_t trials);
Figure value_figure(std::string key,
                    std::string meaning,
                    std::optional<double> value,
                    const Support& support);

// Control characters and bytes that are no UTF-8 become U+FFFD.
std::string html_text(std::string_view text);
std::string tex_text(std::string_view text);
// A word for a file's name: letters, digits, '-' and '_' stay, everything else becomes '_'.
std::string file_word(std::string_view text);

}  // namespace kyc
