// What can be told about a camera picture while it is held: light, sharpness, and whether a card's edges lie where the
// frame on the screen is. Measured on a small grey copy, a few times a second. Help only: the service decides by itself.

/** A rectangle as shares of the picture's width and height. */
export interface Guide {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Framing {
  /** Mean luma inside the guide, 0 to 255. */
  brightness: number;
  /** Share of the guide's pixels that are burnt out. */
  glare: number;
  /** Variance of the Laplacian inside the guide: low means blurred. */
  sharpness: number;
  /** Which sides of the guide have an edge of the card near them. */
  sides: { left: boolean; top: boolean; right: boolean; bottom: boolean };
}

export type Advice = "darker" | "brighter" | "glare" | "outline" | "hold" | "good";

export interface GreyPicture {
  width: number;
  height: number;
  luma: Uint8ClampedArray;
}

export function greyOf(image: ImageData): GreyPicture {
  const luma = new Uint8ClampedArray(image.width * image.height);
  for (let i = 0, at = 0; i < luma.length; ++i, at += 4)
    luma[i] = 0.299 * image.data[at]! + 0.587 * image.data[at + 1]! + 0.114 * image.data[at + 2]!;
  return { width: image.width, height: image.height, luma };
}

const kBand = 0.07;  // how far from the guide a side may lie, as a share of the picture's width
const kEdge = 14;    // mean luma step along a side, out of 255
const kStandsOut = 1.8;  // times the band's typical step

// The mean absolute luma step across each line (column or row) of a band: a card's side is a line on which it is large.
function hasLine(step: (line: number) => number, from: number, to: number): boolean {
  const steps: number[] = [];
  for (let line = from; line <= to; ++line) steps.push(step(line));
  if (steps.length < 3) return false;
  const strongest = Math.max(...steps);
  const typical = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  return strongest >= kEdge && strongest >= kStandsOut * typical;
}

export function measure({ width, height, luma }: GreyPicture, guide: Guide): Framing {
  const left = Math.round(guide.left * width);
  const right = Math.round(guide.right * width) - 1;
  const top = Math.round(guide.top * height);
  const bottom = Math.round(guide.bottom * height) - 1;
  const at = (x: number, y: number) => luma[y * width + x]!;

  let sum = 0;
  let burnt = 0;
  let count = 0;
  let laplacian = 0;
  let laplacianSquares = 0;
  let inner = 0;
  for (let y = top; y <= bottom; ++y)
    for (let x = left; x <= right; ++x) {
      const value = at(x, y);
      sum += value;
      burnt += value >= 250 ? 1 : 0;
      ++count;
      if (x > left && x < right && y > top && y < bottom) {
        const bend = 4 * value - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1);
        laplacian += bend;
        laplacianSquares += bend * bend;
        ++inner;
      }
    }

  const reach = Math.max(2, Math.round(kBand * width));
  // Only the middle two thirds of a side: the corners are round, and a finger holds the card somewhere.
  const middle = (from: number, to: number): [number, number] => {
    const sixth = Math.round((to - from) / 6);
    return [from + sixth, to - sixth];
  };
  const columnStep = (x: number) => {
    const [from, to] = middle(top, bottom);
    let total = 0;
    for (let y = from; y <= to; ++y) total += at(x + 1, y) - at(x - 1, y);
    return Math.abs(total) / (to - from + 1);
  };
  const rowStep = (y: number) => {
    const [from, to] = middle(left, right);
    let total = 0;
    for (let x = from; x <= to; ++x) total += at(x, y + 1) - at(x, y - 1);
    return Math.abs(total) / (to - from + 1);
  };
  const columns = (x: number) => hasLine(columnStep, Math.max(1, x - reach), Math.min(width - 2, x + reach));
  const rows = (y: number) => hasLine(rowStep, Math.max(1, y - reach), Math.min(height - 2, y + reach));
  const mean = inner > 0 ? laplacian / inner : 0;
  return {
    brightness: count > 0 ? sum / count : 0,
    glare: count > 0 ? burnt / count : 0,
    sharpness: inner > 0 ? laplacianSquares / inner - mean * mean : 0,
    sides: { left: columns(left), right: columns(right), top: rows(top), bottom: rows(bottom) },
  };
}

const kDark = 60;
const kBright = 225;
const kGlare = 0.12;
const kSharp = 60;

/** The one thing to do next. outline: whether a card is looked for (not for a face). */
export function adviceOf(framing: Framing, outline: boolean): Advice {
  if (framing.brightness < kDark) return "brighter";
  if (framing.brightness > kBright) return "darker";
  if (outline && framing.glare > kGlare) return "glare";
  if (outline && Object.values(framing.sides).filter(Boolean).length < 3) return "outline";
  if (outline && framing.sharpness < kSharp) return "hold";
  return "good";
}
