// What the assistant says: responses as the server sends them, and what the loudspeaker has played.

import { addAnswer, changeAnswer, isSilenced, silence } from "./answer";
import type { Reactions } from "./events";
import { heardText, voicedLength, type Sound } from "./heard";
import { addLine, changeLine, dropBlank, lineOf, newLine } from "./line";
import type { Line, State } from "./model";
import { noteHeard } from "./turns";

export const reactions: Reactions = {
  "response.created": (state, { response }) => {
    const isOther = state.question !== null && response.metadata?.question !== state.question;
    if (isOther) return begin(state, response.id, null, true); // an old one; the one that is wanted comes behind it
    const begun = begin(state, response.id, state.askedAt, state.unwanted);
    return { ...begun, askedAt: null, unwanted: false, question: null };
  },
  "response.output_item.added": (state, { response_id, item }) => {
    if (item.type !== "message") return state;
    const begun = changeAnswer(begin(state, response_id), response_id, { itemId: item.id });
    return isSilenced(begun, response_id) ? begun : addLine(begun, newLine(item.id, "assistant", "voice"));
  },
  "response.output_audio_transcript.delta": (state, event) => write(state, event, true),
  "response.output_text.delta": (state, event) => write(state, event, false),
  "response.output_audio_transcript.done": (state, event) => finish(state, event, event.transcript),
  "response.output_text.done": (state, event) => finish(state, event, event.text),
  "answer.sound": (state, { responseId, itemId, ms }) => {
    if (isSilenced(state, responseId, itemId)) return state;
    const grown = changeLine(state, itemId, (line) => ({ ...line, soundMs: line.soundMs + ms }));
    return { ...grown, waiting: false, playing: state.playing ?? itemId };
  },
  "response.done": (state, { response }) => {
    const ended = changeAnswer(begin(state, response.id), response.id, { over: true });
    if (isSilenced(state, response.id)) return ended;
    if (response.status === "cancelled") return silence(ended, response.id); // what follows it is another's business
    const items = response.output.map((item) => item.id);
    const settled = items.reduce((each, id) => dropBlank(settle(each, id, response.status), id), ended);
    if (response.status !== "failed") return { ...settled, waiting: false };
    const error = response.status_details?.error;
    const problem = { code: error?.code ?? "failed", ...(error && { message: error.message }) };
    return { ...settled, waiting: false, problem };
  },

  "speaker.started": (state, { item, at }) =>
    isSilenced(state, undefined, item) || !lineOf(state, item)
      ? state
      : noteHeard({ ...state, playing: item }, item, at),
  "speaker.progress": (state, { item, ms }) =>
    changeLine(state, item, (line) => {
      const voiced = Math.max(line.voiced, Math.min(line.text.length, voicedLength(soundOf(line), ms)));
      return voiced === line.voiced ? line : { ...line, voiced };
    }),
  "speaker.ended": (state, { item }) => {
    const said = changeLine(state, item, (line) => ({ ...line, voiced: line.text.length }));
    return { ...said, playing: state.playing === item ? null : state.playing };
  },
  "speaker.cut": (state, { item, ms }) => {
    const cut = changeLine(state, item, (line) => {
      const text = heardText(soundOf(line), ms);
      return { ...line, text, voiced: text.length, status: "cut" };
    });
    return dropBlank({ ...cut, playing: state.playing === item ? null : state.playing }, item);
  },
};

interface Written {
  response_id: string;
  item_id: string;
}

function begin(state: State, responseId: string, askedAt: number | null = null, silenced = false): State {
  return addAnswer(state, { responseId, itemId: null, askedAt, heardMs: null, silenced, over: false });
}

/** A spoken answer is shown as far as its sound goes; a written one at once. */
function write(state: State, event: Written & { delta: string }, spoken: boolean): State {
  const { response_id, item_id, delta } = event;
  if (isSilenced(state, response_id, item_id)) return state;
  const known = addLine(state, newLine(item_id, "assistant", "voice"));
  const written = changeLine(known, item_id, (line) => {
    if (line.status !== "open") return line;
    const text = line.text + delta;
    if (!spoken) return { ...line, text, voiced: text.length };
    return { ...line, text, marks: [...line.marks, { atMs: line.soundMs, text: delta }] };
  });
  return spoken ? written : { ...written, waiting: false };
}

function finish(state: State, { response_id, item_id }: Written, text: string): State {
  if (isSilenced(state, response_id, item_id)) return state;
  return changeLine(state, item_id, (line) => {
    if (line.status !== "open") return line;
    const voiced = line.soundMs === 0 ? text.length : Math.min(line.voiced, text.length);
    return { ...line, text, voiced, status: "final" };
  });
}

function settle(state: State, id: string, status: string): State {
  const open = status === "failed" ? "failed" : "final";
  return changeLine(state, id, (line) => (line.status === "open" ? { ...line, status: open } : line));
}

function soundOf({ marks, soundMs, status }: Line): Sound {
  return { marks, soundMs, complete: status !== "open" };
}
