// What the service answers about challenge and document zone (docs/service.md); in openapi.json as free objects.

import type { Action } from "../camera/challenge";

export interface JudgedPrompt {
  action: Action;
  from_ms: number;
  until_ms: number;
  passed: boolean;
  reason: string | null;
  seen_at_ms: number | null;
  reached: number | null;
}

export interface TimelinePoint {
  at_ms: number;
  yaw: number | null;
  pitch: number | null;
  roll: number | null;
  eyes_open: number | null;
  mouth_open: number | null;
  similarity: number | null;
}

export interface JudgedChallenge {
  passed: boolean;
  prompts: JudgedPrompt[];
  /** Absent once the evidence is removed. */
  timeline?: TimelinePoint[];
}

export interface Mrz {
  format: string;
  lines: string[];
  fields: Record<string, string | null>;
  check_digits: { field: string; holds: boolean }[];
  valid: boolean;
}

export interface Signal {
  name: string;
  meaning: string;
  state: "pass" | "fail" | "not_measured";
  effect: "reject" | "review";
  value: number | null;
  threshold: number | null;
  passes_when: string;
  unit: string;
  provenance: string;
}

export interface BestFrame {
  frame: number;
  time_s: number;
  quality: number;
  pose: { yaw: number; pitch: number; roll: number };
  attack_score: number | null;
  similarity?: number;
}

export interface Decision {
  verdict: "accepted" | "rejected" | "review";
  reasons: { code: string; message: string }[];
  signals: Signal[];
  selfie: { duration_s: number; frames_analysed: number; best_frames: BestFrame[] };
  models: { name: string; sha256: string }[];
}

export const protocols = ["detection", "liveness", "verification", "quality", "recognition", "demographics", "morph"] as const;

export interface Evaluation {
  id: string;
  job: string;
  dataset: string;
  protocol: string;
  options: Record<string, string>;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  done: number;
  message: string;
  report: boolean;
}
