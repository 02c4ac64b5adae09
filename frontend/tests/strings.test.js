import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { kindOf } from "../plain/stages.js";
import { languages, sentenceFor, words } from "../plain/strings.js";

const PLAIN = new URL("../plain/", import.meta.url);

test("both languages say the same things, with the same blanks", () => {
  assert.deepEqual(Object.keys(languages.ja), Object.keys(languages.en));
  for (const [key, sentence] of Object.entries(languages.en)) {
    assert.deepEqual(languages.ja[key].match(/\{\w+\}/g), sentence.match(/\{\w+\}/g), key);
  }
});

test("every key that the page asks for has words", () => {
  const sources = readdirSync(PLAIN, { recursive: true }).filter((name) => /\.(js|html)$/.test(name));
  const text = sources.map((name) => readFileSync(new URL(name, PLAIN), "utf8")).join("\n");
  const asked = [...text.matchAll(/words\("([\w.]+)"|data-(?:words|label)="(\w+)"/g)].map((match) => match[1] ?? match[2]);
  const problems = [...text.matchAll(/Problem\("(\w+)"/g)].map((match) => `problem.${match[1]}`);
  const unsaid = new Set(["problem.stopped"]); // never shown: the person has pressed stop
  const missing = [...asked, ...problems].filter((key) => !(key in languages.en) && !unsaid.has(key));
  assert.ok(asked.length > 10 && problems.length > 5);
  assert.deepEqual(missing, []);
});

test("a problem we have no words for is told in the server's", () => {
  assert.equal(sentenceFor({ code: "new_trouble", message: "The moon is full." }), "The moon is full.");
  assert.equal(sentenceFor({ code: "new_trouble" }), words("problem.failed"));
});

test("a stage is called what it is", () => {
  const real = { state: "ready", serving: "primary", is_mock: false };
  assert.equal(kindOf(real), "real");
  assert.equal(kindOf({ ...real, is_mock: true, serving: "fallback" }), "mock");
  assert.equal(kindOf({ ...real, state: "down", serving: "fallback" }), "fallback");
  assert.equal(kindOf({ ...real, state: "loading", serving: "none" }), "loading");
  assert.equal(kindOf({ ...real, state: "down", serving: "none" }), "down");
  assert.equal(kindOf({}), "unknown");
  assert.equal(kindOf(undefined), "unknown");
});
