// What screen readers are told of the captions: each sentence once, when it is whole.

import type { Line } from "../state/model";
import type { Key } from "../words";

export class Announcements {
  #open = new Set<string>();

  /** The lines that have been finished since the last call. Lines that came finished were said before our time. */
  next(lines: readonly Line[]): Line[] {
    const finished = lines.filter(({ id, status }) => status !== "open" && this.#open.has(id));
    this.#open = new Set(lines.filter(({ status }) => status === "open").map(({ id }) => id));
    return finished;
  }
}

/** How a line ended, if not well. */
export function markOf({ status, role }: Line): Key | null {
  if (status === "cut") return "line.cut";
  if (status !== "failed") return null;
  return role === "user" ? "line.failed" : "line.broken";
}
