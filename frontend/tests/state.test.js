import assert from "node:assert/strict";
import test from "node:test";

import { initial, phaseOf, reduce } from "../plain/state.js";

const HUNDRED_MS = btoa("\0".repeat(4800));

/** Runs events, each 100 ms after the one before, and returns every state. */
function run(...events) {
  let state = initial;
  return events.map((event, n) => (state = reduce(state, { at: n * 100, ...event })));
}

const started = [{ type: "talk.starting" }, { type: "talk.live" }, { type: "microphone.began", at: 100 }];
const speech = { type: "input_audio_buffer.speech_started", item_id: "u1" };
const speechEnds = { type: "input_audio_buffer.speech_stopped", item_id: "u1", audio_end_ms: 200 };
const wordsKnown = {
  type: "conversation.item.input_audio_transcription.completed",
  item_id: "u1",
  transcript: "Hello?",
};
const text = (delta) => ({ type: "response.output_audio_transcript.delta", item_id: "a1", delta });
const sound = { type: "response.output_audio.delta", item_id: "a1", delta: HUNDRED_MS };
const done = { type: "response.done", response: { status: "completed" } };

test("a turn passes through its phases", () => {
  const begun = { type: "speaker.started", item: "a1" };
  const ended = { type: "speaker.ended", item: "a1" };
  const states = run(...started, speech, speechEnds, wordsKnown, text("Hi."), sound, begun, done, ended);
  const phases = states.map(phaseOf);
  assert.deepEqual(phases.slice(0, 2), ["connecting", "listening"]);
  assert.deepEqual(phases.slice(3), [
    ...["hearing", "thinking", "thinking", "thinking", "speaking", "speaking", "speaking", "listening"],
  ]);
});

test("timings count from the end of speech, on the page's own clock", () => {
  const begun = { type: "speaker.started", item: "a1" };
  const state = run(...started, speech, speechEnds, wordsKnown, text("Hi."), sound, begun).at(-1);
  assert.deepEqual(state.lines.at(-1).timings, { words: 200, text: 300, sound: 500 }); // it ended at 100 + 200
});

test("the silence that the server waited in is not the speaker's", () => {
  const session = { audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 150 } } } };
  const state = run({ type: "session.updated", session }, ...started, speech, speechEnds, wordsKnown).at(-1);
  assert.deepEqual(state.turn.timings, { words: 450 });
});

test("partial words are replaced until the final ones come", () => {
  const partial = { type: "kaiwa.transcription.partial", item_id: "u1", stable: "Hel", unstable: "p" };
  const states = run(...started, speech, partial, wordsKnown, partial);
  assert.deepEqual([states[4].lines[0].text, states[4].lines[0].unstable], ["Hel", "p"]);
  assert.deepEqual([states[6].lines[0].text, states[6].lines[0].unstable], ["Hello?", ""]);
});

test("no words: no line and no waiting", () => {
  const state = run(...started, speech, speechEnds, { ...wordsKnown, transcript: " " }).at(-1);
  assert.deepEqual(state.lines, []);
  assert.equal(phaseOf(state), "listening");
});

test("an answer talked over keeps what was heard, whatever comes after", () => {
  const cut = { type: "speaker.cut", item: "a1", ms: 100 };
  const late = { type: "response.output_audio_transcript.done", item_id: "a1", transcript: "one two three four" };
  const cancelled = { type: "response.done", response: { status: "cancelled", status_details: { reason: "turn_detected" } } };
  const events = [text("one two three four"), sound, sound, speech, cut, text(" five"), late, cancelled];
  const state = run(...started, ...events).at(-1);
  assert.equal(state.lines[0].text, "one two");
  assert.equal(state.lines[0].status, "cut");
  assert.equal(phaseOf(state), "hearing");
});

test("an answer of which nothing was heard leaves no line", () => {
  const state = run(...started, text("one"), sound, { type: "speaker.cut", item: "a1", ms: 0 }).at(-1);
  assert.deepEqual(state.lines, []);
});

test("the end of a cancelled answer does not end the wait for the next", () => {
  const cancelled = { type: "response.done", response: { status: "cancelled", status_details: { reason: "turn_detected" } } };
  assert.equal(phaseOf(run(...started, speech, speechEnds, cancelled).at(-1)), "thinking");
});

test("stopping ends everything but keeps what was said", () => {
  const problem = { code: "lost" };
  const stopped = { type: "talk.stopped", problem };
  const state = run(...started, speech, speechEnds, wordsKnown, text("Hi."), sound, stopped).at(-1);
  assert.equal(phaseOf(state), "idle");
  assert.deepEqual(state.lines.map((line) => [line.text, line.status]), [["Hello?", "final"], ["Hi.", "final"]]);
  assert.equal(state.problem, problem);
});

test("a problem goes with the next start or the next utterance", () => {
  const error = { type: "error", error: { type: "server_error", code: "provider_timeout", message: "slow" } };
  assert.deepEqual(run(...started, error).at(-1).problem, { code: "provider_timeout", message: "slow" });
  assert.equal(run(...started, error, speech).at(-1).problem, null);
  assert.equal(run(...started, error, { type: "talk.starting" }).at(-1).problem, null);
});

test("events nobody knows change nothing", () => {
  const state = run(...started).at(-1);
  assert.equal(reduce(state, { type: "rate_limits.updated", at: 1 }), state);
});

test("lines are bounded", () => {
  const lines = Array.from({ length: 300 }, (_, n) => ({ ...speech, item_id: `u${n}` }));
  assert.equal(run(...started, ...lines).at(-1).lines.length, 200);
});
