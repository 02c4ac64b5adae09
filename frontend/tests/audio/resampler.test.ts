import { expect, test } from "vitest";

import { Resampler } from "../../src/audio/resampler";

function sine(rate: number, frequency: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));
}

function convert(input: Float32Array, from: number, to: number, block = 128): Float32Array {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  const room = new Float32Array(resampler.longest(block));
  for (let at = 0; at < input.length; at += block) {
    const count = resampler.process(input.subarray(at, at + block), room);
    out.push(...room.subarray(0, count));
  }
  return Float32Array.from(out);
}

function decibels(signal: Float32Array): number {
  const middle = signal.subarray(signal.length / 4, (signal.length * 3) / 4);
  return 10 * Math.log10((2 * middle.reduce((sum, x) => sum + x * x, 0)) / middle.length);
}

const RATES = [8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];

test.each(RATES)("%i Hz: as long as the sound, but for the filter's delay", (rate) => {
  const { length } = convert(sine(rate, 440, 1), rate, 24000);
  expect(length).toBeGreaterThan(24000 - 60);
  expect(length).toBeLessThanOrEqual(24000);
});

test.each(RATES)("%i Hz: a tone is the same tone, at the same time", (rate) => {
  const wanted = sine(24000, 1000, 0.5);
  const error = convert(sine(rate, 1000, 0.5), rate, 24000).map((x, n) => x - wanted[n]!);
  expect(decibels(error)).toBeLessThan(-60);
});

test.each([100, 2000, 5000, 8000])("48 kHz: %i Hz comes through as it is", (frequency) => {
  expect(Math.abs(decibels(convert(sine(48000, frequency, 0.5), 48000, 24000)))).toBeLessThan(0.1);
});

test.each([12500, 15000, 19000, 23000])("48 kHz: nothing of %i Hz comes down", (frequency) => {
  expect(decibels(convert(sine(48000, frequency, 0.5), 48000, 24000))).toBeLessThan(-65);
});

test("cut into blocks of any size, the result is the same", () => {
  const input = sine(44100, 700, 0.2);
  const whole = convert(input, 44100, 24000, input.length);
  for (const block of [1, 7, 128, 1000]) expect(convert(input, 44100, 24000, block)).toEqual(whole);
});

test("late: every block gives its whole share at once", () => {
  const resampler = new Resampler(48000, 24000, true);
  const room = new Float32Array(resampler.longest(960));
  const counts = Array.from({ length: 5 }, () => resampler.process(sine(48000, 440, 0.02), room));
  expect(counts).toEqual([480, 480, 480, 480, 480]);
});
