import { expect, test } from "vitest";

import { Updates } from "../../src/net/updates";
import type { ServerEvent, SessionUpdate } from "../../src/wire/types.gen";
import { refused, updated } from "./fake-line";

function open() {
  const sent: SessionUpdate[] = [];
  const refusals: string[] = [];
  const updates = new Updates({
    send: (event) => sent.push(event as SessionUpdate),
    wished: (left) => ({ type: "realtime", instructions: [...left].join() }),
    onRefused: (field, { message }) => refusals.push(`${field}: ${message}`),
  });
  const take = (message: object) => updates.take(message as ServerEvent);
  return { updates, sent, refusals, take };
}

test("one update at a time: what is wished for meanwhile goes into the next", () => {
  const { updates, sent, take } = open();
  for (let n = 0; n < 5; n++) updates.request();
  expect(sent).toHaveLength(1);
  take(updated());
  expect(sent).toHaveLength(2);
  take(updated());
  expect(sent).toHaveLength(2);
});

test("a refused field is left out until it has another value", () => {
  const { updates, sent, refusals, take } = open();
  updates.request();
  expect(take(refused("invalid_value", { event_id: "update_1", param: "session.kaiwa.temperature" }))).toBe(true);
  expect(refusals).toEqual(["temperature: about invalid_value"]);
  expect(sent.at(-1)?.session.instructions).toBe("temperature");
  take(updated());
  updates.allow(["temperature"]);
  updates.request();
  expect(sent.at(-1)?.session.instructions).toBe("");
});

test("a refusal of something else, or of nothing that can be left out, is somebody else's to tell", () => {
  const { updates, sent, take } = open();
  updates.request();
  expect(take(refused("invalid_value", { event_id: "item_1", param: "session.audio.output.speed" }))).toBe(false);
  expect(take(refused("internal_error", { event_id: "update_1" }))).toBe(false);
  expect(sent).toHaveLength(1);
});

test("what is refused although it was left out is not asked for again and again", () => {
  const { updates, sent, take } = open();
  updates.request();
  for (let n = 1; n < 5; n++) take(refused("x", { event_id: `update_${n}`, param: "session.audio.input.format" }));
  expect(sent).toHaveLength(2);
});
