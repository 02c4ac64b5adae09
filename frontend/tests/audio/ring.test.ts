import fc from "fast-check";
import { expect, test } from "vitest";

import { Ring } from "../../src/audio/ring";

function filled(chunks: number, capacityMs?: number): Ring {
  const ring = new Ring(capacityMs);
  for (let n = 0; n < chunks; n++) ring.push(Int16Array.of(n), n * 20);
  return ring;
}

const positions = (ring: Ring, since = 0): number[] => ring.since(since).map(({ positionMs }) => positionMs);

test("what was captured comes back in order", () => {
  expect(filled(3).since(0)).toEqual([0, 1, 2].map((n) => ({ samples: Int16Array.of(n), positionMs: n * 20 })));
});

test("a chunk belongs to what is asked for when its end does", () => {
  expect(positions(filled(4), 20)).toEqual([20, 40, 60]);
  expect(positions(filled(4), 39)).toEqual([20, 40, 60]);
  expect(positions(filled(4), 40)).toEqual([40, 60]);
  expect(positions(filled(4), 80)).toEqual([]);
});

test("it holds ten seconds", () => {
  const kept = positions(filled(1000));
  expect(kept).toHaveLength(500);
  expect(kept[0]).toBe(10_000);
  expect(kept.at(-1)).toBe(19_980);
});

test("it is always the newest that is kept", () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(700), (chunks, since) => {
      const wanted = Array.from({ length: chunks }, (_, n) => n * 20).slice(-10);
      expect(positions(filled(chunks, 200), since)).toEqual(wanted.filter((positionMs) => positionMs + 20 > since));
    }),
  );
});

test("cleared, it is empty and can be filled again", () => {
  const ring = filled(30, 200);
  ring.clear();
  expect(positions(ring)).toEqual([]);
  ring.push(Int16Array.of(1), 600);
  expect(positions(ring)).toEqual([600]);
});
