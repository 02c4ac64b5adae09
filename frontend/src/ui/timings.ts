// The times of turns, made ready to be seen.

import type { Answer, Marks, Turn } from "../state/model";
import { percentile, STAGES } from "../state/percentiles";

const MOST_LINES = 400; // as many as the state keeps

export type Step = keyof Marks;

/** One step of a turn, in ms since the end of speech. `heard` spans all of it. */
export interface Bar {
  step: Step;
  from: number;
  to: number;
}

export function barsOf(marks: Marks): Bar[] {
  let before = 0;
  return STAGES.flatMap((step) => {
    const to = marks[step];
    if (to === undefined) return [];
    const from = step === "heard" ? 0 : Math.min(before, to);
    before = to;
    return [{ step, from, to }];
  });
}

/** What a person would call "how long it took": to the ear, or as near to it as is known. */
export function totalOf({ heard, first_audio, first_token }: Marks): number | undefined {
  return heard ?? first_audio ?? first_token;
}

/** Median and 95 % of how long turns took, or null before the first. */
export function overallOf(turns: readonly Turn[]): { p50: number; p95: number } | null {
  const totals = turns.flatMap(({ marks }) => totalOf(marks) ?? []);
  const [p50, p95] = [percentile(totals, 0.5), percentile(totals, 0.95)];
  return p50 === null || p95 === null ? null : { p50, p95 };
}

/** Which turn a line of an answer belongs to. The state knows it of the last few answers only; this remembers. */
export class TurnsOfLines {
  readonly #responses = new Map<string, string>();

  note(answers: readonly Answer[]) {
    for (const { itemId, responseId } of answers) if (itemId !== null) this.#responses.set(itemId, responseId);
    const oldest = this.#responses.keys();
    while (this.#responses.size > MOST_LINES) this.#responses.delete(oldest.next().value!);
  }

  find(lineId: string, turns: readonly Turn[]): Turn | undefined {
    const response = this.#responses.get(lineId);
    return response === undefined ? undefined : turns.findLast(({ responseId }) => responseId === response);
  }
}
