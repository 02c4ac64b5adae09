// The speaker's voice on its way to one session. Sound that waits (a connection had to be made) goes first, at up to
// ten times real time; the microphone's chunks are the clock. Of each position in the session's sound it is known
// which captured sound it was.

import { CHUNK_MS } from "../audio/pcm";
import type { Captured } from "../audio/ring";
import type { Encoding } from "./encoding";

const MOST_AT_ONCE = 10; // chunks for each one that the microphone gives
const MOST_WAITING = 1500; // chunks: half a minute that the network did not take
const MOST_BACKLOG = 96_000; // bytes that the socket holds: more than a second of PCM
const REMEMBERED = 8192; // chunks of which the position is known

interface Options {
  encoding: Encoding;
  /** Bytes that the socket has not given to the network yet. */
  backlog(): number;
  /** The network is too slow for a voice. */
  onSlow(): void;
}

export class Uplink {
  readonly #options: Options;
  #encoding: Encoding;
  #waiting: (Captured | (() => void))[] = [];
  #sent: number[] = []; // positions in all captured sound, of the last chunks sent
  #forgotten = 0; // how many were sent before those
  #isShifted = false;

  constructor(options: Options) {
    this.#options = options;
    this.#encoding = options.encoding;
  }

  push(chunks: readonly Captured[]): void {
    if (this.#waiting.length + chunks.length > MOST_WAITING) this.#options.onSlow();
    else this.#waiting.push(...chunks);
  }

  /** Runs something when all sound pushed before it has been sent. */
  after(run: () => void): void {
    this.#waiting.push(run);
    this.#runDue();
  }

  /** Sends what is due; to be called whenever the microphone gives a chunk. */
  tick(): void {
    if (this.#options.backlog() > MOST_BACKLOG) return;
    for (let left = MOST_AT_ONCE; left > 0 && this.#waiting.length > 0;) {
      const chunks = this.#takeChunks(left);
      left -= chunks.length;
      this.#encode(chunks);
      this.#runDue();
    }
  }

  /** What follows goes out in another encoding. What the present one has not got done is lost: see `shift`. */
  change(encoding: Encoding): void {
    this.#encoding.close();
    this.#encoding = encoding;
  }

  /** Part of the sound was lost, or the server was told to forget it: from now on it counts otherwise than we do. */
  shift(): void {
    this.#isShifted = true;
  }

  /** Which captured sound a position in the session's sound was; null if that is not known. */
  positionAt(sessionMs: number): number | null {
    const begins = this.#sent[Math.floor(sessionMs / CHUNK_MS) - this.#forgotten];
    return begins === undefined || this.#isShifted ? null : begins + (sessionMs % CHUNK_MS);
  }

  close(): void {
    this.#waiting = [];
    this.#encoding.close();
  }

  /** Up to so many, but none from behind something that is to be run. */
  #takeChunks(most: number): Captured[] {
    const until = this.#waiting.findIndex((each) => typeof each === "function");
    return this.#waiting.splice(0, until < 0 ? most : Math.min(most, until)) as Captured[];
  }

  #runDue(): void {
    while (typeof this.#waiting[0] === "function") this.#encoding.after(this.#waiting.shift() as () => void);
  }

  #encode(chunks: readonly Captured[]): void {
    this.#sent.push(...chunks.map(({ positionMs }) => positionMs));
    if (this.#sent.length > 2 * REMEMBERED) {
      this.#forgotten += this.#sent.length - REMEMBERED;
      this.#sent = this.#sent.slice(-REMEMBERED);
    }
    this.#encoding.encode(chunks);
  }
}
