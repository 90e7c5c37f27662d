// Numbers, sizes and times as the chosen language writes them.

import { useTranslation } from "react-i18next";

export function useFormat() {
  const { i18n } = useTranslation();
  const locale = i18n.language === "de" ? "de-DE" : "en-GB";
  return {
    number: (value: number, digits = 0) =>
      new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value),
    percent: (share: number) => new Intl.NumberFormat(locale, { style: "percent" }).format(share),
    bytes(value: number) {
      const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
      let unit = 0;
      while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
      }
      return new Intl.NumberFormat(locale, {
        style: "unit",
        unit: units[unit],
        unitDisplay: "short",
        maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
      }).format(value);
    },
    time: (text: string | null | undefined) =>
      text ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text)) : "",
    date: (text: string) => new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(text)),
    exactTime: (text: string) =>
      new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(text)),
  };
}
