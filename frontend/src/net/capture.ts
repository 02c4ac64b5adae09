// All sound that the microphone gave, by its position: the last ten seconds of it, and when each chunk was made.

import { CHUNK_MS } from "../audio/pcm";
import { Ring, type Captured } from "../audio/ring";

const REMEMBERED = 4096; // chunks of which the time is known: 82 s, longer than an utterance may be

/** Positions go on counting when another microphone is opened. All are milliseconds. */
export class Capture {
  readonly #ring = new Ring();
  readonly #madeAt = new Float64Array(REMEMBERED);
  #base = 0; // where the present microphone's own positions begin
  #endMs = 0;

  /** Where the sound captured so far ends. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Another microphone begins to count from zero. */
  begin(): void {
    this.#base = this.#endMs;
  }

  /** Takes the next chunk, which was handed out at `at`; returns it with its position in all of it. */
  push(samples: Int16Array<ArrayBuffer>, positionMs: number, at: number): Captured {
    const begins = this.#base + positionMs;
    this.#ring.push(samples, begins);
    this.#madeAt[this.#slot(begins)] = at - CHUNK_MS;
    this.#endMs = begins + CHUNK_MS;
    return { samples, positionMs: begins };
  }

  /** When the sound at a position was made; null if that is long ago, or still to come. */
  timeOf(positionMs: number): number | null {
    const within = positionMs >= 0 && positionMs < this.#endMs && positionMs >= this.#endMs - REMEMBERED * CHUNK_MS;
    return within ? (this.#madeAt[this.#slot(positionMs)] ?? 0) + (positionMs % CHUNK_MS) : null;
  }

  /** What is kept of a stretch, the oldest first. */
  between(fromMs: number, toMs: number): Captured[] {
    return this.#ring.since(fromMs).filter(({ positionMs }) => positionMs < toMs);
  }

  #slot(positionMs: number): number {
    return Math.floor(positionMs / CHUNK_MS) % REMEMBERED;
  }
}
