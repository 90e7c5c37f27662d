// Internal to service/: what a person consents to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kyc/service/options.h"

namespace kyc {

enum class Language { English, German };
std::string_view to_string(Language language);  // "en", "de"
std::optional<Language> language_of(std::string_view text);

// version  the same in every language; another text, or other days of retention, are another version
// text     paragraphs with an empty line between them
struct ConsentText {
  std::string version;
  std::string text;
};
ConsentText consent_text(const RetentionDays& retention, Language language);

}  // namespace kyc
