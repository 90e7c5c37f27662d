#include "kyc/service/consent.h"

namespace kyc {
namespace {

// Of the words: who changes one of them counts up.
constexpr std::string_view kWords = "2026-11-4";

struct Days {
  explicit Days(const RetentionDays& retention)
      : document(std::to_string(retention.document)),
        selfie(std::to_string(retention.selfie)),
        evidence(std::to_string(retention.evidence)),
        case_record(std::to_string(retention.case_record)) {}
  std::string document, selfie, evidence, case_record;
};

std::string english(const Days& days) {
  return "This service checks whether you are the person on your document. It compares the photo on the "
         "document with your face in a short clip, reads the machine readable lines of the document, "
         "looks for signs of forgery, and checks that you move as you are asked to. Your face and your "
         "movements are biometric data.\n\n"
         "Document, clip, pictures and movements are stored encrypted: the document and what was read "
         "from it for " +
         days.document + " days, the clip for " + days.selfie +
         " days, the pictures and movements that the decision rests on for " + days.evidence +
         " days. The reasons for the decision are kept for " + days.case_record +
         " days. No face template is stored.\n\n"
         "In doubt a person looks at these pictures and decides.\n\n"
         "You may withdraw your consent and have everything erased at any time. Only the fact that there "
         "was a verification then remains.";
}

std::string german(const Days& days) {
  return "Dieser Dienst pr\u00fcft, ob Sie die Person auf Ihrem Ausweis sind. Er vergleicht das Foto auf "
         "dem Ausweis mit Ihrem Gesicht in einer kurzen Videoaufnahme, liest die maschinenlesbaren "
         "Zeilen des Ausweises, sucht nach Spuren einer F\u00e4lschung und pr\u00fcft, ob Sie die "
         "verlangten Bewegungen ausf\u00fchren. Ihr Gesicht und Ihre Bewegungen sind biometrische "
         "Daten.\n\n"
         "Ausweis, Aufnahme, Bilder und Bewegungen werden verschl\u00fcsselt gespeichert: der Ausweis "
         "und die daraus gelesenen Angaben " +
         days.document + " Tage, die Aufnahme " + days.selfie +
         " Tage, die Bilder und Bewegungen, auf denen die Entscheidung beruht, " + days.evidence +
         " Tage. Die Gr\u00fcnde der Entscheidung bleiben " + days.case_record +
         " Tage gespeichert. Ein biometrisches Gesichtsmuster (Template) wird nicht gespeichert.\n\n"
         "Im Zweifel sieht sich ein Mensch diese Bilder an und entscheidet.\n\n"
         "Sie k\u00f6nnen Ihre Einwilligung jederzeit widerrufen und alles l\u00f6schen lassen. "
         "Gespeichert bleibt dann nur, dass es eine Pr\u00fcfung gab.";
}

}  // namespace

std::string_view to_string(Language language) {
  return language == Language::German ? "de" : "en";
}

std::optional<Language> language_of(std::string_view text) {
  for (const Language language : {Language::English, Language::German})
    if (to_string(language) == text) return language;
  return std::nullopt;
}

ConsentText consent_text(const RetentionDays& retention, Language language) {
  const Days days(retention);
  return {std::string(kWords) + "/" + days.document + "-" + days.selfie + "-" + days.evidence + "-" +
              days.case_record,
          language == Language::German ? german(days) : english(days)};
}

}  // namespace kyc
