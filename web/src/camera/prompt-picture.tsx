// A large drawing of what to do. The preview is a mirror, so the person's own left is on the left.

import type { Action } from "./challenge";

interface Pose {
  x: number;  // how far eyes, nose and mouth move from the middle
  y: number;
  eyes: "open" | "shut";
  mouth: "shut" | "open";
  arrow?: string;
}

const poses: Record<Action | "ahead", Pose> = {
  ahead: { x: 0, y: 0, eyes: "open", mouth: "shut" },
  turn_left: { x: -13, y: 0, eyes: "open", mouth: "shut", arrow: "M24 60H6m8-9-9 9 9 9" },
  turn_right: { x: 13, y: 0, eyes: "open", mouth: "shut", arrow: "M96 60h18m-8-9 9 9-9 9" },
  look_up: { x: 0, y: -13, eyes: "open", mouth: "shut", arrow: "M60 14V2m-8 7 8-8 8 8" },
  look_down: { x: 0, y: 13, eyes: "open", mouth: "shut", arrow: "M60 106v12m-8-7 8 8 8-8" },
  blink: { x: 0, y: 0, eyes: "shut", mouth: "shut" },
  open_mouth: { x: 0, y: 0, eyes: "open", mouth: "open" },
};

export function PromptPicture({ action }: { action: Action | null }) {
  const pose = poses[action ?? "ahead"];
  const { x, y } = pose;
  return (
    <svg className="prompt-picture" viewBox="0 0 120 120" fill="none" stroke="currentColor" strokeWidth={4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <ellipse cx={60} cy={60} rx={30} ry={38} />
      {pose.eyes === "open" ? (
        <>
          <circle cx={49 + x} cy={52 + y} r={3.5} fill="currentColor" stroke="none" />
          <circle cx={71 + x} cy={52 + y} r={3.5} fill="currentColor" stroke="none" />
        </>
      ) : (
        <path d="M43 52q6 5 12 0M65 52q6 5 12 0" />
      )}
      <path d={`M${60 + x * 1.35} ${57 + y}v7`} />
      {pose.mouth === "open" ? <ellipse cx={60} cy={79} rx={7} ry={9} /> : <path d={`M${53 + x} ${77 + y}h14`} />}
      {pose.arrow && <path className="prompt-arrow" d={pose.arrow} strokeWidth={5} />}
    </svg>
  );
}
