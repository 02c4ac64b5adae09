// The list of kept conversations as it is asked for, page by page. An answer to an older search is passed over.

import type { Conversations } from "../kaiwa";
import type { Summary } from "../state/model";

export class Listing {
  found = $state<Summary[]>([]);
  condition = $state<"asking" | "ready" | "failed">("asking");
  next = $state<string | null>(null);
  #asked = 0;

  constructor(private readonly conversations: Conversations) {}

  async search(query: string) {
    const asked = ++this.#asked;
    this.condition = "asking";
    await this.#take(asked, () => this.conversations.list(query), []);
  }

  async more(query: string) {
    const cursor = this.next;
    if (cursor !== null) await this.#take(++this.#asked, () => this.conversations.list(query, cursor), this.found);
  }

  /** Throws what the server's refusal throws. */
  async rename(id: string, title: string) {
    const renamed = await this.conversations.rename(id, title);
    this.found = this.found.map((summary) => (summary.id === id ? renamed : summary));
  }

  /** Throws what the server's refusal throws. */
  async remove(id: string) {
    await this.conversations.remove(id);
    this.found = this.found.filter((summary) => summary.id !== id);
  }

  async #take(asked: number, ask: () => ReturnType<Conversations["list"]>, before: Summary[]) {
    try {
      const { found, next } = await ask();
      if (asked !== this.#asked) return;
      this.found = [...before, ...found];
      this.next = next;
      this.condition = "ready";
    } catch {
      if (asked === this.#asked) this.condition = "failed"; // whatever it was: the list is not to be had
    }
  }
}
