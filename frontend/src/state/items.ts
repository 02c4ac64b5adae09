// The conversation's items as the server keeps them: their order, and what it says of them later.

import type { ConversationRestored, Item, MessageItem } from "../wire/types.gen";
import { isSilenced } from "./answer";
import type { Reactions } from "./events";
import { addLine, changeLine, dropBlank, dropLine, lineOf, newLine, place } from "./line";
import type { Line, State } from "./model";

export const reactions: Reactions = {
  "session.created": (state) => ({ ...state, order: [] }), // it counts anew; what is shown is older
  "input_audio_buffer.committed": (state, { item_id, previous_item_id }) =>
    place(addLine(state, newLine(item_id, "user", "voice")), item_id, previous_item_id),
  "conversation.item.added": (state, { item, previous_item_id }) => {
    const placed = place(state, item.id, previous_item_id);
    const known = lineOf(state, item.id);
    if (known) return changeLine(placed, item.id, (line) => confirmed(line));
    if (item.type !== "message" || isSilenced(state, undefined, item.id)) return placed;
    if (item.role === "assistant" && item.status === "in_progress") return placed; // its response tells of it
    const line = lineOfItem(item);
    return line ? addLine(placed, line) : placed;
  },
  "conversation.item.deleted": (state, { item_id }) => dropLine(state, item_id),
  "conversation.item.retrieved": (state, { item }) => {
    if (item.type !== "message" || lineOf(state, item.id)?.status !== "cut") return state;
    const text = textOf(item).trimEnd();
    return dropBlank(
      changeLine(state, item.id, (line) => ({ ...line, text, voiced: text.length })),
      item.id,
    );
  },
  "kaiwa.conversation.restored": (state, event) => ({
    ...state,
    lines: restoredLines(state, event),
    order: event.items.map((item) => item.id),
    conversation: state.conversation && { ...state.conversation, title: event.title },
    hearing: false,
    waiting: event.answer_follows,
    askedAt: null, // nobody can say any more how long that answer took
  }),
};

/** The lines of items that somebody said; those of which no word is known leave none. */
export function linesOf(items: readonly Item[]): Line[] {
  return items.flatMap((item) => (item.type === "message" ? (lineOfItem(item) ?? []) : []));
}

function restoredLines(state: State, { items }: ConversationRestored): Line[] {
  const lines = linesOf(items).map((line) => {
    const sounding = state.playing === line.id ? lineOf(state, line.id) : undefined; // it goes on in step with its voice
    return sounding ?? line;
  });
  const there = new Set(items.map((item) => item.id));
  return [...lines, ...state.lines.filter((line) => isUnconfirmed(line) && !there.has(line.id))];
}

/** Typed, and not yet told by the server: it will be sent again. */
export function isUnconfirmed(line: Line): boolean {
  return line.role === "user" && line.via === "text" && line.status === "open";
}

function confirmed(line: Line): Line {
  return isUnconfirmed(line) ? { ...line, status: "final" } : line;
}

function lineOfItem(item: MessageItem): Line | null {
  const text = textOf(item);
  if (item.role === "system" || text.trim() === "") return null;
  const via = item.content.some((part) => part.type === "input_text") ? "text" : "voice";
  const status = item.status === "incomplete" ? "cut" : "final";
  return { ...newLine(item.id, item.role, via), text, voiced: text.length, status };
}

function textOf(item: MessageItem): string {
  return item.content.map((part) => ("text" in part ? part.text : (part.transcript ?? ""))).join("");
}
