import fc from "fast-check";
import { expect, test } from "vitest";

import { heardText, voicedLength, type Sound } from "../../src/state/heard";

const TWO_SENTENCES = {
  marks: [
    { atMs: 0, text: "One two three four. " },
    { atMs: 2000, text: "Five six seven eight." },
  ],
  soundMs: 4000,
  complete: true,
};

function one(text: string, soundMs: number, complete = true): Sound {
  return { marks: [{ atMs: 0, text }], soundMs, complete };
}

test.each([
  [4000, "One two three four. Five six seven eight."],
  [0, ""],
  [1000, "One two"],
  [2000, "One two three four."],
  [3000, "One two three four. Five six"],
])("at %i ms whole words only have sounded", (playedMs, words) => {
  expect(heardText(TWO_SENTENCES, playedMs)).toBe(words);
});

test("Japanese is cut between characters, and a kanji takes longer than a kana", () => {
  expect(heardText(one("富士山です", 1600), 1200)).toBe("富士山");
  expect(heardText(one("日本で一番高い山は富士山です。", 3000), 1000)).toBe("日本で一");
});

test("mixed scripts are cut at words of the one and characters of the other", () => {
  expect(heardText(one("Kaiwaは会話です", 2000), 600)).toBe("Kaiwa");
});

test("a number takes longer than its digits look", () => {
  expect(voicedLength(one("in 1868 it", 1600), 800)).toBe(2);
});

test("text whose sound has not come has not sounded", () => {
  const sound = { ...TWO_SENTENCES, soundMs: 2000, complete: false };
  expect(heardText(sound, 2000)).toBe("One two three four.");
});

test("a piece without sound is heard with the one before it", () => {
  const sound = { marks: [...one("Look.", 0).marks, { atMs: 900, text: " `code`" }], soundMs: 900, complete: true };
  expect(heardText(sound, 900)).toBe("Look. `code`");
  expect(heardText(sound, 600)).not.toContain("code");
});

test("while the sound of a sentence is still coming, its length is guessed from its text", () => {
  const text = "one two three four five six seven eight nine ten"; // 39 letters: about three seconds
  expect(heardText(one(text, 300, false), 300)).toBe("one"); // and not all of it
  expect(heardText(one(text, 300, true), 300)).toBe(text);
});

test("pieces that come together share their sound", () => {
  const marks = [..."One two three four."].map((text) => ({ atMs: 0, text }));
  expect(heardText({ marks, soundMs: 2000, complete: true }, 1000)).toBe("One two");
});

test("nothing said, nothing heard", () => {
  expect(heardText({ marks: [], soundMs: 0, complete: false }, 100)).toBe("");
});

const sound = fc
  .array(fc.record({ lasts: fc.nat(3000), text: fc.string({ unit: "grapheme" }) }), { maxLength: 5 })
  .map((pieces) => {
    let atMs = 0;
    const marks = pieces.map(({ lasts, text }) => ({ atMs: (atMs += lasts) - lasts, text }));
    return { marks, soundMs: atMs, complete: true };
  });

test("more played makes never less text, and never more than there is", () => {
  fc.assert(
    fc.property(sound, fc.nat(12_000), fc.nat(12_000), (given, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((ms) => voicedLength(given, ms));
      const all = given.marks.reduce((sum, mark) => sum + mark.text.length, 0);
      return less! <= more! && more! <= all;
    }),
  );
});

test("all of the sound is all of the text", () => {
  fc.assert(
    fc.property(sound, (given) => {
      const all = given.marks.map((mark) => mark.text).join("");
      return given.soundMs === 0 || voicedLength(given, given.soundMs) === all.length;
    }),
  );
});
