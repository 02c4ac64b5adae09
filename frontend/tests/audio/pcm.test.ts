import { expect, test } from "vitest";

import { CHUNK_LENGTH, rms, toInt16, wholeMs } from "../../src/audio/pcm";

test("milliseconds are whole, and never more than was played", () => {
  expect([0, 23, 24, 47, CHUNK_LENGTH].map(wholeMs)).toEqual([0, 0, 1, 1, 20]);
});

test("a sample is quantised, and clipped where it is too loud", () => {
  expect([-2, -1, -0.5, 0, 0.5, 1, 2].map(toInt16)).toEqual([-32767, -32767, -16383, 0, 16384, 32767, 32767]);
});

test("the loudness of nothing is nothing", () => {
  expect(rms(new Float32Array(0))).toBe(0);
  expect(rms(Float32Array.of(0.5, -0.5))).toBeCloseTo(0.5);
});
