// The conversations that are kept: listed, shown, gone on with, renamed and removed; the present one follows.

import type { Conversations } from "../kaiwa";
import type { PageEvent } from "../state/events";
import type { State, Summary } from "../state/model";
import { Refused, type Api } from "./api";
import type { Talk } from "./talk";

interface Options {
  api: Pick<Api, keyof Conversations | "read">;
  talk: Pick<Talk, "turnTo" | "stop">;
  state: { now(): State };
  tell(event: PageEvent): void;
}

export class Library implements Conversations {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  list(query: string, cursor?: string): Promise<{ found: Summary[]; next: string | null }> {
    return this.#options.api.list(query, cursor);
  }

  async rename(id: string, title: string): Promise<Summary> {
    const renamed = await this.#options.api.rename(id, title);
    if (this.#isPresent(id)) this.#options.tell({ type: "conversation.renamed", title: renamed.title });
    return renamed;
  }

  /** The present one is left first: whoever deletes it wants no word about that. */
  async remove(id: string): Promise<void> {
    if (this.#isPresent(id)) {
      await this.#options.talk.stop();
      await this.#options.talk.turnTo(null);
    }
    await this.#options.api.remove(id);
  }

  exportAddress(id: string, format: "markdown" | "json"): string {
    return this.#options.api.exportAddress(id, format);
  }

  /** Shows an old one; whatever is said next goes on with it. */
  async open(id: string): Promise<void> {
    if (this.#isPresent(id)) return;
    try {
      const { title, lines } = await this.#options.api.read(id);
      await this.#options.talk.turnTo({ id });
      this.#options.tell({ type: "conversation.shown", conversation: { id, token: "", kept: true, title }, lines });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Shows again what this tab was in before it was loaded again. Of a private one nothing is kept: it shows when taken up. */
  async recall(): Promise<void> {
    const { conversation, connection } = this.#options.state.now();
    if (!conversation?.kept || connection !== "off") return;
    try {
      const { title, lines } = await this.#options.api.read(conversation.id);
      const { conversation: present, connection } = this.#options.state.now();
      if (present?.id !== conversation.id || connection !== "off") return; // somebody talks already
      this.#options.tell({ type: "conversation.shown", conversation: { ...conversation, title }, lines });
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // it is said when the conversation is to be taken up
    }
  }

  #isPresent(id: string): boolean {
    return this.#options.state.now().conversation?.id === id;
  }

  #fail(error: unknown): void {
    if (!(error instanceof Refused)) throw error;
    this.#options.tell({ type: "problem.raised", problem: error.problem });
  }
}
