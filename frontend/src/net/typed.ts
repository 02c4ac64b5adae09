// What was typed and is not sure to have arrived: it is sent again, with its own id, to whatever session comes next.

import type { ClientEvent } from "../wire/types.gen";

const MOST_WAITING = 50;

export interface Question {
  id: string;
  text: string;
  at: number; // when it was asked
}

export class Typed {
  #unconfirmed: Question[] = [];
  #unanswered: Question | null = null; // the last one, until an answer began

  add(question: Question): void {
    this.#unconfirmed = [...this.#unconfirmed, question].slice(-MOST_WAITING);
    this.#unanswered = question;
  }

  confirm(id: string): void {
    this.#unconfirmed = this.#unconfirmed.filter((question) => question.id !== id);
  }

  answered(): void {
    this.#unanswered = null;
  }

  clear(): void {
    this.#unconfirmed = [];
    this.#unanswered = null;
  }

  /** What a new session that holds `items` was not told. `asks`: what it has to be asked for an answer to, if anything. */
  missing(items: ReadonlySet<string>, answerFollows: boolean): { questions: Question[]; asks: Question[] } {
    for (const id of items) this.confirm(id);
    const questions = this.#unconfirmed;
    const unanswered = this.#unanswered && !answerFollows ? [this.#unanswered] : [];
    return { questions, asks: questions.length > 0 ? questions : unanswered };
  }
}

/** `event_id` is the item's, so that a refusal names it. */
export function creation({ id, text }: Question): ClientEvent {
  const item = { id, type: "message", role: "user" } as const;
  return { type: "conversation.item.create", event_id: id, item: { ...item, content: [{ type: "input_text", text }] } };
}

/** The server names the question again when the answer begins: so it is known from one that was on its way before. */
export function answerTo(question: string): ClientEvent {
  return { type: "response.create", response: { metadata: { question } } };
}

/** Crypto's `randomUUID` is missing where a page came over plain http. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
