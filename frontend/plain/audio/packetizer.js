// From the microphone's blocks of floats to 20 ms packets of 16-bit samples at 24 kHz. Pure: no clock, no browser.

import { RATE } from "./pcm.js";
import { Resampler } from "./resampler.js";

export const PACKET_MS = 20;
const PACKET_LENGTH = (RATE * PACKET_MS) / 1000;

export class Packetizer {
  #resampler;
  #scratch = new Float32Array(0); // reused: the audio thread should not make garbage at every block
  #packet = new Int16Array(PACKET_LENGTH);
  #filled = 0;
  #power = 0; // sum of squares of what is filled

  constructor(inputRate) {
    this.#resampler = new Resampler(inputRate, RATE);
  }

  /** Takes one block; calls `emit(packet, level)` for each full packet, which then belongs to the callee. Level is RMS, 0 to 1. */
  push(block, emit) {
    const longest = this.#resampler.longest(block.length);
    if (this.#scratch.length < longest) this.#scratch = new Float32Array(longest);
    const count = this.#resampler.process(block, this.#scratch);
    for (let i = 0; i < count; i++) {
      const sample = Math.max(-1, Math.min(1, this.#scratch[i]));
      this.#packet[this.#filled++] = Math.round(sample * 32767);
      this.#power += sample * sample;
      if (this.#filled === PACKET_LENGTH) this.#finish(emit);
    }
  }

  #finish(emit) {
    emit(this.#packet, Math.sqrt(this.#power / PACKET_LENGTH));
    this.#packet = new Int16Array(PACKET_LENGTH);
    this.#filled = 0;
    this.#power = 0;
  }
}
