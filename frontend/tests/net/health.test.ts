import fc from "fast-check";
import { get } from "svelte/store";
import { expect, test } from "vitest";

import { HealthWatch, parseHealth, unreachable } from "../../src/net/health";
import { FakeClock, settle } from "./fakes";

const serving = { state: "ready", is_mock: false, serving: "primary", model: "m", provider: "p", endpoint: "http://e" };

test.each([
  ["real", serving],
  ["mock", { ...serving, is_mock: true }],
  ["mock", { ...serving, is_mock: true, serving: "fallback", state: "down" }],
  ["fallback", { ...serving, serving: "fallback", state: "down" }],
  ["loading", { ...serving, serving: "none", state: "loading" }],
  ["down", { ...serving, serving: "none", state: "down" }],
  ["unknown", {}],
])("it is called %s", (kind, provider) => {
  const { stages } = parseHealth({ status: "ok", providers: { llm: provider } });
  expect(stages.find(({ name }) => name === "llm")?.kind).toBe(kind);
});

test("what the document says is taken over", () => {
  const llm = { ...serving, fallback_count: 2, last_error: "refused" };
  const health = parseHealth({
    status: "degraded",
    version: "1.2",
    providers: { llm },
    warnings: ["tts: slow"],
    rag: { documents: 2 },
  });
  expect(health).toMatchObject({ reachable: true, status: "degraded", version: "1.2", warnings: ["tts: slow"] });
  expect(health.documents).toBe(2);
  expect(health.stages.map(({ name }) => name)).toEqual(["stt", "llm", "tts", "embedding"]);
  const shown = {
    name: "llm",
    kind: "real",
    provider: "p",
    model: "m",
    endpoint: "http://e",
    fallbacks: 2,
    error: "refused",
  };
  expect(health.stages[1]).toEqual(shown);
});

test("whatever comes, there are four stages and none of them is real without saying so", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      expect(parseHealth(body).stages.map(({ kind }) => kind)).toEqual(Array(4).fill("unknown"));
    }),
  );
});

test("it is asked for every five seconds while the page is seen, and at once when it is seen again", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const watch = new HealthWatch(async () => (asked++, unreachable), clock);
  expect(get(watch.health)).toBeNull();
  const round = async (ms: number) => {
    clock.pass(ms);
    await settle();
    return asked;
  };
  watch.see(true);
  expect(await round(0)).toBe(1);
  expect(get(watch.health)).toBe(unreachable);
  expect(await round(4999)).toBe(1);
  expect(await round(1)).toBe(2);
  watch.see(false);
  expect(await round(60_000)).toBe(2);
  watch.see(true);
  watch.see(true);
  expect(await round(0)).toBe(3);
});

test("hidden and seen again while an answer is awaited, it does not ask twice as often", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const watch = new HealthWatch(async () => (asked++, unreachable), clock);
  watch.see(true);
  watch.see(false);
  watch.see(true);
  await settle();
  expect(asked).toBe(2);
  clock.pass(5000);
  await settle();
  expect(asked).toBe(3);
});
