import fc from "fast-check";
import { get } from "svelte/store";
import { expect, test } from "vitest";

import { changedFields, checked, defaults, openSettings } from "../../src/state/settings";

function storageWith(text: string | null): Storage {
  const kept = new Map(text === null ? [] : [["kaiwa.settings", text]]);
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
}

test("what was chosen is there again when the page is opened again", () => {
  const storage = storageWith(null);
  openSettings(storage).update((values) => ({ ...values, speed: 0.75, language: "ja" }));
  expect(get(openSettings(storage))).toEqual({ ...defaults, speed: 0.75, language: "ja" });
});

test.each([
  ["speed", 1.51],
  ["speed", Number.NaN],
  ["patienceMs", 10_001],
  ["patienceMs", 0.5],
  ["temperature", 2.1],
  ["instructions", "x".repeat(100_001)],
  ["mode", "telepathy"],
  ["debug", "yes"],
])("a broken %s is the default, and the other values stay", (name, value) => {
  expect(checked({ theme: "dark", [name]: value })).toEqual({ ...defaults, theme: "dark" });
});

test.each([
  ["speed", 0.25],
  ["speed", 1.5],
  ["patienceMs", 10_000],
  ["temperature", 0],
  ["temperature", null],
  ["instructions", "x".repeat(100_000)],
])("the last allowed %s is taken", (name, value) => {
  expect(checked({ [name]: value })).toEqual({ ...defaults, [name]: value });
});

test.each([
  null,
  "",
  "{",
  "[]",
  '{"version": 2, "values": {"speed": 0.5}}',
  '{"version": 1}',
  '{"version": 1, "values": 7}',
])("from %j come the defaults", (text) => expect(get(openSettings(storageWith(text)))).toEqual(defaults));

test("a browser that keeps nothing, or is full, is no hindrance", () => {
  const refuse = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  for (const storage of [null, { getItem: refuse, setItem: refuse } as unknown as Storage]) {
    const settings = openSettings(storage);
    settings.update((values) => ({ ...values, speed: 0.5 }));
    expect(get(settings).speed).toBe(0.5);
  }
});

test("only our own names are taken over, whatever lies there", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(Object.keys(checked(value)).toSorted()).toEqual(Object.keys(defaults).toSorted());
      expect(checked(checked(value))).toEqual(checked(value));
    }),
  );
});

test("only what differs counts as changed", () => {
  expect(changedFields(defaults, { ...defaults, speed: 1, voice: "a", debug: true })).toEqual(["voice", "debug"]);
});
