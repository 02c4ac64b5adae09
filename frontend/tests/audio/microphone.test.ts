import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { openMicrophone, type MicrophoneWishes } from "../../src/audio/microphone";
import { FakeTrack, browser, installBrowser } from "./fake-audio";

beforeEach(installBrowser);
afterEach(() => vi.unstubAllGlobals());

const WISHES = { deviceId: "", echoCancellation: true, noiseSuppression: true, autoGainControl: true };

async function open(wishes: Partial<MicrophoneWishes> = {}) {
  const chunks: { value: number; level: number; positionMs: number }[] = [];
  const told: string[] = [];
  const microphone = await openMicrophone({
    ...WISHES,
    ...wishes,
    onChunk: (samples, level, positionMs) => {
      expect(samples).toHaveLength(480);
      chunks.push({ value: samples[400]!, level, positionMs });
    },
    onLost: () => told.push("lost"),
    onSuspended: (suspended) => told.push(suspended ? "suspended" : "goes on"),
  });
  const context = browser.contexts[0]!;
  const render = async (ms: number) => (await context.render(ms), chunks.splice(0));
  return { microphone, context, render, told };
}

test("it gives 20 ms at a time, and says where each begins", async () => {
  const { microphone, render } = await open();
  const chunks = await render(100);
  expect(chunks.map(({ positionMs }) => positionMs)).toEqual([0, 20, 40, 60, 80]);
  expect(chunks[2]!.value).toBe(16384);
  expect(chunks[2]!.level).toBeCloseTo(0.5, 3);
  expect(microphone.level()).toBeCloseTo(0.5, 3);
});

test("it asks for what the person wishes, and demands nothing", async () => {
  await open({ deviceId: "desk", noiseSuppression: false });
  expect(browser.tracks[0]!.wanted).toEqual({
    deviceId: "desk",
    echoCancellation: true,
    noiseSuppression: false,
    autoGainControl: true,
    channelCount: 1,
  });
});

test.each([
  ["NotAllowedError", "refused"],
  ["NotFoundError", "missing"],
  ["NotReadableError", "busy"],
])("the browser says %s: %s", async (name, fault) => {
  browser.microphone = () => {
    throw new DOMException("no", name);
  };
  await expect(open()).rejects.toMatchObject({ fault });
});

test("a page that is not safe has no microphone", async () => {
  vi.stubGlobal("isSecureContext", false);
  await expect(open()).rejects.toMatchObject({ fault: "unsafe" });
});

test("what cannot be opened as a whole is closed again", async () => {
  browser.broken = true;
  await expect(open()).rejects.toThrow("no such file");
  expect(browser.tracks[0]!.stopped).toBe(true);
  expect(browser.contexts[0]!.state).toBe("closed");
});

test("muted, it gives silence, and its clock goes on", async () => {
  const { microphone, render } = await open();
  await render(100);
  microphone.mute(true);
  const chunks = await render(100);
  expect(chunks).toHaveLength(5);
  expect(chunks[0]!.positionMs).toBe(100);
  expect(chunks.every(({ value, level }) => value === 0 && level === 0)).toBe(true);
  expect(browser.tracks[0]!.enabled).toBe(false);
  expect(microphone.level()).toBe(0);
  microphone.mute(false);
  expect((await render(100)).at(-1)!.value).toBe(16384);
});

test("a track that gives nothing at all is silence, too", async () => {
  browser.microphone = (wanted) => new FakeTrack(wanted, null);
  const { render } = await open();
  expect((await render(100)).map(({ value }) => value)).toEqual([0, 0, 0, 0, 0]);
});

test("other processing is a matter of the track, where it can be changed", async () => {
  const { microphone, render } = await open();
  await microphone.change({ noiseSuppression: false });
  expect(browser.tracks).toHaveLength(1);
  expect(browser.tracks[0]!.settings).toMatchObject({ noiseSuppression: false, echoCancellation: true });
  expect(await render(100)).toHaveLength(5);
});

test.each(["no", "refuses"] as const)("where the track cannot be changed (%s) it is opened anew", async (adapts) => {
  const { microphone, render } = await open();
  browser.tracks[0]!.adapts = adapts;
  await render(100);
  await microphone.change({ noiseSuppression: false });
  expect(browser.tracks[0]!.stopped).toBe(true);
  expect(browser.tracks[1]!.wanted).toMatchObject({ noiseSuppression: false, echoCancellation: true });
  expect((await render(40))[0]!.positionMs).toBe(100);
});

test("another device takes over, muted as the old one was", async () => {
  const { microphone, render } = await open();
  microphone.mute(true);
  browser.microphone = (wanted) => new FakeTrack(wanted, 0.25);
  await microphone.change({ deviceId: "desk" });
  expect(browser.tracks[1]!.enabled).toBe(false);
  microphone.mute(false);
  expect((await render(100)).at(-1)!.value).toBe(8192);
});

test("a device that cannot be opened leaves the old one as it was", async () => {
  const { microphone, render } = await open();
  browser.microphone = () => {
    throw new DOMException("no", "NotReadableError");
  };
  await expect(microphone.change({ deviceId: "desk" })).rejects.toMatchObject({ fault: "busy" });
  expect((await render(100)).at(-1)!.value).toBe(16384);
  browser.microphone = (wanted) => new FakeTrack(wanted, 0.25);
  await microphone.change({ echoCancellation: false });
  expect(browser.tracks).toHaveLength(1); // the wish for another device was not kept
});

test("changes are made one after the other", async () => {
  const { microphone } = await open();
  await Promise.all([microphone.change({ deviceId: "one" }), microphone.change({ echoCancellation: false })]);
  expect(browser.tracks).toHaveLength(2);
  expect(browser.tracks[1]!.settings).toMatchObject({ deviceId: "one", echoCancellation: false });
});

test("it says when the device goes away", async () => {
  const { told } = await open();
  browser.tracks[0]!.dispatchEvent(new Event("ended"));
  expect(told).toEqual(["lost"]);
});

test("put to sleep by the browser, it says so and goes on after the next touch", async () => {
  const { microphone, context, told, render } = await open();
  await render(100);
  context.become("interrupted");
  expect([microphone.suspended, microphone.level()]).toEqual([true, 0]);
  document.dispatchEvent(new Event("pointerup"));
  await Promise.resolve();
  expect(told).toEqual(["suspended", "goes on"]);
  expect(microphone.suspended).toBe(false);
});

test("a browser that waits for a touch is not waited for", async () => {
  vi.useFakeTimers();
  browser.asleep = true;
  const opening = open();
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
  const { told, context } = await opening;
  expect(told).toEqual(["suspended"]);
  context.wakes = true;
  document.dispatchEvent(new Event("keydown"));
  expect(told).toEqual(["suspended", "goes on"]);
});

test("closed, it is silent, and leaves nothing behind", async () => {
  const { microphone, context, render, told } = await open();
  const changing = microphone.change({ deviceId: "desk" });
  await microphone.close();
  await changing;
  await microphone.close();
  expect(context.state).toBe("closed");
  expect(browser.tracks.every(({ stopped }) => stopped)).toBe(true);
  expect(await render(100)).toEqual([]);
  document.dispatchEvent(new Event("keydown"));
  expect(told).toEqual([]);
});
