// Tells a session of the person's wishes: one `session.update` at a time, and always all of them. What the server
// refuses is left out of the next one, so that a single wrong value does not undo the others.

import type { ClientEvent, ErrorDetail, ErrorEvent, ServerEvent, SessionUpdate } from "../wire/types.gen";
import { fieldOf, type Field } from "./wishes";

interface Options {
  send(event: ClientEvent): void;
  /** The session as it is wished for now, without what is left out. */
  wished(left: ReadonlySet<Field>): SessionUpdate["session"];
  /** `field` was refused; whoever knows another value for it may offer that: see `allow`. */
  onRefused(field: Field, error: ErrorDetail): void;
}

export class Updates {
  readonly #options: Options;
  readonly #left = new Set<Field>();
  #number = 0;
  #inFlight: string | null = null;
  #isDue = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Sends the wishes, as soon as the server has answered to those before. */
  request(): void {
    if (this.#inFlight !== null) {
      this.#isDue = true;
      return;
    }
    this.#isDue = false;
    this.#inFlight = `update_${++this.#number}`;
    const session = this.#options.wished(this.#left);
    this.#options.send({ type: "session.update", event_id: this.#inFlight, session });
  }

  /** Another session: it has answered to nothing yet. */
  restart(): void {
    this.#inFlight = null;
    this.request();
  }

  /** There is another value for these; it may be accepted. */
  allow(fields: readonly Field[]): void {
    for (const field of fields) this.#left.delete(field);
  }

  /** Looks at what came; returns whether that was a refusal which is dealt with. */
  take(message: ServerEvent): boolean {
    if (message.type === "session.updated") this.#answered();
    return message.type === "error" && this.#isRefusal(message);
  }

  #isRefusal({ error }: ErrorEvent): boolean {
    if (this.#inFlight === null || error.event_id !== this.#inFlight) return false;
    const field = fieldOf(error.param);
    if (field !== null && !this.#left.has(field)) {
      this.#left.add(field);
      this.#options.onRefused(field, error);
      this.#isDue = true;
    }
    this.#answered();
    return field !== null;
  }

  #answered(): void {
    this.#inFlight = null;
    if (this.#isDue) this.request();
  }
}
