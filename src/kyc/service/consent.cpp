#include "kyc/service/consent.h"

namespace kyc {
namespace {

std::string days(int count) {
  return std::to_string(count);
}

std::string english(const RetentionDays& retention) {
  return "To verify that you are the person on your document, this service compares the portrait on the "
         "document with "
         "your face in a short clip, reads the machine readable zone of the document, looks for signs of "
         "forgery, and "
         "checks that you move as you are asked to. Face and movements are biometric data. The document with "
         "what was "
         "read off it, and the clip, are stored encrypted for " +
         days(retention.document) + " and " + days(retention.selfie) +
         " days, pictures and a record of the movements that support the decision for " +
         days(retention.evidence) + " days, and the reasons of the decision for " +
         days(retention.case_record) +
         " days. In doubt a person decides and sees these pictures. No face template is stored. You may "
         "withdraw and have "
         "everything erased at any time; then only the fact that there was a case remains.";
}

std::string german(const RetentionDays& retention) {
  return "Um festzustellen, dass Sie die Person auf Ihrem Dokument sind, vergleicht dieser Dienst das "
         "Lichtbild des "
         "Dokuments mit Ihrem Gesicht in einem kurzen Clip, liest die maschinenlesbare Zone des Dokuments, "
         "sucht nach "
         "Anzeichen von F\u00e4lschung und pr\u00fcft, ob Sie sich so bewegen, wie Sie gebeten werden. "
         "Gesicht und "
         "Bewegungen sind biometrische Daten. Das Dokument mit dem, was von ihm gelesen wurde, und der Clip "
         "werden "
         "verschl\u00fcsselt f\u00fcr " +
         days(retention.document) + " und " + days(retention.selfie) +
         " Tage gespeichert, Bilder und eine Aufzeichnung der Bewegungen, auf die sich die Entscheidung "
         "st\u00fctzt, "
         "f\u00fcr " +
         days(retention.evidence) + " Tage, und die Gr\u00fcnde der Entscheidung f\u00fcr " +
         days(retention.case_record) +
         " Tage. Im Zweifel entscheidet ein Mensch und sieht diese Bilder. Ein Gesichtsmerkmal (Template) "
         "wird nicht "
         "gespeichert. Sie k\u00f6nnen jederzeit widerrufen und alles l\u00f6schen lassen; dann bleibt nur, "
         "dass es einen "
         "Vorgang gab.";
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
  return {"2026-11-3", language == Language::German ? german(retention) : english(retention)};
}

}  // namespace kyc
