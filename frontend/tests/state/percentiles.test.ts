import { expect, test } from "vitest";

import type { Turn } from "../../src/state/model";
import { percentile, percentilesOf, turnsAsJson } from "../../src/state/percentiles";

const turn = (number: number, heard?: number): Turn => ({
  ...{ number, requestId: `req_${number}`, itemId: "u1", responseId: "r1", speechMs: 900, outcome: "completed" },
  marks: { final: 100, ...(heard !== undefined && { heard }) },
});

test("a percentile is a value that was measured", () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([1, 3, 5, 5]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNull();
});

test("of a hundred turns the 95th percentile leaves five above it", () => {
  const turns = Array.from({ length: 100 }, (_, n) => turn(n + 1, n + 1));
  expect(percentilesOf(turns, "heard")).toEqual({ count: 100, p50: 50, p95: 95 });
});

test("turns that did not get so far are not counted", () => {
  expect(percentilesOf([turn(1, 800), turn(2)], "heard")).toEqual({ count: 1, p50: 800, p95: 800 });
  expect(percentilesOf([turn(1)], "heard")).toBeNull();
});

test("as JSON each turn has its request id, and nothing of what was said", () => {
  const { percentiles_ms, turns } = JSON.parse(turnsAsJson([turn(1, 800)]));
  expect(percentiles_ms.heard).toEqual({ count: 1, p50: 800, p95: 800 });
  expect(percentiles_ms.passages).toBeNull();
  const marks_ms = { final: 100, heard: 800 };
  expect(turns).toEqual([{ turn: 1, request_id: "req_1", outcome: "completed", speech_ms: 900, marks_ms }]);
});
