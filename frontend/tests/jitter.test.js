import assert from "node:assert/strict";
import test from "node:test";

import { JitterBuffer } from "../plain/audio/jitter.js";

const RATE = 24000;
const QUANTUM = 120; // 5 ms, so that the arithmetic can be followed by eye

function makeBuffer() {
  const reports = [];
  return { buffer: new JitterBuffer(RATE, (report) => reports.push(report)), reports };
}

function sound(ms, value = 16384) {
  return new Int16Array((RATE * ms) / 1000).fill(value);
}

function pull(buffer, ms) {
  const out = [];
  for (let n = 0; n < ms / 5; n++) {
    const quantum = new Float32Array(QUANTUM).fill(9); // 9: what pull leaves alone is seen
    buffer.pull(quantum);
    out.push(...quantum);
  }
  return out;
}

const heardMs = (out) => out.filter((x) => x !== 0).length / (RATE / 1000);

test("silence before anything came", () => {
  const { buffer, reports } = makeBuffer();
  assert.equal(heardMs(pull(buffer, 20)), 0);
  assert.deepEqual(reports, []);
});

test("it starts with 60 ms, not before", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(59));
  assert.equal(heardMs(pull(buffer, 20)), 0);
  buffer.push("a", sound(1));
  assert.equal(heardMs(pull(buffer, 20)), 20);
  assert.deepEqual(reports, [{ type: "started", item: "a", played: 0 }]);
});

test("what is shorter than 60 ms plays once it has ended", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(12));
  buffer.end("a");
  assert.equal(heardMs(pull(buffer, 20)), 12);
  assert.deepEqual(reports.map(({ type }) => type), ["started", "ended"]);
  assert.equal(reports[1].played, 12 * 24);
});

test("samples come out as they went in", () => {
  const { buffer } = makeBuffer();
  const samples = Int16Array.from({ length: RATE / 10 }, (_, n) => n * 10 - 12000);
  for (let at = 0; at < samples.length; at += 77) buffer.push("a", samples.slice(at, at + 77));
  buffer.end("a");
  assert.deepEqual(pull(buffer, 100), Array.from(samples, (x) => Math.fround(x / 32768)));
});

test("having run dry it waits twice as long, at most 320 ms", () => {
  const { buffer, reports } = makeBuffer();
  for (const wait of [60, 120, 240, 320, 320]) {
    assert.equal(buffer.waitMs, wait);
    buffer.push("a", sound(wait - 1));
    assert.equal(heardMs(pull(buffer, 5)), 0);
    buffer.push("a", sound(1));
    pull(buffer, wait + 5);
    assert.equal(reports.at(-1).type, "underrun");
  }
  assert.equal(reports.filter(({ type }) => type === "started").length, 1);
});

test("an item that never ran dry halves the wait again", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(60));
  pull(buffer, 100);
  buffer.end("a");
  pull(buffer, 5);
  assert.equal(buffer.waitMs, 120);
  buffer.push("b", sound(200));
  buffer.end("b");
  pull(buffer, 210);
  assert.equal(buffer.waitMs, 60);
});

test("cancelled, it fades for 8 ms and is silent", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(500));
  pull(buffer, 100);
  assert.deepEqual(buffer.cancel(), [{ item: "a", played: 2400 }]);
  const out = pull(buffer, 50);
  const fade = out.slice(0, 192);
  assert.ok(fade.every((x, n) => n === 0 || x < fade[n - 1]), "falls steadily");
  assert.ok(fade[0] > 0.49 && fade[191] === 0);
  assert.equal(heardMs(out.slice(192)), 0);
});

test("cancelled, it says of each item how much was heard", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(70));
  buffer.end("a");
  buffer.push("b", sound(100));
  buffer.end("b");
  buffer.push("c", sound(100));
  pull(buffer, 125);
  assert.deepEqual(buffer.cancel(), [
    { item: "b", played: 55 * 24 },
    { item: "c", played: 0 },
  ]);
  assert.deepEqual(buffer.cancel(), []);
});

test("what was heard to its end is no more to be cut", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(100));
  buffer.end("a");
  pull(buffer, 100);
  assert.deepEqual(buffer.cancel(), []);
});

test("an item that ends while it waits for more is reported as ended", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(60));
  pull(buffer, 100);
  buffer.end("a");
  pull(buffer, 5);
  assert.deepEqual(reports.at(-1), { type: "ended", item: "a", played: 60 * 24 });
});

test("an item that ends while it waits takes no other with it", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(60));
  pull(buffer, 65);
  buffer.end("a");
  buffer.push("b", sound(130));
  assert.equal(heardMs(pull(buffer, 50)), 50);
  assert.deepEqual(reports.map(({ type, item }) => type + item), ["starteda", "underruna", "endeda", "startedb"]);
});

test("running dry and going on make no click", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(60));
  const out = pull(buffer, 70);
  buffer.push("a", sound(120));
  out.push(...pull(buffer, 60));
  const jumps = out.slice(1).map((x, n) => Math.abs(x - out[n]));
  assert.ok(Math.max(...jumps.slice(1)) < 0.02, `${Math.max(...jumps.slice(1))}`);
});

test("the buffer is bounded", () => {
  const { buffer } = makeBuffer();
  const minute = sound(60_000);
  for (let n = 0; n < 10; n++) assert.ok(buffer.push("a", minute));
  assert.equal(buffer.push("a", sound(20)), false);
});
