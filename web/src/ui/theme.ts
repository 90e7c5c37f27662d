// Light, dark, or as the system has it.

export type Theme = "auto" | "light" | "dark";

const kStored = "kyclops.theme";

export function storedTheme(): Theme {
  const stored = localStorage.getItem(kStored);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(kStored, theme);
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
