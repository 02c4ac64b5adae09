// From the microphone's blocks of floats, at the device's rate, to the page's chunks. Pure: no clock, no browser.

import { CHUNK_LENGTH, RATE, toInt16 } from "./pcm";
import { Resampler } from "./resampler";

export class Chunker {
  readonly #resampler: Resampler;
  #scratch = new Float32Array(0); // reused: the audio thread should not make garbage at every block
  #chunk = new Int16Array(CHUNK_LENGTH);
  #filled = 0;
  #power = 0; // sum of squares of what is filled

  constructor(inputRate: number) {
    this.#resampler = new Resampler(inputRate, RATE);
  }

  /** Takes one block; calls `emit` for each full chunk, which then belongs to the callee. Level is RMS, 0 to 1. */
  push(block: Float32Array, emit: (chunk: Int16Array<ArrayBuffer>, level: number) => void): void {
    const longest = this.#resampler.longest(block.length);
    if (this.#scratch.length < longest) this.#scratch = new Float32Array(longest);
    const count = this.#resampler.process(block, this.#scratch);
    for (let i = 0; i < count; i++) {
      const sample = toInt16(this.#scratch[i]!);
      this.#chunk[this.#filled++] = sample;
      this.#power += sample * sample;
      if (this.#filled === CHUNK_LENGTH) this.#finish(emit);
    }
  }

  #finish(emit: (chunk: Int16Array<ArrayBuffer>, level: number) => void): void {
    emit(this.#chunk, Math.sqrt(this.#power / CHUNK_LENGTH) / 32767);
    this.#chunk = new Int16Array(CHUNK_LENGTH);
    this.#filled = 0;
    this.#power = 0;
  }
}
