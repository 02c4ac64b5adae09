import { expect, test } from "vitest";

import { Chunker } from "../../src/audio/chunker";

function chunksOf(value: number, blocks: number, rate = 48000): { samples: Int16Array; level: number }[] {
  const chunks: { samples: Int16Array; level: number }[] = [];
  const chunker = new Chunker(rate);
  const block = new Float32Array(128).fill(value);
  for (let n = 0; n < blocks; n++) chunker.push(block, (samples, level) => chunks.push({ samples, level }));
  return chunks;
}

test("one second becomes chunks of 20 ms", () => {
  const chunks = chunksOf(0.5, 375);
  expect(chunks).toHaveLength(49); // the fiftieth waits for the filter's last half millisecond
  expect(chunks.every(({ samples }) => samples.length === 480)).toBe(true);
});

test("chunks are not reused: each may be given away", () => {
  const chunks = chunksOf(0.5, 375);
  expect(new Set(chunks.map(({ samples }) => samples.buffer)).size).toBe(chunks.length);
});

test("the level is that of the sound", () => {
  const chunk = chunksOf(0.5, 30)[1]!;
  expect(chunk.level).toBeCloseTo(0.5, 3);
  expect(chunk.samples[100]).toBe(16384);
});

test("what is too loud is clipped, not wrapped", () => {
  expect(chunksOf(3, 30)[1]!.samples[100]).toBe(32767);
  expect(chunksOf(-3, 30)[1]!.samples[100]).toBe(-32767);
});
