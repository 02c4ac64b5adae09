// The turns of this page in numbers: percentiles to show, and all of it as JSON to hand on.

import type { Marks, Turn } from "./model";

export const STAGES = ["final", "passages", "first_token", "first_audio", "heard"] as const satisfies (keyof Marks)[];

export interface Percentiles {
  count: number; // turns that got so far
  p50: number;
  p95: number;
}

/** By nearest rank: a value that was really measured. Null of nothing; `share` is 0 to 1. */
export function percentile(values: readonly number[], share: number): number | null {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? null;
}

/** Of one stage, over all turns that got so far; null when none did. */
export function percentilesOf(turns: readonly Turn[], stage: keyof Marks): Percentiles | null {
  const values = turns.flatMap((turn) => turn.marks[stage] ?? []);
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  return p50 === null || p95 === null ? null : { count: values.length, p50, p95 };
}

/** For a report: each turn with the request id by which the server's log knows it. Nothing of what was said. */
export function turnsAsJson(turns: readonly Turn[]): string {
  const percentiles = Object.fromEntries(STAGES.map((stage) => [stage, percentilesOf(turns, stage)]));
  const shown = turns.map(({ number, requestId, speechMs, marks, outcome }) => {
    return { turn: number, request_id: requestId, outcome, speech_ms: speechMs, marks_ms: marks };
  });
  return JSON.stringify({ percentiles_ms: percentiles, turns: shown }, null, 2);
}
