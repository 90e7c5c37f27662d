// The active challenge: what the server asks for, and what to show at which moment of the recording.

export type Action = "turn_left" | "turn_right" | "look_up" | "look_down" | "blink" | "open_mouth";

export interface Prompt {
  action: Action;
  from_ms: number;
  until_ms: number;
}

export interface Challenge {
  nonce: string;
  issued_at: string;
  expires_at: string;
  length_ms: number;
  prompts: Prompt[];
}

export interface Moment {
  /** What is to be done now; null: look straight ahead. */
  action: Action | null;
  /** How many prompts are over. */
  done: number;
  /** How much of the current prompt, or of the wait for the next one, is left, from 1 to 0. */
  left: number;
  /** Milliseconds until what is shown now ends. */
  leftMs: number;
}

export function momentAt(challenge: Pick<Challenge, "prompts" | "length_ms">, elapsedMs: number): Moment {
  const prompts = challenge.prompts;
  const done = prompts.filter((prompt) => prompt.until_ms <= elapsedMs).length;
  const current = prompts.find((prompt) => prompt.from_ms <= elapsedMs && elapsedMs < prompt.until_ms);
  const from = current?.from_ms ?? prompts[done - 1]?.until_ms ?? 0;
  const until = current?.until_ms ?? prompts[done]?.from_ms ?? challenge.length_ms;
  const leftMs = Math.max(0, until - elapsedMs);
  return { action: current?.action ?? null, done, left: until > from ? Math.min(1, leftMs / (until - from)) : 0, leftMs };
}
