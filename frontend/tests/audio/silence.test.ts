import { expect, test } from "vitest";

import { Silence } from "../../src/audio/silence";

const chunk = (value: number): Int16Array => new Int16Array(480).fill(value);

test("it begins in silence", () => {
  expect(new Silence().holds(chunk(0))).toBe(true);
});

test("what lies 60 dB below the loudest is silence, what lies above is not", () => {
  expect(new Silence().holds(chunk(31))).toBe(true);
  expect(new Silence().holds(chunk(-33))).toBe(false);
});

test("silence is sent for 200 ms more, so that no word loses its end", () => {
  const silence = new Silence();
  silence.holds(chunk(1000));
  const held = Array.from({ length: 12 }, () => silence.holds(chunk(0)));
  expect(held).toEqual([...new Array(10).fill(false), true, true]);
});
