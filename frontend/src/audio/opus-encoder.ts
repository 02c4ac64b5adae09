// Sound to Opus packets: one for each chunk, in order.

import { CHUNK_LENGTH, CHUNK_MS, RATE } from "./pcm";
import { Silence } from "./silence";

export const ENCODING: AudioEncoderConfig & { opus: OpusEncoderConfig & { application: string } } = {
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { application: "voip", complexity: 5, frameDuration: CHUNK_MS * 1000, usedtx: false }, // see silence.ts
};
const MOST_AHEAD = 1000; // chunks: twice the ten seconds that are encoded at once after a lost connection
const NOTHING = new Uint8Array(0);

export interface EncoderOptions {
  /** One for each chunk, in order; an empty one stands for silence that needs no packet. */
  onPacket(packet: Uint8Array<ArrayBuffer>): void;
  /** The encoder is of no more use. */
  onError(error: Error): void;
}

export interface OpusEncoder {
  /** 20 ms: 480 samples at 24 kHz. */
  encode(samples: Int16Array<ArrayBuffer>): void;
  close(): void;
}

/** Throws where there is no such encoder: see `isOpusServed`. */
export function openEncoder(options: EncoderOptions): OpusEncoder {
  return new Encoder(options);
}

class Encoder implements OpusEncoder {
  readonly #options: EncoderOptions;
  readonly #encoder: AudioEncoder;
  readonly #silence = new Silence();
  readonly #silent: boolean[] = []; // of each chunk whose packet has not come yet; the oldest first
  #position = 0;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#encoder = new AudioEncoder({ output: (chunk) => this.#give(chunk), error: options.onError });
    this.#encoder.configure(ENCODING);
  }

  /** Silence is encoded too, though its packet is not sent: what follows it is encoded from what came before. */
  encode(samples: Int16Array<ArrayBuffer>): void {
    if (this.#encoder.state !== "configured") return; // closed, or failed and said so
    if (this.#silent.length === MOST_AHEAD) return this.#fail(new Error("the Opus encoder cannot keep up"));
    this.#silent.push(this.#silence.holds(samples));
    const sound = new AudioData({
      format: "s16",
      sampleRate: RATE,
      numberOfChannels: 1,
      numberOfFrames: CHUNK_LENGTH,
      timestamp: this.#position * CHUNK_MS * 1000,
      data: samples,
    });
    this.#position++;
    this.#encoder.encode(sound);
    sound.close();
  }

  close(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #give(chunk: EncodedAudioChunk): void {
    if (this.#silent.shift()) return this.#options.onPacket(NOTHING);
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.#options.onPacket(packet);
  }

  #fail(error: Error): void {
    this.close();
    this.#options.onError(error);
  }
}
