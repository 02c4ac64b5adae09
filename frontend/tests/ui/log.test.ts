import { expect, test } from "vitest";

import type { LogEntry } from "../../src/kaiwa";
import { shownOf, textOf, type Wanted } from "../../src/ui/log";

const entry = (number: number, way: "in" | "out", type: string, body = "{}"): LogEntry => {
  return { number, at: 1000.4, way, type, bytes: 2, body };
};
const entries = [
  entry(1, "out", "session.update", '{"voice": "Amy"}'),
  entry(2, "out", "input_audio_buffer.append"),
  entry(3, "in", "response.done"),
];
const numbers = (wanted: Partial<Wanted>) =>
  shownOf(entries, { text: "", way: "both", sound: false, ...wanted }).map(({ number }) => number);

test("sound is shown only to those who ask", () => {
  expect(numbers({})).toEqual([1, 3]);
  expect(numbers({ sound: true })).toEqual([1, 2, 3]);
});

test("it is filtered by way, and by words of the type or the body", () => {
  expect(numbers({ way: "in" })).toEqual([3]);
  expect(numbers({ text: " amy " })).toEqual([1]);
  expect(numbers({ text: "RESPONSE" })).toEqual([3]);
});

test("it is copied as JSON, one message a line, also what was cut short", () => {
  const lines = textOf([entries[0]!, entry(4, "in", "error", '{"type": "err')])
    .split("\n")
    .map((text) => JSON.parse(text));
  expect(lines).toEqual([
    { at_ms: 1000, way: "out", type: "session.update", bytes: 2, body: { voice: "Amy" } },
    { at_ms: 1000, way: "in", type: "error", bytes: 2, body: '{"type": "err' },
  ]);
});
