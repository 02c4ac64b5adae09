import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { openEncoder } from "../../src/audio/opus-encoder";
import { FakeAudioData, installCodecs, settle } from "./fake-codecs";

beforeEach(() => installCodecs());
afterEach(() => vi.unstubAllGlobals());

const chunk = (value: number): Int16Array<ArrayBuffer> => new Int16Array(480).fill(value);

function makeEncoder() {
  const packets: (number | null)[] = []; // what each packet stands for; null is the empty one
  const errors: string[] = [];
  const encoder = openEncoder({
    onPacket: (packet) => packets.push(packet.length > 0 ? new Int16Array(packet.buffer)[0]! : null),
    onError: (error) => errors.push(error.message),
  });
  return { encoder, packets, errors };
}

test("each chunk gets its packet, in order", async () => {
  const { encoder, packets } = makeEncoder();
  for (const value of [1000, 2000, 3000]) encoder.encode(chunk(value));
  await settle();
  expect(packets).toEqual([1000, 2000, 3000]);
  expect(FakeAudioData.open).toBe(0);
});

test("a silent chunk gets an empty packet, at its place", async () => {
  const { encoder, packets } = makeEncoder();
  for (const value of [0, 1000, ...new Array<number>(12).fill(0), 2000]) encoder.encode(chunk(value));
  await settle();
  expect(packets).toEqual([null, 1000, ...new Array<number>(10).fill(0), null, null, 2000]);
});

test("it keeps twenty seconds waiting, not more", () => {
  const { encoder, errors } = makeEncoder();
  for (let n = 0; n < 1000; n++) encoder.encode(chunk(1000));
  expect(errors).toEqual([]);
  encoder.encode(chunk(1000));
  expect(errors).toEqual(["the Opus encoder cannot keep up"]);
  encoder.encode(chunk(1000)); // it is of no more use, and said so once
  expect(errors).toHaveLength(1);
});

test("closed, it gives nothing more", async () => {
  const { encoder, packets } = makeEncoder();
  encoder.encode(chunk(1000));
  encoder.close();
  encoder.encode(chunk(1000));
  encoder.close();
  await settle();
  expect(packets).toEqual([]);
});
