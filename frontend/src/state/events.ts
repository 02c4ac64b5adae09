// Everything that can change what the page knows: the server's messages, and what happens in the page itself.

import type { ServerEvent } from "../wire/types.gen";
import type { Conversation, Line, Microphone, Mode, Problem, State } from "./model";

export type PageEvent =
  | { type: "talk.started" }
  | { type: "talk.stopped"; problem: Problem | null }
  | { type: "socket.live" }
  | { type: "socket.lost"; retryAt: number; problem: Problem | null }
  | { type: "microphone.changed"; microphone: Microphone }
  | { type: "microphone.muted"; on: boolean }
  | { type: "mode.changed"; mode: Mode }
  | { type: "hold.began"; id: string }
  | { type: "hold.ended"; id: string; kept: boolean } // not kept: too short to be meant
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
export type Event = (ServerEvent | PageEvent) & { at: number };

export type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** What some kinds of events do to the state. */
export type Reactions = { [Type in Event["type"]]?: (state: State, event: EventOf<Type>) => State };
