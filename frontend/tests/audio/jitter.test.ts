import { expect, test } from "vitest";

import { JitterBuffer, type JitterReport } from "../../src/audio/jitter";

const RATE = 24_000;
const QUANTUM = 120; // 5 ms, so that the arithmetic can be followed by eye

function makeBuffer(): { buffer: JitterBuffer; reports: JitterReport[] } {
  const reports: JitterReport[] = [];
  return { buffer: new JitterBuffer(RATE, (report) => reports.push(report)), reports };
}

function sound(ms: number, value = 16384): Int16Array {
  return new Int16Array((RATE * ms) / 1000).fill(value);
}

function pull(buffer: JitterBuffer, ms: number): number[] {
  const out: number[] = [];
  for (let n = 0; n < ms / 5; n++) {
    const quantum = new Float32Array(QUANTUM).fill(9); // 9: what pull leaves alone is seen
    buffer.pull(quantum);
    out.push(...quantum);
  }
  return out;
}

const heardMs = (out: number[]): number => out.filter((x) => x !== 0).length / (RATE / 1000);
const types = (reports: JitterReport[]): string[] => reports.map(({ type }) => type).filter((x) => x !== "progress");

test("silence before anything came", () => {
  const { buffer, reports } = makeBuffer();
  expect(heardMs(pull(buffer, 20))).toBe(0);
  expect(reports).toEqual([]);
});

test("it starts with 40 ms, not before", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(39));
  expect(heardMs(pull(buffer, 20))).toBe(0);
  buffer.push("a", sound(1));
  expect(heardMs(pull(buffer, 20))).toBe(20);
  expect(reports).toEqual([{ type: "started", item: "a", played: 0 }]);
});

test("what is shorter than 40 ms plays once it has ended", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(12));
  buffer.end("a");
  expect(heardMs(pull(buffer, 20))).toBe(12);
  expect(reports).toEqual([
    { type: "started", item: "a", played: 0 },
    { type: "ended", item: "a", played: 12 * 24 },
  ]);
});

test("it tells every 50 ms how much was played", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(200));
  pull(buffer, 175);
  expect(reports.slice(1)).toEqual([50, 100, 150].map((ms) => ({ type: "progress", item: "a", played: ms * 24 })));
});

test("having run dry it waits twice as long, at most 320 ms", () => {
  const { buffer, reports } = makeBuffer();
  for (const wait of [40, 80, 160, 320, 320]) {
    expect(buffer.waitMs).toBe(wait);
    buffer.push("a", sound(wait - 1));
    expect(heardMs(pull(buffer, 5))).toBe(0);
    buffer.push("a", sound(1));
    pull(buffer, wait + 5);
    expect(reports.at(-1)!.type).toBe("underrun");
  }
  expect(reports.filter(({ type }) => type === "started")).toHaveLength(1);
});

test("an item that never ran dry halves the wait again", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(40));
  pull(buffer, 100);
  buffer.end("a");
  pull(buffer, 5);
  expect(buffer.waitMs).toBe(80);
  buffer.push("b", sound(200));
  buffer.end("b");
  pull(buffer, 210);
  expect(buffer.waitMs).toBe(40);
});

test("an item that was cancelled while it waited is not the next one's fault", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(40));
  pull(buffer, 100);
  buffer.cancel();
  buffer.push("b", sound(200));
  buffer.end("b");
  pull(buffer, 210);
  expect(buffer.waitMs).toBe(40);
});

test("cancelled, it fades for 8 ms and is silent", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(500));
  pull(buffer, 100);
  expect(buffer.cancel()).toEqual([{ item: "a", played: 2400 }]);
  const out = pull(buffer, 50);
  const fade = out.slice(0, 192);
  expect(fade.every((x, n) => n === 0 || x < fade[n - 1]!)).toBe(true);
  expect(fade[0]).toBeGreaterThan(0.49);
  expect(fade[191]).toBe(0);
  expect(heardMs(out.slice(192))).toBe(0);
});

test("cancelled, it says of each item how much was heard", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(70));
  buffer.end("a");
  buffer.push("b", sound(100));
  buffer.end("b");
  buffer.push("c", sound(100));
  pull(buffer, 125);
  expect(buffer.cancel()).toEqual([
    { item: "b", played: 55 * 24 },
    { item: "c", played: 0 },
  ]);
  expect(buffer.cancel()).toEqual([]);
});

test("what was heard to its end is no more to be cut", () => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(100));
  buffer.end("a");
  pull(buffer, 100);
  expect(buffer.cancel()).toEqual([]);
});

test("an item that ends while it waits for more is reported as ended, and takes no other with it", () => {
  const { buffer, reports } = makeBuffer();
  buffer.push("a", sound(40));
  pull(buffer, 45);
  buffer.end("a");
  buffer.push("b", sound(90));
  expect(heardMs(pull(buffer, 50))).toBe(50);
  expect(types(reports)).toEqual(["started", "underrun", "ended", "started"]);
  expect(reports.find(({ type }) => type === "ended")).toEqual({ type: "ended", item: "a", played: 40 * 24 });
});

test.each([3, 128, 500])("running dry and going on make no click, whatever is left at the end: %i samples", (left) => {
  const { buffer } = makeBuffer();
  buffer.push("a", sound(60));
  buffer.push("a", new Int16Array(left).fill(16384));
  const out = pull(buffer, 100);
  buffer.push("a", sound(200));
  out.push(...pull(buffer, 60));
  const jumps = out.slice(1).map((x, n) => Math.abs(x - out[n]!));
  expect(Math.max(...jumps)).toBeLessThan(0.003);
});

test("the buffer is bounded, also over many items, and takes more once it was played", () => {
  const { buffer } = makeBuffer();
  const minute = sound(60_000);
  for (let n = 0; n < 10; n++) expect(buffer.push(`item ${n}`, minute)).toBe(true);
  expect(buffer.push("more", sound(20))).toBe(false);
  pull(buffer, 20);
  expect(buffer.push("more", sound(20))).toBe(true);
  buffer.cancel();
  expect(buffer.push("again", minute)).toBe(true);
});
