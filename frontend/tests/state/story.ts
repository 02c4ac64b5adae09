// Events as the server and the page send them, for tests that tell a story in states.

import type { Event } from "../../src/state/events";
import { initial, phaseOf, type State } from "../../src/state/model";
import { reduce } from "../../src/state/reducer";

export type Told = Omit<Event, "at"> & { at?: number; [field: string]: unknown };

/** Runs events, each 100 ms after the one before unless it says when it was, and returns the last state. */
export function tell(events: readonly Told[], from: State = initial): State {
  return events.reduce((state: State, event, n) => reduce(state, { at: n * 100, ...event } as Event), from);
}

export function phases(...events: Told[]): string[] {
  return events.map((_, n) => phaseOf(tell(events.slice(0, n + 1))));
}

export const started: Told[] = [{ type: "talk.started" }, { type: "socket.live" }];

export const speechStarts = (id: string): Told => ({ type: "input_audio_buffer.speech_started", item_id: id });
export const speechStops = (id: string): Told => ({ type: "input_audio_buffer.speech_stopped", item_id: id });
export const partial = (id: string, stable: string, unstable: string): Told => {
  return { type: "kaiwa.transcription.partial", item_id: id, stable, unstable };
};
export const transcribed = (id: string, transcript: string): Told => {
  return { type: "conversation.item.input_audio_transcription.completed", item_id: id, transcript };
};
export const added = (id: string, previous: string | null, item: object = {}): Told => {
  const whole = { id, type: "message", role: "user", status: "completed", content: [], ...item };
  return { type: "conversation.item.added", previous_item_id: previous, item: whole };
};

export const answerBegins = (response: string, question?: string): Told => {
  return {
    type: "response.created",
    response: { id: response, metadata: question === undefined ? null : { question } },
  };
};
export const itemBegins = (response: string, id: string): Told => {
  const item = { id, type: "message", role: "assistant", status: "in_progress", content: [] };
  return { type: "response.output_item.added", response_id: response, item };
};
export const text = (response: string, id: string, delta: string): Told => {
  return { type: "response.output_audio_transcript.delta", response_id: response, item_id: id, delta };
};
export const written = (response: string, id: string, delta: string): Told => {
  return { type: "response.output_text.delta", response_id: response, item_id: id, delta };
};
export const sound = (response: string, id: string, ms = 100): Told => {
  return { type: "answer.sound", responseId: response, itemId: id, ms };
};
export const textEnds = (response: string, id: string, transcript: string): Told => {
  return { type: "response.output_audio_transcript.done", response_id: response, item_id: id, transcript };
};
export const answerEnds = (response: string, status = "completed", details: object | null = null): Told => {
  return { type: "response.done", response: { id: response, status, status_details: details, output: [] } };
};
export const speaker = (what: "started" | "progress" | "ended" | "cut", item: string, ms = 0): Told => {
  return { type: `speaker.${what}`, item, ms } as Told;
};
export const timings = (request: string, fields: object): Told => {
  return { type: "kaiwa.turn.timings", turn: 1, request_id: request, ...fields };
};

/** An answer that has come whole and sounds. */
export const answer = (response: string, id: string, words: string, ms: number): Told[] => [
  answerBegins(response),
  itemBegins(response, id),
  text(response, id, words),
  sound(response, id, ms),
  speaker("started", id),
];
