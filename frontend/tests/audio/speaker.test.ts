import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { openSpeaker, type SpeakerReport } from "../../src/audio/speaker";
import { browser, installBrowser } from "./fake-audio";

beforeEach(installBrowser);
afterEach(() => vi.unstubAllGlobals());

const sound = (ms: number, value = 16384): Int16Array<ArrayBuffer> => new Int16Array(ms * 24).fill(value);

async function open(deviceId = "") {
  const reports: SpeakerReport[] = [];
  const speaker = await openSpeaker({ deviceId, onReport: (report) => reports.push(report) });
  const context = browser.contexts[0]!;
  await Promise.resolve();
  return { speaker, context, reports };
}

test("it plays what it is given, and counts in samples and whole milliseconds", async () => {
  const { speaker, context, reports } = await open();
  speaker.push("a", sound(101));
  speaker.end("a");
  await Promise.resolve();
  const out = await context.render(150);
  expect(out.slice(0, 18).every((sample) => sample === 0.5)).toBe(true);
  expect(out.at(-1)).toBe(0);
  expect(reports[0]).toEqual({ type: "started", item: "a", played: 0, playedMs: 0 });
  expect(reports[1]).toMatchObject({ type: "progress", item: "a", played: 10 * 128, playedMs: 53 });
  expect(reports.at(-1)).toEqual({ type: "ended", item: "a", played: 2424, playedMs: 101 });
});

test("cancelled, it says what was heard and is no longer ducked", async () => {
  const { speaker, context, reports } = await open();
  speaker.push("a", sound(500));
  speaker.push("b", sound(500));
  await Promise.resolve();
  await context.render(100);
  speaker.duck();
  expect((await context.render(10)).at(-1)).toBeCloseTo(0.1);
  speaker.cancel();
  await context.render(20);
  const played = 22 * 128; // the order arrives behind the next quantum
  expect(reports.at(-1)).toEqual({
    type: "cut",
    items: [
      { item: "a", played, playedMs: 117 },
      { item: "b", played: 0, playedMs: 0 },
    ],
  });
  speaker.push("c", sound(100));
  await Promise.resolve();
  expect((await context.render(20)).at(-1)).toBe(0.5);
});

test("cancelled with nothing to play, it says so", async () => {
  const { speaker, context, reports } = await open();
  speaker.cancel();
  await context.render(10);
  expect(reports).toEqual([{ type: "cut", items: [] }]);
});

test("more than ten minutes are refused, and said", async () => {
  const { speaker, context, reports } = await open();
  for (let n = 0; n < 11; n++) speaker.push("a", sound(60_000));
  await context.render(10);
  expect(reports.filter(({ type }) => type === "full")).toHaveLength(1);
});

test("its loudness is that of what leaves the page", async () => {
  const { speaker, context } = await open();
  speaker.push("a", sound(500));
  await Promise.resolve();
  await context.render(50);
  expect(speaker.level()).toBeCloseTo(0.5);
  speaker.duck();
  await context.render(20);
  expect(speaker.level()).toBeCloseTo(0.1);
  speaker.unduck();
  context.become("suspended");
  expect(speaker.level()).toBe(0);
});

test("its latency is what the browser knows of it", async () => {
  const { speaker, context } = await open();
  expect(speaker.latencyMs).toBeCloseTo(30);
  context.outputLatency = undefined;
  expect(speaker.latencyMs).toBeCloseTo(10);
});

test("another loudspeaker is chosen live; one that is gone is refused", async () => {
  const { speaker, context } = await open("desk");
  expect(context.sink).toBe("desk");
  await speaker.setDevice("");
  expect(context.sink).toBe("");
  await expect(speaker.setDevice("gone")).rejects.toThrow("no such device");
});

test("a loudspeaker that is gone since the last time is no reason to be mute", async () => {
  const { context } = await open("gone");
  expect([context.state, context.sink]).toEqual(["running", ""]);
});

test("put to sleep by the browser, it says so and goes on after the next touch", async () => {
  const { speaker, context, reports } = await open();
  context.become("interrupted");
  expect(speaker.suspended).toBe(true);
  document.dispatchEvent(new Event("visibilitychange"));
  await Promise.resolve();
  expect(reports).toEqual([
    { type: "suspended", suspended: true },
    { type: "suspended", suspended: false },
  ]);
});

test("what cannot be opened as a whole is closed again", async () => {
  browser.broken = true;
  await expect(open()).rejects.toThrow("no such file");
  expect(browser.contexts[0]!.state).toBe("closed");
});

test("closed, it reports nothing more", async () => {
  const { speaker, context, reports } = await open();
  speaker.push("a", sound(500));
  await speaker.close();
  await speaker.close();
  await context.render(100);
  expect(reports).toEqual([]);
});
