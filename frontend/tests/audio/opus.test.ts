import { afterEach, expect, test, vi } from "vitest";

import { isOpusServed } from "../../src/audio/opus";

afterEach(() => vi.unstubAllGlobals());

function install(encoder: () => Promise<unknown>, decoder: () => Promise<unknown>): void {
  vi.stubGlobal("AudioEncoder", { isConfigSupported: encoder });
  vi.stubGlobal("AudioDecoder", { isConfigSupported: decoder });
}

const yes = async () => ({ supported: true });
const no = async () => ({ supported: false });
const refuse = async () => Promise.reject(new TypeError("no such codec"));

test("where there is no WebCodecs there is no Opus", async () => {
  expect(await isOpusServed()).toBe(false);
});

test.each([
  [yes, yes, true],
  [yes, no, false],
  [no, yes, false],
  [refuse, yes, false],
])("it takes both ways", async (encoder, decoder, served) => {
  install(encoder, decoder);
  expect(await isOpusServed()).toBe(served);
});
