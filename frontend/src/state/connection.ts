// The connection, the microphone, the conversation's name, refusals and problems.

import type { ErrorDetail, ShownConversation } from "../wire/types.gen";
import { silenceAll } from "./answer";
import type { Reactions } from "./events";
import { isUnconfirmed } from "./items";
import { changeLine, isBlank } from "./line";
import type { Conversation, Line, Microphone, Problem, State } from "./model";

// Races that every client has: the server forgot or finished a thing while we spoke of it.
const HARMLESS = new Set([
  "response_cancel_not_active",
  "item_truncate_invalid_item_id",
  "item_retrieve_invalid_item_id",
  "item_create_duplicate_item_id",
  "audio_end_ms_out_of_range",
]);
/** Problems that are over as soon as there is a connection. */
const MENDED = new Set(["unreachable", "lost", "busy", "slow", "ended", "key_needed"]);
const FAULTS: Partial<Record<Microphone, string>> = {
  refused: "microphone_refused",
  missing: "microphone_missing",
  busy: "microphone_busy",
  lost: "microphone_lost",
  unsafe: "not_secure",
};

export const reactions: Reactions = {
  "talk.started": (state) => ({
    ...state,
    connection: state.connection === "off" ? "connecting" : state.connection,
    problem: null,
  }),
  "talk.stopped": (state, { problem }) => ({
    ...cutOpen(settled(silenceAll(state))),
    ...{ connection: "off", retryAt: null, muted: false, holding: false, unwanted: false, question: null },
    microphone: state.microphone in FAULTS ? state.microphone : "off",
    ...{ answers: [], problem: problem ?? state.problem },
  }),
  "socket.live": (state) => ({ ...state, connection: "live", retryAt: null, problem: unlessMended(state.problem) }),
  "socket.lost": (state, { retryAt, problem }) => ({
    ...settled(state),
    connection: state.connection === "live" || state.connection === "reconnecting" ? "reconnecting" : "connecting",
    answers: state.answers.map((answer) => ({ ...answer, over: true })),
    retryAt,
    problem,
  }),
  "session.updated": (state, { session }) => adopt(state, session.kaiwa?.conversation ?? null),
  "conversation.begun": (state) => ({
    ...settled(silenceAll(state)),
    ...{ lines: [], order: [], answers: [], conversation: null, unwanted: false, question: null, problem: null },
  }),
  "conversation.shown": (state, { conversation, lines }) => ({ ...state, conversation, lines, order: [] }),
  "conversation.renamed": (state, { title }) => ({
    ...state,
    conversation: state.conversation && { ...state.conversation, title },
  }),

  "microphone.changed": (state, { microphone }) => {
    const code = FAULTS[microphone];
    const mended = state.problem !== null && Object.values(FAULTS).includes(state.problem.code);
    return { ...state, microphone, problem: code ? { code } : microphone === "on" && mended ? null : state.problem };
  },
  "microphone.muted": (state, { on }) => ({ ...state, muted: on }),

  "setting.refused": (state, { field, message }) => ({ ...state, refused: { ...state.refused, [field]: message } }),
  "setting.changed": (state, { fields }) => {
    const refused = Object.entries(state.refused).filter(([field]) => !fields.includes(field));
    return { ...state, refused: Object.fromEntries(refused) };
  },
  error: (given, { error }) => {
    const state = refuseLine(given, error);
    if (HARMLESS.has(error.code)) return state;
    if (error.code === "input_audio_buffer_commit_empty") return { ...state, waiting: false };
    const { code, message, param } = error;
    return { ...state, problem: { code, message, ...(param !== undefined && { param }) } };
  },
  "problem.raised": (state, { problem }) => ({ ...state, problem }),
  "problem.dismissed": (state) => ({ ...state, problem: null }),
};

/** What was typed is named by the refusal, if it was refused; or it had arrived already. */
function refuseLine(state: State, { code, event_id }: ErrorDetail): State {
  const status = code === "item_create_duplicate_item_id" ? "final" : "failed";
  return changeLine(state, event_id ?? "", (line) => (isUnconfirmed(line) ? { ...line, status } : line));
}

/** Nobody talks or waits any more, and nothing more of what was being heard will come. What sounds, sounds on. */
function settled(state: State): State {
  const lines = state.lines.filter((line) => line.role === "assistant" || !isBlank(line)).map(asFinal);
  return { ...state, lines, hearing: false, waiting: false, ducked: false, askedAt: null };
}

/** Of an answer that is still open when all ends, what has sounded was said. */
function cutOpen(state: State): State {
  const lines = state.lines.map((line): Line => {
    if (line.status !== "open" || line.role === "user") return line;
    const text = line.text.slice(0, line.voiced).trimEnd();
    return { ...line, text, voiced: text.length, status: "cut" };
  });
  return { ...state, lines: lines.filter((line) => !isBlank(line)) };
}

function asFinal(line: Line): Line {
  if (line.status !== "open" || line.role === "assistant" || isUnconfirmed(line)) return line;
  return { ...line, text: line.text + line.unstable, unstable: "", status: "final" };
}

/** Another conversation has other lines; only what was typed and has not arrived is still to be said in it. */
function adopt(state: State, named: ShownConversation | null): State {
  if (named === null) return state;
  const same = named.id === state.conversation?.id;
  const conversation: Conversation = { ...named, title: same ? (state.conversation?.title ?? "") : "" };
  if (same || state.conversation === null) return { ...state, conversation };
  return { ...state, conversation, lines: state.lines.filter(isUnconfirmed) };
}

function unlessMended(problem: Problem | null): Problem | null {
  return problem && MENDED.has(problem.code) ? null : problem;
}
