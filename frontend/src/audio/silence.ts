// Which chunks are silence that nobody needs to hear. Pure.
//
// The encoder's own DTX is of no use here: a browser does not say which chunks it left out. What this one calls silence
// is a switched-off microphone, or a quiet room behind noise suppression: far below the softest speech.

import { CHUNK_MS } from "./pcm";

const FLOOR = 32; // of 32767, root mean square: -60 dB
const HANGOVER_MS = 200; // the softest end of a word is still sent

export class Silence {
  #quietMs = HANGOVER_MS; // it begins in silence

  /** Whether this chunk need not be sent. */
  holds(samples: Int16Array): boolean {
    this.#quietMs = power(samples) < FLOOR * FLOOR ? this.#quietMs + CHUNK_MS : 0;
    return this.#quietMs > HANGOVER_MS;
  }
}

function power(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}
