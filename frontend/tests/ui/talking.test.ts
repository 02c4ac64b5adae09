import { expect, test } from "vitest";

import { initial, type State } from "../../src/state/model";
import { deedOf, isAnswering, labelOf } from "../../src/ui/talking";

const live: State = { ...initial, connection: "live", microphone: "on" };

test("the great button begins, ends, or is held", () => {
  expect(deedOf(initial)).toBe("talk");
  expect(deedOf({ ...initial, connection: "connecting" })).toBe("end");
  expect(deedOf(live)).toBe("end");
  expect(deedOf({ ...live, mode: "push-to-talk" })).toBe("hold");
  expect(deedOf({ ...live, connection: "reconnecting", mode: "push-to-talk" })).toBe("end");
});

test("who only typed so far, or lost the microphone, can still begin to talk", () => {
  expect(deedOf({ ...live, microphone: "off" })).toBe("talk");
  expect(deedOf({ ...live, microphone: "lost" })).toBe("talk");
  expect(deedOf({ ...live, microphone: "asking" })).toBe("end");
});

test("an answer can be interrupted from when it is due until it has sounded", () => {
  expect(isAnswering(live)).toBe(false);
  expect(isAnswering({ ...live, waiting: true })).toBe(true);
  expect(isAnswering({ ...live, playing: "item_1" })).toBe(true);
});

test("the label says what is waited for", () => {
  expect(labelOf(initial)).toBe("phase.off");
  expect(labelOf({ ...live, connection: "connecting", microphone: "asking" })).toBe("phase.asking");
  expect(labelOf({ ...live, microphone: "suspended" })).toBe("phase.suspended");
  expect(labelOf({ ...live, muted: true })).toBe("phase.muted");
  expect(labelOf({ ...live, mode: "push-to-talk" })).toBe("phase.held");
  expect(labelOf({ ...live, microphone: "off" })).toBe("phase.typing");
  expect(labelOf({ ...live, muted: true, playing: "item_1" })).toBe("phase.speaking");
});
