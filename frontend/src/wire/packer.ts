// Which Opus packets travel together. Pure: one packet is 20 ms, so packets are its clock.

export class Packer {
  /** Takes the next 20 ms (empty: silence); returns what is to be sent now, as one message, or null. */
  push(_packet: Uint8Array): Uint8Array[] | null {
    return null;
  }

  /** What is still held, when nothing follows: the microphone was closed, or stopped. Null: nothing is. */
  flush(): Uint8Array[] | null {
    return null;
  }
}
