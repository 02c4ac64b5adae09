import fc from "fast-check";
import { expect, test } from "vitest";

import { decodePcm, encodePcm, fromBase64, parse, pcmMs, serialize, toBase64 } from "../../src/wire/codec";

test("a message is read", () => {
  expect(parse('{"type":"kaiwa.speech.suspected","event_id":"event_1"}')).toEqual({
    type: "kaiwa.speech.suspected",
    event_id: "event_1",
  });
});

test.each(["", "{", "null", "1", "[]", "{}", '{"type":1}'])("what is no message is refused: %s", (text) => {
  expect(() => parse(text)).toThrow(SyntaxError);
});

test("a message is written", () => {
  expect(serialize({ type: "response.cancel" })).toBe('{"type":"response.cancel"}');
});

test("bytes are the same again after base64", () => {
  expect(toBase64(Uint8Array.of(255, 254, 0))).toBe("//4A");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      expect([...fromBase64(toBase64(bytes))]).toEqual([...bytes]);
    }),
  );
});

test("samples are the same again after base64, and their duration is known without decoding", () => {
  fc.assert(
    fc.property(fc.int16Array({ maxLength: 1500 }), (samples) => {
      const text = encodePcm(samples);
      expect([...decodePcm(text)]).toEqual([...samples]);
      expect(pcmMs(text)).toBeCloseTo(samples.length / 24);
    }),
  );
});

test("a part of a larger array is encoded alone", () => {
  expect(encodePcm(Int16Array.of(1, 2, 3).subarray(1, 2))).toBe(encodePcm(Int16Array.of(2)));
});

test("half a sample is refused", () => {
  expect(() => decodePcm(btoa("abc"))).toThrow(RangeError);
});
