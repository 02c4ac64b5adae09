import { expect, test } from "vitest";

import { fieldOf, sessionOf, type Field, type Wishes } from "../../src/net/wishes";
import { defaults } from "../../src/state/settings";

const wishes: Wishes = { settings: defaults, opus: true, aloud: true, usual: null, conversation: { keep: true } };
const none = new Set<Field>();

test("what the person left as it is, is the server's to choose", () => {
  expect(sessionOf(wishes, none)).toEqual({
    type: "realtime",
    output_modalities: ["audio"],
    instructions: "",
    audio: {
      input: { format: { type: "audio/opus" }, transcription: {}, turn_detection: { type: "server_vad" } },
      output: { format: { type: "audio/opus" }, speed: 1 },
    },
    kaiwa: { language: null, temperature: null, conversation: { keep: true } },
  });
});

test("what was changed and changed back is what the server had at first", () => {
  const { audio } = sessionOf({ ...wishes, usual: { voice: "operator's", silenceMs: 700 } }, none);
  expect(audio?.output?.voice).toBe("operator's");
  expect(audio?.input?.turn_detection).toEqual({ type: "server_vad", silence_duration_ms: 700 });
});

test("the person's choices go before the server's", () => {
  const settings = {
    ...defaults,
    voice: "anna",
    patienceMs: 900,
    language: "ja",
    temperature: 0.3,
    speed: 0.75,
  } as const;
  const session = sessionOf({ ...wishes, settings, usual: { voice: "operator's", silenceMs: 700 } }, none);
  expect(session.audio?.output).toMatchObject({ voice: "anna", speed: 0.75 });
  expect(session.audio?.input?.turn_detection).toMatchObject({ silence_duration_ms: 900 });
  expect(session.kaiwa).toMatchObject({ language: "ja", temperature: 0.3 });
});

test("push-to-talk detects no turns; without a loudspeaker answers are written", () => {
  const session = sessionOf({ ...wishes, settings: { ...defaults, mode: "push-to-talk" }, aloud: false }, none);
  expect(session.audio?.input?.turn_detection).toBeNull();
  expect(session.output_modalities).toEqual(["text"]);
});

test("what is left out is not there, and Opus becomes PCM", () => {
  const left = new Set<Field>(["opus", "speed", "temperature", "conversation", "instructions", "language"]);
  const session = sessionOf(wishes, left);
  expect(session.audio?.input?.format).toEqual({ type: "audio/pcm", rate: 24_000 });
  expect(session.audio?.output).toEqual({ format: { type: "audio/pcm", rate: 24_000 } });
  expect(session.kaiwa).toEqual({});
  expect(session).not.toHaveProperty("instructions");
});

test.each([
  ["session.audio.input.format.type", "opus"],
  ["session.audio.output.format.audio/opus.rate", "opus"],
  ["session.audio.input.turn_detection.silence_duration_ms", "patienceMs"],
  ["session.audio.output.voice", "voice"],
  ["session.audio.output.speed", "speed"],
  ["session.instructions", "instructions"],
  ["session.kaiwa.conversation", "conversation"],
  ["session.kaiwa.language", "language"],
  ["session.kaiwa.temperature", "temperature"],
  ["session.tools", null],
  [undefined, null],
])("a refusal of %s is about %s", (param, field) => expect(fieldOf(param)).toBe(field));
