// What the page knows, and how each event changes it. Pure: no clock, no browser; every event carries `at`, in milliseconds.
//
// Events are the server's own messages and the page's: talk.*, microphone.began, speaker.* (see talk.js).
// A line is {id, role: "user" | "assistant", text, unstable, status: "open" | "final" | "cut" | "failed", marks, soundMs, timings}.

import { durationMs } from "./audio/pcm.js";
import { heardText } from "./heard.js";

const MOST_LINES = 200;

export const initial = {
  stage: "off", // off | connecting | live
  hearing: false, // the speaker talks
  waiting: false, // an answer is due
  playing: null, // id of the item that sounds or is about to
  lines: [], // the oldest first
  beganAt: 0, // when the sound that the server counts from was captured
  silenceMs: 0, // how long the server waits in silence before it calls an utterance ended
  turn: null, // {endedAt, timings} of the utterance last heard
  problem: null, // {code, message}: shown until the next start or the next utterance
};

export function reduce(state, event) {
  return reactions[event.type]?.(state, event) ?? state;
}

/** idle | connecting | listening | hearing | thinking | speaking */
export function phaseOf(state) {
  if (state.stage === "off") return "idle";
  if (state.stage === "connecting") return "connecting";
  if (state.hearing) return "hearing";
  if (state.playing !== null) return "speaking";
  return state.waiting ? "thinking" : "listening";
}

const reactions = {
  "talk.starting": (state) => ({ ...state, stage: "connecting", problem: null }),
  "talk.live": (state) => ({ ...state, stage: "live" }),
  "talk.stopped": (state, { problem = null }) => ({
    ...state,
    ...{ stage: "off", hearing: false, waiting: false, playing: null, turn: null, problem },
    lines: state.lines.filter(hasWords).map((line) => (line.status === "open" ? { ...line, status: "final" } : line)),
  }),
  "microphone.began": (state, { at }) => ({ ...state, beganAt: at }),

  "session.updated": (state, { session }) => ({
    ...state,
    silenceMs: session.audio?.input?.turn_detection?.silence_duration_ms ?? 0,
  }),
  "input_audio_buffer.speech_started": (state, { item_id }) => ({
    ...withLine(state, item_id, "user", (line) => line),
    ...{ hearing: true, waiting: false, turn: null, problem: null },
  }),
  "input_audio_buffer.speech_stopped": (state, { audio_end_ms }) => ({
    ...state,
    ...{ hearing: false, waiting: true },
    turn: { endedAt: state.beganAt + audio_end_ms - state.silenceMs, timings: {} }, // the protocol counts the silence in
  }),
  "kaiwa.transcription.partial": (state, { item_id, stable, unstable }) =>
    withLine(state, item_id, "user", (line) => (line.status === "open" ? { ...line, text: stable, unstable } : line)),
  "conversation.item.input_audio_transcription.completed": hearWords,
  "conversation.item.input_audio_transcription.failed": (state, { item_id }) => ({
    ...withLine(state, item_id, "user", (line) => ({ ...line, unstable: "", status: "failed" })),
    waiting: false,
  }),

  "response.output_item.added": (state, { item }) =>
    item.type === "message" ? withLine(state, item.id, "assistant", (line) => line) : state,
  "response.output_audio_transcript.delta": writeText,
  "response.output_text.delta": writeText,
  "response.output_audio_transcript.done": (state, event) => finishText(state, event.item_id, event.transcript),
  "response.output_text.done": (state, event) => finishText(state, event.item_id, event.text),
  "response.output_audio.delta": (state, { item_id, delta }) => ({
    ...withLine(state, item_id, "assistant", (line) => ({ ...line, soundMs: line.soundMs + durationMs(delta) })),
    ...{ waiting: false, playing: item_id },
  }),
  "response.done": endAnswer,
  "conversation.item.retrieved": (state, { item }) => {
    const transcript = item.content?.[0]?.transcript;
    if (typeof transcript !== "string" || lineOf(state, item.id)?.status !== "cut") return state;
    return withoutEmpty(withLine(state, item.id, "assistant", (line) => ({ ...line, text: transcript })), item.id);
  },
  error: (state, { error }) => ({ ...state, problem: { code: error.code ?? error.type, message: error.message } }),

  "speaker.started": (state, { item, at }) => timed(state, item, "sound", at),
  "speaker.ended": (state, { item }) => (state.playing === item ? { ...state, playing: null } : state),
  "speaker.cut": (state, { item, ms }) => {
    const cut = withLine(state, item, "assistant", (line) => {
      return { ...line, text: heardText(line.marks, ms, line.soundMs), status: "cut" };
    });
    return withoutEmpty({ ...cut, playing: state.playing === item ? null : state.playing }, item);
  },
};

function hearWords(state, { item_id, transcript, at }) {
  const heard = withLine(state, item_id, "user", (line) => ({ ...line, text: transcript, unstable: "", status: "final" }));
  if (transcript.trim() === "") return withoutEmpty({ ...heard, waiting: false }, item_id);
  return { ...heard, turn: state.turn && mark(state.turn, "words", at) };
}

function writeText(state, { item_id, delta, at }) {
  const written = withLine(state, item_id, "assistant", (line) => {
    if (line.status !== "open") return line;
    return { ...line, text: line.text + delta, marks: [...line.marks, { atMs: line.soundMs, text: delta }] };
  });
  return timed(written, item_id, "text", at);
}

function finishText(state, id, text) {
  return withLine(state, id, "assistant", (line) => (line.status === "open" ? { ...line, text, status: "final" } : line));
}

function endAnswer(state, { response }) {
  const details = response.status_details;
  if (details?.reason === "turn_detected") return state; // the next turn has begun already
  const empty = state.lines.filter((line) => line.role === "assistant" && !hasWords(line));
  const ended = { ...state, waiting: false, lines: state.lines.filter((line) => !empty.includes(line)) };
  if (response.status !== "failed") return ended;
  return { ...ended, problem: { code: details?.error?.code ?? "failed", message: details?.error?.message } };
}

/** Notes on the answer's line how long after the end of speech its first text or sound came, with what the turn knew before. */
function timed(state, id, what, at) {
  if (!state.turn || state.turn.timings[what] !== undefined) return state;
  const turn = mark(state.turn, what, at);
  return withLine({ ...state, turn }, id, "assistant", (line) => ({ ...line, timings: turn.timings }));
}

function mark(turn, what, at) {
  return { ...turn, timings: { ...turn.timings, [what]: Math.max(0, at - turn.endedAt) } };
}

function withLine(state, id, role, change) {
  const known = lineOf(state, id);
  if (known) return { ...state, lines: state.lines.map((line) => (line === known ? change(line) : line)) };
  const line = { id, role, text: "", unstable: "", status: "open", marks: [], soundMs: 0, timings: null };
  return { ...state, lines: [...state.lines, change(line)].slice(-MOST_LINES) };
}

function withoutEmpty(state, id) {
  return { ...state, lines: state.lines.filter((line) => line.id !== id || hasWords(line)) };
}

function lineOf(state, id) {
  return state.lines.find((line) => line.id === id);
}

function hasWords(line) {
  return (line.text + line.unstable).trim() !== "" || line.status === "failed";
}
