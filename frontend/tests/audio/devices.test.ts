import { afterEach, expect, test, vi } from "vitest";

import { listDevices, watchDevices } from "../../src/audio/devices";

afterEach(() => vi.unstubAllGlobals());

class Devices extends EventTarget {
  enumerateDevices = async () => [{ kind: "audioinput" }, { kind: "videoinput" }, { kind: "audiooutput" }];
}

function install(canChoose: boolean): Devices {
  const devices = new Devices();
  vi.stubGlobal("navigator", { mediaDevices: devices });
  vi.stubGlobal(
    "AudioContext",
    canChoose
      ? class {
          setSinkId() {}
        }
      : class {},
  );
  return devices;
}

test("microphones and loudspeakers are listed, cameras are not", async () => {
  install(true);
  expect(await listDevices()).toEqual({ microphones: [{ kind: "audioinput" }], speakers: [{ kind: "audiooutput" }] });
});

test("no loudspeaker is offered that could not be chosen", async () => {
  install(false);
  expect((await listDevices()).speakers).toEqual([]);
});

test("a page that is not safe has no devices", async () => {
  vi.stubGlobal("navigator", {});
  expect(await listDevices()).toEqual({ microphones: [], speakers: [] });
  watchDevices(() => undefined)();
});

test("a device that comes or goes is told, until nobody wants to know", () => {
  const devices = install(true);
  let told = 0;
  const stop = watchDevices(() => told++);
  devices.dispatchEvent(new Event("devicechange"));
  stop();
  devices.dispatchEvent(new Event("devicechange"));
  expect(told).toBe(1);
});
