import assert from "node:assert/strict";
import test from "node:test";

import { heardText } from "../plain/heard.js";

const MARKS = [
  { atMs: 0, text: "One two three four. " },
  { atMs: 2000, text: "Five six seven eight." },
];

test("all of it, none of it, and in between whole words only", () => {
  assert.equal(heardText(MARKS, 4000, 4000), "One two three four. Five six seven eight.");
  assert.equal(heardText(MARKS, 0, 4000), "");
  assert.equal(heardText(MARKS, 1000, 4000), "One two");
  assert.equal(heardText(MARKS, 2000, 4000), "One two three four.");
  assert.equal(heardText(MARKS, 3000, 4000), "One two three four. Five six");
});

test("text whose sound had not come was not heard", () => {
  assert.equal(heardText(MARKS, 1990, 2000), "One two three four.");
});

test("pieces that come together share their sound", () => {
  const marks = [..."One two three four."].map((text) => ({ atMs: 0, text }));
  assert.equal(heardText(marks, 1000, 2000), "One two");
});

test("Japanese is cut between characters", () => {
  assert.equal(heardText([{ atMs: 0, text: "日本で一番高い山は富士山です。" }], 1000, 3000), "日本で一番");
});

test("more heard makes never less text", () => {
  let longest = 0;
  for (let ms = 0; ms <= 4000; ms += 10) {
    const { length } = heardText(MARKS, ms, 4000);
    assert.ok(length >= longest);
    longest = length;
  }
});

test("nothing said, nothing heard", () => {
  assert.equal(heardText([], 100, 0), "");
});
