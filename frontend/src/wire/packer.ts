// Which Opus packets travel together. Pure: one packet is 20 ms, so packets are its clock.
//
// Whatever a decision of the server hangs on goes alone and at once: the first sound after silence, by which it finds
// that somebody speaks, and the silence right behind sound, by which it finds that they are done. While sound flows,
// three go together; in a long silence, five. So a packet waits for 80 ms at most.

const SOUND_TOGETHER = 3;
const SILENCE_TOGETHER = 5;
const ALONE_FIRST = 10; // packets of sound after silence
const ALONE_LAST = 50; // packets of silence after sound: a second, in which most turns end
const SILENCE = 5; // so many packets of silence in a row are a silence

export class Packer {
  #held: Uint8Array[] = [];
  #alone = ALONE_FIRST; // how many packets of sound still go alone
  #silence = ALONE_LAST; // packets of silence in a row; a session begins in a long silence

  /** Takes the next 20 ms (empty: silence); returns what is to be sent now, as one message, or null. */
  push(packet: Uint8Array): Uint8Array[] | null {
    this.#held.push(packet);
    return this.#held.length >= (packet.length > 0 ? this.#afterSound() : this.#afterSilence()) ? this.flush() : null;
  }

  /** What is still held, when nothing follows: the microphone was closed, or stopped. Null: nothing is. */
  flush(): Uint8Array[] | null {
    const held = this.#held;
    this.#held = [];
    return held.length > 0 ? held : null;
  }

  #afterSound(): number {
    if (this.#silence >= SILENCE) this.#alone = ALONE_FIRST;
    this.#silence = 0;
    if (this.#alone === 0) return SOUND_TOGETHER;
    this.#alone--;
    return 1;
  }

  #afterSilence(): number {
    this.#silence++;
    return this.#silence > ALONE_LAST ? SILENCE_TOGETHER : 1;
  }
}
