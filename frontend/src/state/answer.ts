// Answers: which messages belong to one, and what it means that one was silenced.

import { changeLine, dropBlank, lineOf } from "./line";
import type { Answer, Line, State } from "./model";

const MOST_ANSWERS = 8; // of which late messages may still come

export function answerOf(state: State, responseId: string): Answer | undefined {
  return state.answers.find((answer) => answer.responseId === responseId);
}

export function answerOfItem(state: State, itemId: string): Answer | undefined {
  return state.answers.find((answer) => answer.itemId === itemId);
}

/** The answer that the server is still sending, if it is wanted. */
export function answerUnderWay(state: State): Answer | undefined {
  return state.answers.find((answer) => !answer.over && !answer.silenced);
}

/** Whether what comes of a response, or of an item, is to be passed over. */
export function isSilenced(state: State, responseId: string | undefined, itemId?: string): boolean {
  return state.answers.some((a) => a.silenced && (a.responseId === responseId || (a.itemId ?? "") === itemId));
}

export function addAnswer(state: State, answer: Answer): State {
  if (answerOf(state, answer.responseId)) return state;
  return { ...state, answers: [...state.answers, answer].slice(-MOST_ANSWERS) };
}

export function changeAnswer(state: State, responseId: string, change: Partial<Answer>): State {
  const answers = state.answers.map((each) => (each.responseId === responseId ? { ...each, ...change } : each));
  return { ...state, answers };
}

/** Nothing more of any answer counts. The loudspeaker says what was heard of those that sounded; the rest was not. */
export function silenceAll(state: State): State {
  const silenced = state.answers.reduce(hush, state);
  return { ...silenced, waiting: false, playing: null, ducked: false };
}

/** The same for one. */
export function silence(state: State, responseId: string): State {
  const answer = answerOf(state, responseId);
  if (!answer) return state;
  const hushed = hush(state, answer);
  return { ...hushed, playing: hushed.playing === answer.itemId ? null : hushed.playing };
}

function hush(state: State, answer: Answer): State {
  if (answer.silenced) return state;
  const { responseId, itemId } = answer;
  const silenced = changeAnswer(state, responseId, { silenced: true });
  const line = itemId === null ? undefined : lineOf(state, itemId);
  if (!line || line.soundMs > 0) return silenced;
  const read = changeLine(silenced, line.id, readSoFar);
  return dropBlank(read, line.id);
}

/** Written answers are read as they come. */
function readSoFar(line: Line): Line {
  return line.status === "open" ? { ...line, text: line.text.slice(0, line.voiced), status: "cut" } : line;
}
