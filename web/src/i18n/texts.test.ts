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
