import { useEffect, useState, type RefObject } from "react";

import { adviceOf, greyOf, measure, type Advice, type Framing, type Guide } from "./framing";

const kWidth = 240;   // of the measured copy
const kEveryMs = 150;

/** Measures the running picture; null until there is one. */
export function useFraming(video: RefObject<HTMLVideoElement | null>, on: boolean, guide: Guide, outline: boolean) {
  const [state, setState] = useState<{ framing: Framing; advice: Advice } | null>(null);
  useEffect(() => {
    if (!on) {
      setState(null);
      return;
    }
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const timer = window.setInterval(() => {
      const source = video.current;
      if (!context || !source || source.videoWidth === 0) return;
      canvas.width = kWidth;
      canvas.height = Math.round((kWidth * source.videoHeight) / source.videoWidth);
      context.drawImage(source, 0, 0, canvas.width, canvas.height);
      const framing = measure(greyOf(context.getImageData(0, 0, canvas.width, canvas.height)), guide);
      setState({ framing, advice: adviceOf(framing, outline) });
    }, kEveryMs);
    return () => window.clearInterval(timer);
  }, [video, on, guide, outline]);
  return state;
}
