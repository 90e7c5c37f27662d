import { describe, expect, it } from "vitest";

import { momentAt } from "./challenge";

const challenge = {
  length_ms: 12000,
  prompts: [
    { action: "turn_left" as const, from_ms: 2500, until_ms: 5300 },
    { action: "blink" as const, from_ms: 6300, until_ms: 9100 },
  ],
};

describe("momentAt", () => {
  it("asks for nothing before the first prompt and counts down to it", () => {
    expect(momentAt(challenge, 0)).toEqual({ action: null, done: 0, left: 1, leftMs: 2500 });
    expect(momentAt(challenge, 1250).left).toBeCloseTo(0.5);
  });
  it("shows a prompt from its first millisecond until before its last", () => {
    expect(momentAt(challenge, 2499).action).toBeNull();
    expect(momentAt(challenge, 2500)).toEqual({ action: "turn_left", done: 0, left: 1, leftMs: 2800 });
    expect(momentAt(challenge, 5299).action).toBe("turn_left");
    expect(momentAt(challenge, 5300)).toMatchObject({ action: null, done: 1, leftMs: 1000 });
  });
  it("waits for the end after the last prompt", () => {
    expect(momentAt(challenge, 9100)).toMatchObject({ action: null, done: 2, leftMs: 2900 });
    expect(momentAt(challenge, 20000)).toMatchObject({ action: null, done: 2, left: 0, leftMs: 0 });
  });
  it("has one long moment where there are no prompts", () => {
    expect(momentAt({ prompts: [], length_ms: 6000 }, 1500)).toEqual({ action: null, done: 0, left: 0.75, leftMs: 4500 });
  });
});
