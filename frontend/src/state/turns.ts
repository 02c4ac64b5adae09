// Turns: what the server measured of each, and what the page did.

import { answerOf, answerOfItem, changeAnswer } from "./answer";
import type { Reactions } from "./events";
import type { Marks, State, Turn } from "./model";
import type { TurnTimings } from "../wire/types.gen";

const MOST_TURNS = 200;
const MEASURED = ["final", "passages", "first_token", "first_audio"] as const satisfies (keyof Marks)[]; // by the server

export const reactions: Reactions = {
  "kaiwa.turn.timings": (state, event) => {
    const known = state.turns.find((turn) => turn.requestId === event.request_id);
    const turn = timed(known ?? newTurn(state, event.request_id), event);
    const heardMs = turn.responseId === null ? null : (answerOf(state, turn.responseId)?.heardMs ?? null);
    const whole = heardMs === null ? turn : heard(turn, heardMs);
    if (known) return { ...state, turns: state.turns.map((each) => (each === known ? whole : each)) };
    return { ...state, turns: [...state.turns, whole].slice(-MOST_TURNS) };
  },
};

/** The first sound of an answer's item is heard at `at`: that ends the way from mouth to ear. */
export function noteHeard(state: State, itemId: string, at: number): State {
  const answer = answerOfItem(state, itemId);
  if (!answer || answer.askedAt === null || answer.heardMs !== null) return state;
  const heardMs = Math.max(0, at - answer.askedAt);
  const turns = state.turns.map((turn) => (turn.responseId === answer.responseId ? heard(turn, heardMs) : turn));
  return { ...changeAnswer(state, answer.responseId, { heardMs }), turns };
}

function newTurn(state: State, requestId: string): Turn {
  const number = (state.turns.at(-1)?.number ?? 0) + 1;
  return { number, requestId, itemId: null, responseId: null, speechMs: null, marks: {}, outcome: null };
}

function timed(turn: Turn, event: TurnTimings): Turn {
  return {
    ...turn,
    itemId: event.item_id ?? turn.itemId,
    responseId: event.response_id ?? turn.responseId,
    speechMs: event.speech_ms ?? turn.speechMs,
    marks: { ...turn.marks, ...marksOf(event) },
    outcome: event.outcome ?? turn.outcome,
  };
}

/** Of a server that has no documents to look into, one of these is never told. */
function marksOf(event: TurnTimings): Marks {
  const told = event as unknown as Record<string, unknown>;
  return Object.fromEntries(MEASURED.map((stage) => [stage, told[`${stage}_ms`]]).filter(([, ms]) => ms !== undefined));
}

function heard(turn: Turn, heardMs: number): Turn {
  return { ...turn, marks: { ...turn.marks, heard: Math.round(heardMs) } };
}
