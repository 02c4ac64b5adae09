// The last seconds of captured sound, to be sent again when a socket was lost. Pure.

import { CHUNK_MS } from "./pcm";

export interface Captured {
  samples: Int16Array<ArrayBuffer>;
  positionMs: number; // where in all captured sound it begins
}

export class Ring {
  readonly #slots: (Captured | undefined)[];
  #next = 0;

  constructor(capacityMs = 10_000) {
    this.#slots = new Array<Captured | undefined>(Math.ceil(capacityMs / CHUNK_MS));
  }

  /** Keeps one chunk, and forgets the oldest when it is full. The samples must not be given away (`transfer`). */
  push(samples: Int16Array<ArrayBuffer>, positionMs: number): void {
    this.#slots[this.#next] = { samples, positionMs };
    this.#next = (this.#next + 1) % this.#slots.length;
  }

  /** What is kept and ends after `positionMs`, the oldest first. */
  since(positionMs: number): Captured[] {
    const ordered = [...this.#slots.slice(this.#next), ...this.#slots.slice(0, this.#next)];
    return ordered.filter((kept): kept is Captured => kept !== undefined && kept.positionMs + CHUNK_MS > positionMs);
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#next = 0;
  }
}
