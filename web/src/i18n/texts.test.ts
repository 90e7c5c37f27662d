import { describe, expect, it } from "vitest";

import { de } from "./de";
import { en } from "./en";

function leaves(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string" ? [[path + name, value] as [string, string]] : leaves(value as object, `${path}${name}.`),
  );
}

describe("texts", () => {
  const english = new Map(leaves(en));
  const german = new Map(leaves(de));
  it("have the same keys in both languages", () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });
  it("fill in the same values in both languages", () => {
    const filled = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
    for (const [key, text] of english) expect([key, filled(german.get(key)!)]).toEqual([key, filled(text)]);
  });
  it("are never empty", () => {
    for (const [key, text] of [...english, ...german]) expect([key, text.trim().length > 0]).toEqual([key, true]);
  });
});

const sources = import.meta.glob<string>(["../../../src/kyc/{service,verification}/*.cpp", "!**/*_test.cpp"], { query: "?raw", import: "default", eager: true });

/** What the C++ sources of a folder name in the first group of the pattern. */
function named(folder: string, pattern: RegExp): string[] {
  const texts = Object.entries(sources).flatMap(([path, text]) => (path.includes(`/${folder}/`) ? [text] : []));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1]!)))].sort();
}

describe("what the program says", () => {
  // Only other programs meet these, or the text says more than the code: which field, and what was expected of it.
  const forPrograms = ["bad_request", "header_too_large", "idempotency_in_progress", "idempotency_mismatch", "invalid_field", "invalid_json", "range_not_satisfiable", "scope", "session_only", "unsupported", "weak_password"];
  it("has a text for every error code", () => {
    const codes = named("service", /(?:HttpError\(|HttpError error\(|HttpError \w+\()\s*\d+,\s*"([a-z_]+)"/g);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !forPrograms.includes(code) && !(code in en.errors))).toEqual([]);
    expect(Object.keys(en.errors).filter((code) => code !== "unreachable" && !codes.includes(code))).toEqual([]);
  });
  it("has a meaning for every signal", () => {
    const signals = named("verification", /(?:policy|plain)_signal\(\s*"([a-z_]+)"/g).map((name) => name.replace(/_$/, ""));
    expect(signals.length).toBeGreaterThan(20);
    expect(signals).toEqual(Object.keys(en.signals).sort());
  });
  it("has a text for every reason of a decision", () => {
    const reasons = named("verification", /\{"([a-z_]+)",\s*"[A-Z]/g);
    expect(reasons.length).toBeGreaterThan(20);
    expect(reasons.filter((code) => !(code in en.reasons))).toEqual([]);
  });
});
