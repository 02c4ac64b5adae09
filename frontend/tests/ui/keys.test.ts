import { expect, test } from "vitest";

import { actOf, type Press, type Surroundings } from "../../src/ui/keys";

const calm: Surroundings = { focus: "page", dialog: false, letters: true, holds: false, answering: false };

function press(key: string, more: Partial<Press> = {}): Press {
  return { key, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more };
}

test("each key has its act", () => {
  expect(actOf(press("m"), calm)).toBe("mute");
  expect(actOf(press("/"), calm)).toBe("type");
  expect(actOf(press("?"), calm)).toBe("help");
  expect(actOf(press(".", { ctrlKey: true }), calm)).toBe("log");
});

test("letters are letters in a field, and where they were switched off", () => {
  for (const key of ["m", "/", "?"]) {
    expect(actOf(press(key), { ...calm, focus: "field" })).toBeNull();
    expect(actOf(press(key), { ...calm, letters: false })).toBeNull();
  }
});

test("letters with another key are the browser's", () => {
  expect(actOf(press("m", { metaKey: true }), calm)).toBeNull();
  expect(actOf(press("m", { ctrlKey: true }), calm)).toBeNull();
});

test("escape interrupts from anywhere, when there is an answer", () => {
  expect(actOf(press("Escape"), { ...calm, answering: true, focus: "field" })).toBe("interrupt");
  expect(actOf(press("Escape"), calm)).toBeNull();
});

test("an open dialog has the keys to itself", () => {
  const around = { ...calm, dialog: true, answering: true, holds: true };
  for (const key of ["Escape", " ", "m"]) expect(actOf(press(key), around)).toBeNull();
});

test("space holds only in push-to-talk, with no field and no button in focus", () => {
  expect(actOf(press(" "), { ...calm, holds: true })).toBe("hold");
  expect(actOf(press(" "), calm)).toBeNull();
  expect(actOf(press(" "), { ...calm, holds: true, focus: "control" })).toBeNull();
  expect(actOf(press(" "), { ...calm, holds: true, focus: "field" })).toBeNull();
});

test("a key that repeats acts once", () => {
  expect(actOf(press("m", { repeat: true }), calm)).toBeNull();
});
