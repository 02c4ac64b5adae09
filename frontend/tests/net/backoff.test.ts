import { expect, test } from "vitest";

import { delayMs } from "../../src/net/backoff";

test("it doubles from a quarter of a second to eight", () => {
  expect(Array.from({ length: 8 }, (_, attempt) => delayMs(attempt, 0))).toEqual([
    ...[250, 500, 1000, 2000, 4000, 8000],
    ...[8000, 8000],
  ]);
  expect(delayMs(100_000, 0)).toBe(8000);
});

test("jitter takes up to half away", () => {
  expect(delayMs(2, 1)).toBe(500);
  expect(delayMs(2, 0.5)).toBe(750);
});
