import assert from "node:assert/strict";
import test from "node:test";

import { Resampler } from "../plain/audio/resampler.js";

function sine(rate, frequency, seconds) {
  return Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));
}

function convert(input, from, to, block = 128) {
  const resampler = new Resampler(from, to);
  const out = [];
  const room = new Float32Array(resampler.longest(block));
  for (let at = 0; at < input.length; at += block) {
    const count = resampler.process(input.subarray(at, at + block), room);
    out.push(...room.subarray(0, count));
  }
  return Float32Array.from(out);
}

function decibels(signal) {
  const middle = signal.subarray(signal.length / 4, (signal.length * 3) / 4);
  return 10 * Math.log10((2 * middle.reduce((sum, x) => sum + x * x, 0)) / middle.length);
}

for (const rate of [8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000]) {
  test(`${rate} Hz: as long as the sound, but for the filter's delay`, () => {
    const out = convert(sine(rate, 440, 1), rate, 24000);
    assert.ok(out.length > 24000 - 60 && out.length <= 24000, `${out.length} samples`);
  });

  test(`${rate} Hz: a tone is the same tone, at the same time`, () => {
    const frequency = 1000;
    const out = convert(sine(rate, frequency, 0.5), rate, 24000);
    const wanted = sine(24000, frequency, 0.5);
    const error = out.map((x, n) => x - wanted[n]);
    assert.ok(decibels(error) < -60, `${decibels(error)} dB of error`);
  });
}

test("48 kHz: flat to 8 kHz", () => {
  for (const frequency of [100, 2000, 5000, 8000]) {
    const level = decibels(convert(sine(48000, frequency, 0.5), 48000, 24000));
    assert.ok(Math.abs(level) < 0.1, `${frequency} Hz: ${level} dB`);
  }
});

test("48 kHz: nothing of what lies above 12 kHz comes down", () => {
  for (const frequency of [12500, 15000, 19000, 23000]) {
    const level = decibels(convert(sine(48000, frequency, 0.5), 48000, 24000));
    assert.ok(level < -65, `${frequency} Hz: ${level} dB`);
  }
});

test("cut into blocks of any size, the result is the same", () => {
  const input = sine(44100, 700, 0.2);
  const whole = convert(input, 44100, 24000, input.length);
  for (const block of [1, 7, 128, 1000]) assert.deepEqual(convert(input, 44100, 24000, block), whole);
});
