// A producer and a consumer at random: whatever the network does, the sound is whole and in order, and counted exactly.

import fc from "fast-check";
import { expect, test } from "vitest";

import { JitterBuffer, type JitterReport } from "../../src/audio/jitter";

const RATE = 24_000;
const FADE = 192; // 8 ms
const ITEMS = ["a", "b", "c"] as const;

type Step = { push: string; length: number } | { end: string } | { pull: number } | "cancel";

const item = fc.constantFrom(...ITEMS);
const push = fc.record({ push: item, length: fc.nat(2000) });
const end = fc.record({ end: item });
const pull = fc.record({ pull: fc.integer({ min: 1, max: 900 }) });
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: push }, { weight: 1, arbitrary: end }, { weight: 8, arbitrary: pull }),
  { maxLength: 80 },
);
const endless = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: push },
    { weight: 8, arbitrary: pull },
    { weight: 1, arbitrary: fc.constant("cancel" as const) },
  ),
  { maxLength: 80 },
);

/** Carries steps out and notes what came of them; `sample` says what the n-th sample is of all that are pushed. */
class Run {
  readonly reports: JitterReport[] = [];
  readonly heard: number[] = [];
  readonly pushed = new Map<string, number[]>();
  readonly buffer = new JitterBuffer(RATE, (report) => this.reports.push(report));
  readonly #ended = new Set<string>();
  #samples = 0;

  constructor(readonly sample: (n: number) => number) {}

  carryOut(step: Step): void {
    if (step === "cancel") this.buffer.cancel();
    else if ("pull" in step) this.#pull(step.pull);
    else if ("end" in step) this.#end(step.end);
    else if (!this.#ended.has(step.push)) this.#push(step.push, step.length);
  }

  finish(): void {
    ITEMS.forEach((item) => this.#end(item));
    for (let pulled = 0; pulled < this.#samples + 1000; pulled += 128) this.#pull(128);
  }

  of(type: JitterReport["type"]): JitterReport[] {
    return this.reports.filter((report) => report.type === type);
  }

  #push(item: string, length: number): void {
    const samples = Int16Array.from({ length }, () => this.sample(this.#samples++));
    if (length > 0) this.pushed.set(item, [...(this.pushed.get(item) ?? []), ...samples]);
    this.buffer.push(item, samples);
  }

  #end(item: string): void {
    this.#ended.add(item);
    this.buffer.end(item);
  }

  #pull(length: number): void {
    const out = new Float32Array(length).fill(9); // 9: what pull leaves alone is seen
    this.buffer.pull(out);
    for (const x of out) this.heard.push(x * 32768);
  }
}

test("nothing is lost, doubled or out of order, and only fades change it", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const run = new Run((n) => (n % 32_000) + 1); // each sample is known when it comes out, and none is silence
      steps.forEach((step) => run.carryOut(step));
      run.finish();
      const silenced = new Set(run.of("underrun").map(({ item, played }) => `${item}${played - 1}`)); // a fade's end
      const expected = run
        .of("started")
        .flatMap(({ item }) => run.pushed.get(item)!.filter((_, n) => !silenced.has(`${item}${n}`)));
      const heard = run.heard.filter((x) => x !== 0);
      expect(heard).toHaveLength(expected.length);
      const changed = heard.filter((x, n) => x !== expected[n]);
      expect(heard.every((x, n) => x > 0 && x <= expected[n]!)).toBe(true);
      expect(changed.length).toBeLessThanOrEqual(2 * FADE * silenced.size);
    }),
  );
});

test("every item starts and ends once, in the order of their first samples, and is counted to its last sample", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const run = new Run(() => 1);
      steps.forEach((step) => run.carryOut(step));
      run.finish();
      const items = [...run.pushed].map(([item, samples]) => ({ item, played: samples.length }));
      expect(run.of("started").map(({ item }) => item)).toEqual(items.map(({ item }) => item));
      expect(run.of("ended").map(({ item, played }) => ({ item, played }))).toEqual(items);
      for (const { item, played } of items) {
        const counts = run.reports.filter((report) => report.item === item).map((report) => report.played);
        expect(counts).toEqual(counts.toSorted((one, other) => one - other));
        expect(counts.at(-1)).toBe(played);
      }
    }),
  );
});

test("what was cut is counted exactly", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 })), fc.array(pull), (lengths, pulls) => {
      const run = new Run(() => 1);
      for (const [n, length] of lengths.entries()) run.carryOut({ push: ITEMS[n % 3]!, length });
      ITEMS.forEach((item) => run.carryOut({ end: item })); // so that none runs dry
      pulls.forEach((step) => run.carryOut(step));
      const counted = [...run.of("ended"), ...run.buffer.cancel()].reduce((sum, { played }) => sum + played, 0);
      expect(counted).toBe(run.heard.filter((x) => x !== 0).length);
    }),
  );
});

test("there is no click: sound may begin at once, but it never stops at once", () => {
  fc.assert(
    fc.property(endless, (steps) => {
      const run = new Run(() => 16_384);
      steps.forEach((step) => run.carryOut(step));
      run.carryOut({ pull: 2 * FADE });
      const falls = run.heard.slice(1).map((x, n) => run.heard[n]! - x);
      expect(Math.max(0, ...falls)).toBeLessThan((1.1 * 16_384) / FADE);
    }),
  );
});

test("the wait stays between 40 and 320 ms", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const run = new Run(() => 1);
      for (const step of steps) {
        run.carryOut(step);
        expect(run.buffer.waitMs).toBeGreaterThanOrEqual(40);
        expect(run.buffer.waitMs).toBeLessThanOrEqual(320);
      }
    }),
  );
});
