// Everything that can change what the page knows: the server's messages, and what happens in the page itself.

import type { Item, ServerEvent } from "../wire/types.gen";
import type { Conversation, Line, Microphone, Mode, Problem, State } from "./model";

/** A conversation that is gone on with, as the server has it: its items take the place of all lines. */
export interface ConversationRestored {
  type: "kaiwa.conversation.restored";
  conversation_id: string;
  title: string;
  items: Item[];
  answer_follows: boolean;
}

/** How long each part of a turn took, in ms since the end of speech or since the request. */
export interface TurnTimings {
  type: "kaiwa.turn.timings";
  turn: number;
  request_id: string;
  item_id?: string;
  response_id?: string;
  speech_ms?: number;
  partial_ms?: number;
  final_ms?: number;
  passages_ms?: number;
  first_token_ms?: number;
  first_audio_ms?: number;
  outcome?: string;
}

export type Message = ServerEvent | ConversationRestored | TurnTimings;

export type PageEvent =
  | { type: "talk.started" }
  | { type: "talk.stopped"; problem: Problem | null }
  | { type: "socket.live" }
  | { type: "socket.lost"; retryAt: number; problem: Problem | null }
  | { type: "microphone.changed"; microphone: Microphone }
  | { type: "microphone.muted"; on: boolean }
  | { type: "mode.changed"; mode: Mode }
  | { type: "hold.began" }
  | { type: "hold.ended"; kept: boolean } // not kept: too short to be meant
  | { type: "voice.ended" } // its `at` is when the last voiced sound was captured
  | { type: "typed"; id: string; text: string }
  | { type: "answer.sound"; responseId: string; itemId: string; ms: number } // so much more has come
  | { type: "interrupted" } // by button or key, or by what was typed
  | { type: "speaker.started"; item: string } // its `at` is when it is heard
  | { type: "speaker.progress"; item: string; ms: number }
  | { type: "speaker.ended"; item: string }
  | { type: "speaker.cut"; item: string; ms: number }
  | { type: "conversation.begun" } // a new one: whatever was shown is over
  | { type: "conversation.shown"; conversation: Conversation | null; lines: Line[] } // read, not yet gone on with
  | { type: "conversation.renamed"; title: string }
  | { type: "setting.refused"; field: string; message: string }
  | { type: "setting.changed"; fields: readonly string[] }
  | { type: "problem.raised"; problem: Problem }
  | { type: "problem.dismissed" };

/** `at`: milliseconds of `performance.now()`. */
export type Event = (Message | PageEvent) & { at: number };

export type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** What some kinds of events do to the state. */
export type Reactions = { [Type in Event["type"]]?: (state: State, event: EventOf<Type>) => State };
