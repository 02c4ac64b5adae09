import { expect, test } from "vitest";

import type { Health, StageKind } from "../../src/state/model";
import { findingsOf } from "../../src/ui/readiness";

const able = { secure: true, socket: true, worklet: true, microphone: true };

function health(kind: StageKind, name: "llm" | "embedding" = "llm"): Health {
  const stage = { name, kind, provider: "p", model: "m", endpoint: "e", fallbacks: 0, error: null };
  return { reachable: true, status: "ok", version: "1", stages: [stage], warnings: [], documents: 0 };
}

const found = (...given: Parameters<typeof findingsOf>) =>
  findingsOf(...given).map(({ weight, what }) => `${weight} ${what}`);

test("nothing is amiss when all is real", () => {
  expect(found(health("real"), "on", able)).toEqual([]);
  expect(found(null, "off", able)).toEqual([]);
});

test("what is not real is never passed over", () => {
  expect(found(health("mock"), "off", able)).toEqual(["wary ready.mock"]);
  expect(found(health("fallback"), "off", able)).toEqual(["wary ready.fallback"]);
  expect(found(health("loading"), "off", able)).toEqual(["wait ready.loading"]);
  expect(found(health("unknown"), "off", able)).toEqual(["wait ready.unknown"]);
  expect(found(health("down"), "off", able)).toEqual(["stop ready.down.llm"]);
});

test("stages of one kind are told together", () => {
  const both = { ...health("mock"), stages: [...health("mock").stages, ...health("mock", "embedding").stages] };
  expect(findingsOf(both, "off", able).map(({ stages }) => stages)).toEqual([["llm", "embedding"]]);
});

test("without documents one can still talk", () => {
  expect(found(health("down", "embedding"), "off", able)).toEqual(["wary ready.down.embedding"]);
});

test("a backend that does not answer is one finding, not four", () => {
  const nobody = {
    reachable: false,
    status: "unavailable",
    version: "",
    stages: [],
    warnings: [],
    documents: 0,
  } as const;
  expect(found({ ...nobody, stages: [], warnings: [], documents: 0 }, "off", able)).toEqual(["stop ready.unreachable"]);
});

test("an unsafe address hides what it takes away", () => {
  const unsafe = { ...able, secure: false, worklet: false, microphone: false };
  expect(found(null, "unsafe", unsafe)).toEqual(["stop ready.unsafe"]);
});

test("an old browser is told what it lacks", () => {
  expect(found(null, "off", { ...able, socket: false, worklet: false, microphone: false })).toEqual([
    "stop ready.noSocket",
    "stop ready.noWorklet",
    "stop ready.noMicrophone",
  ]);
});

test("a microphone that was refused comes before a stage that loads", () => {
  expect(found(health("loading"), "refused", able)).toEqual(["stop ready.refused", "wait ready.loading"]);
});
