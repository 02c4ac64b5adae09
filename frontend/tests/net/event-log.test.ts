import { get } from "svelte/store";
import { expect, test } from "vitest";

import { openEventLog } from "../../src/net/event-log";
import { FakeClock } from "./fakes";

test("it notes nothing while it is closed", () => {
  const clock = new FakeClock();
  const log = openEventLog(clock);
  log.note("in", "this would not even parse");
  expect(clock.next).toBeNull();
  log.open(true);
  log.note("in", '{"type":"session.created"}');
  clock.pass(100);
  expect(get(log)).toEqual([
    { number: 1, at: 0, way: "in", type: "session.created", bytes: 26, body: '{"type":"session.created"}' },
  ]);
  log.clear();
  expect(get(log)).toEqual([]);
});

test("of sound it keeps the length, of words the words", () => {
  const clock = new FakeClock();
  const log = openEventLog(clock);
  log.open(true);
  log.note("out", JSON.stringify({ type: "input_audio_buffer.append", audio: "A".repeat(1000) }));
  log.note("in", JSON.stringify({ type: "response.output_audio.delta", delta: "AAAA" }));
  log.note("in", JSON.stringify({ type: "response.output_audio_transcript.delta", delta: "Hello" }));
  clock.pass(100);
  expect(get(log).map(({ body, bytes }) => [body, bytes])).toEqual([
    ['{"type":"input_audio_buffer.append","audio":"(1000 characters of sound)"}', 1047],
    ['{"type":"response.output_audio.delta","delta":"(4 characters of sound)"}', 53],
    ['{"type":"response.output_audio_transcript.delta","delta":"Hello"}', 65],
  ]);
});

test("it keeps the last two thousand", () => {
  const clock = new FakeClock();
  const log = openEventLog(clock);
  log.open(true);
  for (let n = 0; n < 5000; n++) log.note("in", '{"type":"a"}');
  clock.pass(100);
  expect(get(log)).toHaveLength(2000);
  expect(get(log).at(-1)?.number).toBe(5000);
});
