import { beforeEach, expect, test } from "vitest";

import { languageOf, pageLanguage, secondsOf, sentenceFor, setPageLanguage, words } from "../../src/words";
import { en, type Key } from "../../src/words/en";
import { ja } from "../../src/words/ja";

const sources = import.meta.glob<string>("../../src/**/*.{svelte,ts}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const keys = Object.keys(en) as Key[];

/** The text of those files of the page that `isWanted`. */
function read(isWanted: (name: string) => boolean): string {
  return Object.keys(sources)
    .filter(isWanted)
    .map((name) => sources[name])
    .join("\n");
}

beforeEach(() => setPageLanguage("en", []));

test("both languages say the same things, in the same order", () => {
  expect(Object.keys(ja)).toEqual(keys);
});

test("both languages leave the same blanks, and nothing empty", () => {
  for (const key of keys) {
    const blanks = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort();
    expect(blanks(ja[key]), key).toEqual(blanks(en[key]));
    expect(ja[key].trim() && en[key].trim(), key).not.toBe("");
  }
});

test("Japanese is written in Japanese, but for names", () => {
  const foreign = keys.filter((key) => languageOf(ja[key]) !== "ja");
  expect(foreign).toEqual(["kaiwa", "stages.version", "timings.p95"]);
});

test("every word is said somewhere", () => {
  const source = read((name) => !name.includes("/words/"));
  const families = [...source.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1]!); // as in words(`phase.${phase}`)
  const endings = [...source.matchAll(/\$\{\w+\}(\.\w+)`/g)].map((match) => match[1]!); // as in `${what}.cure`
  const isSaid = (key: string) =>
    [`"${key}"`, `'${key}'`, `.${key} `, ` ${key}: "`].some((form) => source.includes(form)) ||
    families.some((start) => key.startsWith(start)) ||
    endings.some((end) => key.endsWith(end)) ||
    key.startsWith("problem.");
  expect(keys.filter((key) => !isSaid(key))).toEqual([]);
});

test("every problem that the page itself raises has a sentence", () => {
  const raised = [...read((name) => /\.(svelte|ts)$/.test(name)).matchAll(/\bcode: "(\w+)"/g)].map(
    (match) => match[1]!,
  );
  expect(raised.filter((code) => !(`problem.${code}` in en))).toEqual([]);
});

test("blanks are filled", () => {
  expect(words("reconnecting.next", { s: 3 })).toBe("Next try in 3 s. Nothing that was said is lost.");
  expect(secondsOf(1874)).toBe("1.9 s");
  expect(secondsOf(312, 2)).toBe("0.31 s");
});

test("the page speaks the browser's first language that it knows, or English", () => {
  setPageLanguage("auto", ["de-DE", "ja-JP", "en"]);
  expect(pageLanguage()).toBe("ja");
  setPageLanguage("auto", ["de-DE"]);
  expect(pageLanguage()).toBe("en");
  setPageLanguage("ja", ["en"]);
  expect(words("talk")).toBe("話す");
});

test("a problem is told in our words, else in the server's", () => {
  expect(sentenceFor({ code: "busy", message: "full" })).toBe(en["problem.busy"]);
  expect(sentenceFor({ code: "new_trouble", message: "The moon is full." })).toBe("The moon is full.");
  expect(sentenceFor({ code: "new_trouble" })).toBe(en["problem.failed"]);
});

test("a text is Japanese as soon as a part of it is", () => {
  expect(languageOf("Kaiwa 会話")).toBe("ja");
  expect(languageOf("Kaiwa")).toBe("en");
});
