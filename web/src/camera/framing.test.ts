import { describe, expect, it } from "vitest";

import { adviceOf, measure, type GreyPicture, type Guide } from "./framing";

const guide: Guide = { left: 0.1, right: 0.9, top: 0.15, bottom: 0.85 };
const width = 240;
const height = 160;

/** A card of one luma with dark lines of text, on a ground of another; moved by `shift` pixels to the right. */
function card(ground: number, paper: number, shift = 0): GreyPicture {
  const luma = new Uint8ClampedArray(width * height).fill(ground);
  for (let y = 24; y < 136; ++y)
    for (let x = 24 + shift; x < Math.min(width, 216 + shift); ++x) {
      const text = y % 12 < 3 && x > 60 + shift && x < 180 + shift && (x >> 1) % 3 > 0;
      luma[y * width + x] = text ? paper - 90 : paper;
    }
  return { width, height, luma };
}

function blurred({ luma }: GreyPicture): GreyPicture {
  const out = new Uint8ClampedArray(luma.length);
  const reach = 4;
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      let sum = 0;
      let count = 0;
      for (let dy = -reach; dy <= reach; ++dy)
        for (let dx = -reach; dx <= reach; ++dx) {
          const value = luma[(y + dy) * width + x + dx];
          if (value !== undefined && x + dx >= 0 && x + dx < width) {
            sum += value;
            ++count;
          }
        }
      out[y * width + x] = sum / count;
    }
  return { width, height, luma: out };
}

describe("measure and adviceOf", () => {
  it("is content with a sharp card that fills the frame", () => {
    const framing = measure(card(60, 200), guide);
    expect(framing.sides).toEqual({ left: true, right: true, top: true, bottom: true });
    expect(adviceOf(framing, true)).toBe("good");
  });
  it("sees a dark card on a bright ground as well", () => {
    expect(measure(card(220, 120), guide).sides).toEqual({ left: true, right: true, top: true, bottom: true });
  });
  it("finds no outline in an even picture", () => {
    const framing = measure({ width, height, luma: new Uint8ClampedArray(width * height).fill(140) }, guide);
    expect(Object.values(framing.sides).some(Boolean)).toBe(false);
    expect(adviceOf(framing, true)).toBe("outline");
  });
  it("misses the sides of a card that is far off", () => {
    const { sides } = measure(card(60, 200, 60), guide);
    expect(sides.left).toBe(false);
  });
  it("asks to hold still while the picture is blurred", () => {
    const sharp = measure(card(60, 200), guide);
    const soft = measure(blurred(card(60, 200)), guide);
    expect(soft.sharpness).toBeLessThan(sharp.sharpness / 4);
    expect(adviceOf({ ...soft, sides: sharp.sides }, true)).toBe("hold");
  });
  it("speaks of light first", () => {
    expect(adviceOf(measure(card(10, 40), guide), true)).toBe("brighter");
    expect(adviceOf(measure(card(240, 249), guide), false)).toBe("darker");
    const burnt = card(60, 200);
    burnt.luma.fill(255, 70 * width, 95 * width);
    expect(adviceOf(measure(burnt, guide), true)).toBe("glare");
  });
});
