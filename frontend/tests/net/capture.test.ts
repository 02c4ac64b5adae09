import { expect, test } from "vitest";

import { CHUNK_LENGTH } from "../../src/audio/pcm";
import { Capture } from "../../src/net/capture";

const chunk = () => new Int16Array(CHUNK_LENGTH);

/** Chunks of one microphone, handed out 30 ms after their sound began: 20 ms of it, and 10 that it took. */
function give(capture: Capture, count: number, startAt: number): void {
  for (let n = 0; n < count; n++) capture.push(chunk(), n * 20, startAt + n * 20 + 20);
}

test("it knows when the sound at a position was made", () => {
  const capture = new Capture();
  give(capture, 100, 5000);
  expect(capture.endMs).toBe(2000);
  expect(capture.timeOf(0)).toBe(5000);
  expect(capture.timeOf(1234)).toBe(6234);
  expect(capture.timeOf(2000)).toBeNull(); // still to come
  expect(capture.timeOf(-1)).toBeNull();
});

test("gaps in time are no gaps in sound", () => {
  const capture = new Capture();
  give(capture, 10, 1000);
  for (let n = 10; n < 20; n++) capture.push(chunk(), n * 20, 9000 + n * 20); // the browser had stopped it
  expect(capture.timeOf(190)).toBe(1190);
  expect(capture.timeOf(200)).toBe(9180);
});

test("another microphone goes on where the last one ended", () => {
  const capture = new Capture();
  give(capture, 10, 1000);
  capture.begin();
  give(capture, 10, 8000);
  expect(capture.endMs).toBe(400);
  expect(capture.timeOf(200)).toBe(8000);
  expect(capture.between(180, 240).map(({ positionMs }) => positionMs)).toEqual([180, 200, 220]);
});

test("the last ten seconds are kept, and the times of a minute and more", () => {
  const capture = new Capture();
  give(capture, 5000, 0);
  const kept = capture.between(0, Infinity);
  expect([kept.length, kept[0]?.positionMs]).toEqual([500, 90_000]);
  expect(capture.timeOf(100_000 - 4096 * 20 - 1)).toBeNull();
  expect(capture.timeOf(100_000 - 4096 * 20)).toBe(100_000 - 4096 * 20);
});
