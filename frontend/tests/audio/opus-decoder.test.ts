import { afterEach, expect, test, vi } from "vitest";

import { openDecoder } from "../../src/audio/opus-decoder";
import { FakeAudioData, installCodecs, settle } from "./fake-codecs";

afterEach(() => vi.unstubAllGlobals());

const packet = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(Int16Array.of(value).buffer);
const NOTHING = new Uint8Array(0);

function makeDecoder() {
  const told: string[] = []; // "a 5000": 480 samples of item a, which sound like 5000 (in thousands, at their end)
  const decoder = openDecoder({
    onSamples: (item, samples) => {
      expect(samples).toHaveLength(480);
      told.push(`${item} ${Math.round(samples[479]! / 1000) * 1000}`);
    },
    onEnd: (item) => told.push(`${item} ends`),
    onError: (error) => told.push(error.message),
  });
  return { decoder, told };
}

test("each packet becomes 480 samples, in order, and the end comes behind them", async () => {
  installCodecs();
  const { decoder, told } = makeDecoder();
  decoder.push("a", [packet(1000), packet(2000)]);
  decoder.push("a", [packet(3000)]);
  decoder.end("a");
  decoder.push("b", [packet(4000)]);
  await settle();
  expect(told).toEqual(["a 1000", "a 2000", "a 3000", "a ends", "b 4000"]);
  expect(FakeAudioData.open).toBe(0);
});

test("an empty packet is silence, at its place, at once if nothing is in front of it", async () => {
  installCodecs();
  const { decoder, told } = makeDecoder();
  decoder.push("a", [NOTHING]);
  expect(told).toEqual(["a 0"]);
  decoder.push("a", [packet(1000), NOTHING, NOTHING, packet(2000), NOTHING]);
  decoder.end("a");
  await settle();
  expect(told.slice(1)).toEqual(["a 1000", "a 0", "a 0", "a 2000", "a 0", "a ends"]);
});

test("what the browser passes over becomes silence, so that nothing moves", async () => {
  installCodecs({ fate: (n) => ([1, 3, 4].includes(n) ? "lose" : "pass") });
  const { decoder, told } = makeDecoder();
  decoder.push("a", [packet(1000), packet(2000), packet(3000), packet(4000)]);
  decoder.end("a");
  decoder.push("b", [packet(5000), packet(6000)]);
  await settle();
  expect(told).toEqual(["a 1000", "a 0", "a 3000", "a 0", "a ends", "b 0", "b 6000"]);
});

test.each([
  [24_000, 480],
  [48_000, 960],
  [48_000, 648], // a browser that cuts off the encoder's delay
])("%i Hz, %i frames: still 480 samples", async (rate, frames) => {
  installCodecs({ rate, frames });
  const { decoder, told } = makeDecoder();
  decoder.push("a", [packet(8000)]);
  await settle();
  expect(told).toEqual(["a 8000"]);
});

test("cancelled, it forgets what was not handed out, and goes on with the next", async () => {
  installCodecs();
  const { decoder, told } = makeDecoder();
  decoder.push("a", [packet(1000), NOTHING]);
  decoder.end("a");
  decoder.cancel();
  decoder.push("b", [packet(2000)]);
  await settle();
  expect(told).toEqual(["b 2000"]);
});

test("a failure is said once, and nothing follows", async () => {
  installCodecs({ fate: () => "fail" });
  const { decoder, told } = makeDecoder();
  decoder.push("a", [packet(1000)]);
  await settle();
  decoder.push("a", [packet(2000), NOTHING]);
  decoder.end("a");
  decoder.cancel();
  decoder.close();
  await settle();
  expect(told).toEqual(["no Opus"]);
});

test("ten minutes may wait, not more", () => {
  installCodecs();
  const { decoder, told } = makeDecoder();
  decoder.push("a", new Array<Uint8Array<ArrayBuffer>>(30_000).fill(packet(1000)));
  expect(told).toEqual([]);
  decoder.push("a", [packet(1000)]);
  expect(told).toEqual(["too many Opus packets wait"]);
});
