// What the page knows: plain data, changed by `reduce` only. Times are milliseconds of `performance.now()` unless a name says otherwise.

/** The socket. `reconnecting`: it was lost, and the conversation will be taken up again. */
export type Connection = "off" | "connecting" | "live" | "reconnecting";

export type Mode = "hands-free" | "push-to-talk";

/** Why the microphone is silent, or that it is not. `suspended`: the browser waits for the next touch. */
export type Microphone = "off" | "asking" | "on" | "suspended" | "refused" | "missing" | "busy" | "lost" | "unsafe";

export type Phase = "off" | "connecting" | "reconnecting" | "listening" | "hearing" | "thinking" | "speaking";

/** Where in an item's sound a piece of its text begins. */
export interface Mark {
  atMs: number;
  text: string;
}

/** What one side said in one go. */
export interface Line {
  id: string;
  role: "user" | "assistant";
  via: "voice" | "text";
  text: string; // of a voiced answer: all that has come, heard or not
  unstable: string; // behind `text`: words of a partial that may still change
  voiced: number; // of an answer: how many characters of `text` have sounded (all, where there is no sound)
  status: "open" | "final" | "cut" | "failed"; // cut: only what was heard is left in `text`
  marks: Mark[];
  soundMs: number; // of an answer: sound that has come
}

/** Milliseconds since the end of speech (or since the request, if it was typed); absent: it did not happen. */
export interface Marks {
  final?: number;
  passages?: number;
  first_token?: number;
  first_audio?: number;
  heard?: number; // mouth to ear, by this page's own count: the last voiced sound captured, the first sound played
}

export interface Turn {
  number: number; // counted by the page: sessions begin at 1 again
  requestId: string;
  itemId: string | null; // of the question; null if it was typed
  responseId: string | null;
  speechMs: number | null;
  marks: Marks;
  outcome: string | null; // null: under way
}

/** A response, for as long as messages of it may come: its late ones must be told from the present one's. */
export interface Answer {
  responseId: string;
  itemId: string | null; // of the line that it speaks or writes
  askedAt: number | null; // when the last voiced sound of its question was captured, or the request made
  heardMs: number | null; // from then until its first sound was heard
  silenced: boolean; // talked over or interrupted: what still comes of it changes nothing
  over: boolean; // the server has sent all of it
}

export interface Problem {
  code: string;
  message?: string; // the server's own sentence
  param?: string; // the field at fault
}

export interface Conversation {
  id: string;
  token: string;
  kept: boolean; // false: private
  title: string;
}

export interface State {
  connection: Connection;
  retryAt: number | null; // while reconnecting: when the next attempt is made
  mode: Mode;
  microphone: Microphone;
  muted: boolean;
  holding: boolean; // push-to-talk: the button is down
  hearing: boolean; // the speaker talks
  waiting: boolean; // an answer is due
  playing: string | null; // id of the item that sounds or is about to
  ducked: boolean;
  lines: Line[]; // the oldest first, at most 400
  order: string[]; // ids of the items in the server's order, also of those that have no line
  answers: Answer[]; // the last few, the oldest first
  askedAt: number | null; // when the speaker had said what no answer has begun to yet
  unwanted: boolean; // the answer that is due was interrupted before it began
  question: string | null; // typed, or said with the button held: only an answer to this one is wanted
  turns: Turn[]; // the oldest first, at most 200
  conversation: Conversation | null;
  problem: Problem | null; // shown until it is dismissed, mended, or somebody speaks
  refused: Record<string, string>; // settings that the server refused: field -> its sentence
}

/** How a stage is doing; what is not real is never shown as real. */
export type StageKind = "real" | "mock" | "fallback" | "loading" | "down" | "unknown";
export type StageName = "llm" | "stt" | "tts" | "embedding";

export interface Stage {
  name: StageName;
  kind: StageKind;
  provider: string;
  model: string;
  endpoint: string;
  fallbacks: number; // how often a fallback had to serve
  error: string | null;
}

export interface Health {
  reachable: boolean; // false: the backend does not answer; the rest is then empty
  status: "ok" | "degraded" | "unavailable";
  version: string;
  stages: Stage[];
  warnings: string[];
  documents: number; // taken in; of 0 every answer comes from the language model alone
}

/** What a person may choose; kept in this browser, checked by the server. */
export interface Settings {
  page: "auto" | "en" | "ja"; // the page's own words
  theme: "auto" | "light" | "dark";
  language: "auto" | "en" | "ja"; // what will be spoken
  voice: string; // empty: the operator's
  speed: number; // 0.25 to 1.5
  patienceMs: number; // silence that ends a turn
  instructions: string;
  temperature: number | null; // null: the model server's own
  mode: Mode;
  microphone: string; // deviceId; empty: the system's
  speaker: string;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  keepPrivate: boolean; // new conversations are private
  debug: boolean; // the event log is open
}

export interface Summary {
  id: string;
  title: string;
  createdAt: number; // Unix seconds
  updatedAt: number;
  messages: number;
}

export const initial: State = {
  connection: "off",
  retryAt: null,
  mode: "hands-free",
  microphone: "off",
  muted: false,
  holding: false,
  hearing: false,
  waiting: false,
  playing: null,
  ducked: false,
  lines: [],
  order: [],
  answers: [],
  askedAt: null,
  unwanted: false,
  question: null,
  turns: [],
  conversation: null,
  problem: null,
  refused: {},
};

export function phaseOf(state: State): Phase {
  if (state.connection !== "live") return state.connection;
  if (state.hearing || state.holding) return "hearing";
  if (state.playing !== null) return "speaking";
  return state.waiting ? "thinking" : "listening";
}
