// Stand-ins that work: a clock that goes when it is told to, and a server for `fetch`.

import type { Clock } from "../../src/net/clock";

export class FakeClock implements Clock {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + ms, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((each) => each !== entry);
    };
  }

  /** How long until the next thing is due; null: nothing is. */
  get next(): number | null {
    return this.#due.length === 0 ? null : Math.min(...this.#due.map(({ at }) => at)) - this.#now;
  }

  /** Lets time pass, and what falls due in it happen in its order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [first] = this.#due.toSorted((a, b) => a.at - b.at);
      if (!first || first.at > end) break;
      this.#due = this.#due.filter((each) => each !== first);
      this.#now = first.at;
      first.run();
    }
    this.#now = end;
  }
}

/** Lets everything happen that only waits for a promise. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

export interface Asked {
  address: string;
  method: string;
  body: unknown;
  signal: AbortSignal | null | undefined;
}

/** A `fetch` that answers by address; what was asked is noted. A function may throw, as a lost network does. */
export function fakeFetch(answers: Record<string, () => Response>): { fetch: typeof fetch; asked: Asked[] } {
  const asked: Asked[] = [];
  const answer = async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const address = String(input);
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    asked.push({ address, method: init.method ?? "GET", body, signal: init.signal });
    return (answers[address] ?? (() => refusal(404, "not_found")))();
  };
  return { fetch: answer, asked };
}

export function refusal(status: number, code: string): Response {
  return Response.json({ error: { code, message: `the server's words on ${code}` } }, { status });
}
