// What screen readers are told of the captions: each sentence once, when it is whole.

import type { Line } from "../state/model";

export class Announcements {
  readonly #open = new Set<string>();

  /** The lines that have been finished since the last call. Lines that came finished were said before our time. */
  next(lines: readonly Line[]): Line[] {
    for (const { id, status } of lines) if (status === "open") this.#open.add(id);
    return lines.filter(({ id, status }) => status !== "open" && this.#open.delete(id));
  }
}
