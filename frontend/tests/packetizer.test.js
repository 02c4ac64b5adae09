import assert from "node:assert/strict";
import test from "node:test";

import { Packetizer } from "../plain/audio/packetizer.js";
import { decode, durationMs, encode } from "../plain/audio/pcm.js";

function packetsOf(value, blocks, rate = 48000) {
  const packets = [];
  const packetizer = new Packetizer(rate);
  const block = new Float32Array(128).fill(value);
  for (let n = 0; n < blocks; n++) packetizer.push(block, (samples, level) => packets.push({ samples, level }));
  return packets;
}

test("one second becomes packets of 20 ms", () => {
  const packets = packetsOf(0.5, 375);
  assert.equal(packets.length, 49); // the fiftieth waits for the filter's last half millisecond
  assert.ok(packets.every(({ samples }) => samples.length === 480));
});

test("packets are not reused: each may be given away", () => {
  const packets = packetsOf(0.5, 375);
  assert.equal(new Set(packets.map(({ samples }) => samples.buffer)).size, packets.length);
});

test("the level is that of the sound", () => {
  const [, packet] = packetsOf(0.5, 30);
  assert.ok(Math.abs(packet.level - 0.5) < 1e-3);
  assert.ok(Math.abs(packet.samples[100] - 16384) < 20);
});

test("what is too loud is clipped, not wrapped", () => {
  assert.equal(packetsOf(3, 30)[1].samples[100], 32767);
  assert.equal(packetsOf(-3, 30)[1].samples[100], -32767);
});

test("base64 and back", () => {
  for (const length of [0, 1, 2, 3, 480]) {
    const samples = Int16Array.from({ length }, (_, n) => n * 137 - 32768);
    const text = encode(samples);
    assert.deepEqual(decode(text), samples);
    assert.equal(durationMs(text), length / 24);
  }
});

test("half a sample is refused", () => {
  assert.throws(() => decode(btoa("abc")), RangeError);
});
