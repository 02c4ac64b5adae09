// How long to wait before the next attempt to connect. Pure.

const FIRST_MS = 250;
const LONGEST_MS = 8000;

/** Doubles with each attempt (counted from 0). `jitter`, 0 to 1, takes up to half of it away: pages must not return in step. */
export function delayMs(attempt: number, jitter: number): number {
  return Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS) * (1 - jitter / 2);
}
