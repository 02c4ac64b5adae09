import fc from "fast-check";
import { expect, test } from "vitest";

import { Packer } from "../../src/wire/packer";

const SOUND = new Uint8Array(60);
const SILENCE = new Uint8Array(0);

/** How many packets each message holds, for so many packets of sound (positive) and of silence (negative). */
function messages(...runs: number[]): number[] {
  const packer = new Packer();
  return runs
    .flatMap((run) => new Array<Uint8Array>(Math.abs(run)).fill(run > 0 ? SOUND : SILENCE))
    .flatMap((packet) => packer.push(packet)?.length ?? []);
}

test("sound after silence: the first ten go alone, then three together", () => {
  expect(messages(19)).toEqual([...new Array(10).fill(1), 3, 3, 3]);
});

test("silence behind sound goes alone for a second, then five together", () => {
  expect(messages(10, -60)).toEqual([...new Array(10).fill(1), ...new Array(50).fill(1), 5, 5]);
});

test("a session begins in a long silence", () => {
  expect(messages(-10)).toEqual([5, 5]);
});

test("what the silence held back goes with the first sound", () => {
  expect(messages(-8, 2)).toEqual([5, 4, 1]);
});

test("sound after a pause between words goes on three together, after a silence alone", () => {
  const tenAlone = new Array(10).fill(1);
  expect(messages(13, -4, 6).slice(10)).toEqual([3, 1, 1, 1, 1, 3, 3]);
  expect(messages(13, -5, 13).slice(10)).toEqual([3, 1, 1, 1, 1, 1, ...tenAlone, 3]);
});

test("what sound held back goes with the silence behind it", () => {
  expect(messages(12, -2).slice(10)).toEqual([3, 1]);
});

test("nothing is lost or out of order, and nothing waits for more than 80 ms", () => {
  const flags = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 70 })), { maxLength: 12 });
  fc.assert(
    fc.property(flags, (runs) => {
      const packer = new Packer();
      const packets = runs.flatMap(([loud, count]) =>
        Array.from({ length: count }, () => new Uint8Array(loud ? 3 : 0)),
      );
      const sent: Uint8Array[] = [];
      for (const [n, packet] of packets.entries()) {
        sent.push(...(packer.push(packet) ?? []));
        expect(n + 1 - sent.length).toBeLessThanOrEqual(4);
      }
      sent.push(...(packer.flush() ?? []));
      expect(sent).toHaveLength(packets.length);
      expect(sent.every((packet, n) => packet === packets[n])).toBe(true);
      expect(packer.flush()).toBeNull();
    }),
  );
});
