// From chunks of sound to the messages that carry them: PCM at once, or Opus as its encoder gets done.

import type { EncoderOptions, OpusEncoder } from "../audio/opus";
import type { Captured } from "../audio/ring";
import { encodePcm, toBase64 } from "../wire/codec";
import { pack } from "../wire/opus-framing";
import { Packer } from "../wire/packer";

export interface Encoding {
  /** Encodes chunks that go together, and hands out base64 in their order, now or later. */
  encode(chunks: readonly Captured[]): void;
  /** Runs something when all sound before it has been handed out. */
  after(run: () => void): void;
  close(): void;
}

type Emit = (audio: string) => void;

export class PcmEncoding implements Encoding {
  readonly #emit: Emit;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  encode(chunks: readonly Captured[]): void {
    const joined = new Int16Array(chunks.reduce((sum, { samples }) => sum + samples.length, 0));
    let at = 0;
    for (const { samples } of chunks) {
      joined.set(samples, at);
      at += samples.length;
    }
    this.#emit(encodePcm(joined));
  }

  after(run: () => void): void {
    run();
  }

  close(): void {}
}

export class OpusEncoding implements Encoding {
  readonly #emit: Emit;
  readonly #encoder: OpusEncoder;
  readonly #packer = new Packer();
  #given = 0; // chunks
  #got = 0; // packets: one for each
  #waiting: { packet: number; run: () => void }[] = [];

  /** `onError`: it is of no more use. Throws where there is no encoder. */
  constructor(open: (options: EncoderOptions) => OpusEncoder, emit: Emit, onError: (error: Error) => void) {
    this.#emit = emit;
    this.#encoder = open({ onPacket: (packet) => this.#take(packet), onError });
  }

  encode(chunks: readonly Captured[]): void {
    for (const { samples } of chunks) {
      this.#given++;
      this.#encoder.encode(samples);
    }
  }

  after(run: () => void): void {
    this.#waiting.push({ packet: this.#given, run });
    this.#runDue();
  }

  close(): void {
    this.#waiting = [];
    this.#encoder.close();
  }

  #take(packet: Uint8Array<ArrayBuffer>): void {
    this.#got++;
    this.#send(this.#packer.push(packet));
    this.#runDue();
  }

  #runDue(): void {
    while (this.#waiting[0] && this.#waiting[0].packet <= this.#got) {
      this.#send(this.#packer.flush());
      this.#waiting.shift()?.run();
    }
  }

  #send(packets: Uint8Array[] | null): void {
    if (packets) this.#emit(toBase64(pack(packets)));
  }
}
