// What the speaker does: talks, holds the button, types, interrupts.

import { answerUnderWay, silenceAll } from "./answer";
import type { Reactions } from "./events";
import { addLine, changeLine, dropBlank, lineOf, newLine } from "./line";
import type { State } from "./model";

export const reactions: Reactions = {
  "kaiwa.speech.suspected": (state) => ({ ...state, ducked: true }),
  "kaiwa.speech.dismissed": (state) => ({ ...state, ducked: false }),
  "input_audio_buffer.speech_started": (state, { item_id }) => ({
    ...addLine(silenceAll(state), newLine(item_id, "user", "voice")),
    ...{ hearing: true, unwanted: false, question: null, askedAt: null, problem: null },
  }),
  "input_audio_buffer.speech_stopped": (state) => ({ ...state, hearing: false, waiting: true }),
  "voice.ended": (state, { at }) => ({ ...state, askedAt: at }),
  "kaiwa.transcription.partial": (state, { item_id, stable, unstable }) => {
    const known = addLine(state, newLine(item_id, "user", "voice"));
    return changeLine(known, item_id, (line) => {
      return line.status === "open" ? { ...line, text: stable, voiced: stable.length, unstable } : line;
    });
  },
  "conversation.item.input_audio_transcription.completed": (state, { item_id, transcript }) => {
    const known = addLine(state, newLine(item_id, "user", "voice"));
    const heard = changeLine(known, item_id, (line) => {
      return { ...line, text: transcript, unstable: "", voiced: transcript.length, status: "final" };
    });
    return transcript.trim() === "" ? dropBlank(stopWaiting(heard), item_id) : heard;
  },
  "conversation.item.input_audio_transcription.failed": (state, { item_id }) => {
    const known = addLine(state, newLine(item_id, "user", "voice"));
    return changeLine(stopWaiting(known), item_id, (line) => ({ ...line, unstable: "", status: "failed" }));
  },

  "mode.changed": (state, { mode }) => ({ ...state, mode, hearing: false, holding: false }),
  "hold.began": (state, { id }) => ({ ...state, holding: true, unwanted: false, question: id, problem: null }),
  "hold.ended": (state, { id, kept, at }) => {
    if (!kept) return { ...state, holding: false, question: null };
    return { ...state, holding: false, waiting: true, question: id, askedAt: at };
  },
  typed: (state, { id, text, at }) => ({
    ...addLine(state, { ...newLine(id, "user", "text"), text, voiced: text.length }),
    ...{ waiting: true, askedAt: at, unwanted: false, question: id },
    problem: lineOf(state, id) ? state.problem : null, // sent once more, it is no answer to what was said meanwhile
  }),
  interrupted: (state) => ({ ...silenceAll(state), unwanted: state.waiting && !answerUnderWay(state), askedAt: null }),
};

/** Nobody was understood, so nobody answers; an answer that is under way is another matter. */
function stopWaiting(state: State): State {
  return { ...state, waiting: false, askedAt: null };
}
