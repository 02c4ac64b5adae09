import { expect, test } from "vitest";

import { barsOf, overallOf, totalOf, TurnsOfLines } from "../../src/ui/timings";
import { turn } from "./scenes";

test("a step lasts from the one before it to itself, and mouth to ear spans all", () => {
  expect(barsOf({ final: 300, first_token: 800, first_audio: 1600, heard: 1800 })).toEqual([
    { step: "final", from: 0, to: 300 },
    { step: "first_token", from: 300, to: 800 },
    { step: "first_audio", from: 800, to: 1600 },
    { step: "heard", from: 0, to: 1800 },
  ]);
});

test("a step that was done ahead of the one before it has no length, not a negative one", () => {
  expect(barsOf({ final: 300, passages: 250 })[1]).toEqual({ step: "passages", from: 250, to: 250 });
});

test("how long it took is counted to the ear, or as near to it as is known", () => {
  expect(totalOf({ first_token: 1, first_audio: 2, heard: 3 })).toBe(3);
  expect(totalOf({ first_token: 1, first_audio: 2 })).toBe(2);
  expect(totalOf({ final: 1 })).toBeUndefined();
});

test("there is no median before the first turn", () => {
  expect(overallOf([])).toBeNull();
  expect(overallOf([turn(1, { heard: 10 }), turn(2, { heard: 30 }), turn(3, {})])).toEqual({ p50: 10, p95: 30 });
});

test("a line finds its turn also when the state has forgotten its answer", () => {
  const turns = [turn(1, { heard: 10 }), turn(2, { heard: 30 })];
  const known = new TurnsOfLines();
  const answer = { askedAt: null, heardMs: null, silenced: false, over: true };
  known.note([{ ...answer, responseId: "resp_1", itemId: "item_1" }]);
  known.note([{ ...answer, responseId: "resp_2", itemId: null }]);
  expect(known.find("item_1", turns)).toBe(turns[0]);
  expect(known.find("item_2", turns)).toBeUndefined();
});

test("more lines than can be shown are not remembered", () => {
  const known = new TurnsOfLines();
  const answer = { askedAt: null, heardMs: null, silenced: false, over: true };
  for (let n = 0; n <= 400; n++) known.note([{ ...answer, responseId: "resp_1", itemId: `item_${n}` }]);
  const turns = [turn(1, { heard: 10 })];
  expect(known.find("item_0", turns)).toBeUndefined();
  expect(known.find("item_1", turns)).toBe(turns[0]);
});
