// Two languages, both complete: de.ts has the type of en.ts.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { de } from "./de";
import { en } from "./en";

export const languages = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languages;

const kStored = "kyclops.language";

function preferred(): Language {
  const stored = localStorage.getItem(kStored);
  if (stored === "en" || stored === "de") return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("de")) &&
    !navigator.languages[0]?.toLowerCase().startsWith("en")
    ? "de"
    : "en";
}

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, de: { translation: de } },
  lng: preferred(),
  fallbackLng: "en",
  interpolation: { escapeValue: false },  // React does
});
document.documentElement.lang = i18next.language;

export function chooseLanguage(language: Language): void {
  localStorage.setItem(kStored, language);
  void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}
