// The signals of the machine readable zone.

#include <algorithm>
#include <chrono>

#include "kyc/verification/inquiry.h"

namespace kyc {
namespace {

// Days since 1970; of a date without a day or month, the last one that it can mean.
std::chrono::sys_days last_day_of(const MrzDate& date) {
  using std::chrono::month;
  const std::chrono::year year(date.year);
  const month in = month(static_cast<unsigned>(date.month.value_or(12)));
  if (date.day) return std::chrono::sys_days(year / in / std::chrono::day(static_cast<unsigned>(*date.day)));
  return std::chrono::sys_days(year / in / std::chrono::last);
}

}  // namespace

void ask_zone(Inquiry& inquiry, const DocumentAnalysis& document) {
  if (!document.zone || document.unreadable) return;
  const std::optional<MrzReading>& reading = document.zone->reading;
  Signal checks = policy_signal("document_check_digits",
                                "check digits of the machine readable zone that hold",
                                Effect::Review,
                                ">=",
                                reading ? static_cast<double>(reading->mrz.checks.size()) : 0,
                                "",
                                "(ICAO Doc 9303: all)");
  Signal valid = policy_signal("document_not_expired",
                               "days until the document expires, by its machine readable zone",
                               Effect::Review,
                               ">=",
                               0,
                               "d",
                               "(the day of the verification)");
  if (!reading) {
    checks.threshold.reset();
    inquiry.note(checks);
    inquiry.note(valid);
    return;
  }
  const auto holding = std::count_if(reading->mrz.checks.begin(),
                                     reading->mrz.checks.end(),
                                     [](const MrzCheck& check) { return check.valid(); });
  inquiry.measure(checks,
                  static_cast<double>(holding),
                  {"document_check_digits",
                   "Check digits of the machine readable zone do not hold (" + std::to_string(holding) +
                       " of " + std::to_string(reading->mrz.checks.size()) + " do)."});
  if (const auto& expiry = reading->mrz.date_of_expiry)
    inquiry.measure(valid,
                    static_cast<double>((last_day_of(*expiry) - last_day_of(document.zone->read_on)).count()),
                    {"document_expired", "The document expired on " + to_string(*expiry) + "."});
  else
    inquiry.note(valid);
}

}  // namespace kyc
