import fc from "fast-check";
import { expect, test } from "vitest";

import { pack, unpack } from "../../src/wire/opus-framing";

test("each packet has its length in front, big-endian", () => {
  expect([...pack([Uint8Array.of(7, 8, 9), new Uint8Array(0), new Uint8Array(258)])].slice(0, 9)).toEqual([
    0, 3, 7, 8, 9, 0, 0, 1, 2,
  ]);
});

test("what was packed is unpacked", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 1275 })), (packets) => {
      expect(unpack(pack(packets)).map((packet) => [...packet])).toEqual(packets.map((packet) => [...packet]));
    }),
  );
});

test("packets lie where they lay in what was received, wherever that lies itself", () => {
  const whole = Uint8Array.of(99, 99, 0, 1, 5);
  expect(unpack(whole.subarray(2))).toEqual([Uint8Array.of(5)]);
});

test.each([[[0]], [[0, 2, 1]], [[0, 1, 5, 0]]])("what is cut off is refused: %j", (bytes) => {
  expect(() => unpack(Uint8Array.from(bytes))).toThrow(RangeError);
});
