// Opus packets to sound: 480 samples for each packet, whatever the browser makes of it.

import { CHUNK_LENGTH, CHUNK_MS, RATE, toInt16 } from "./pcm";
import { Resampler } from "./resampler";

const DECODER_RATE = 48_000; // Opus's own
export const DECODING: AudioDecoderConfig = { codec: "opus", sampleRate: DECODER_RATE, numberOfChannels: 1 };
const CHUNK_US = CHUNK_MS * 1000;
const MOST_AHEAD = (10 * 60_000) / CHUNK_MS; // packets: as long an answer as the loudspeaker takes

export interface DecoderOptions {
  /** 24 kHz; exactly 480 samples for each packet, in order. */
  onSamples(item: string, samples: Int16Array<ArrayBuffer>): void;
  /** All samples of an item that was ended have been handed out. */
  onEnd(item: string): void;
  /** The decoder is of no more use. */
  onError(error: Error): void;
}

export interface OpusDecoder {
  /** More of an item; an empty packet is 20 ms of silence. */
  push(item: string, packets: readonly Uint8Array<ArrayBuffer>[]): void;
  end(item: string): void;
  /** Forgets everything that was not handed out yet. */
  cancel(): void;
  close(): void;
}

/** Throws where there is no such decoder: see `isOpusServed`. */
export function openDecoder(options: DecoderOptions): OpusDecoder {
  return new Decoder(options);
}

/** What is to be handed out, in order. */
interface Due {
  item: string;
  what: "packet" | "silence" | "end";
  at: number; // of a packet: its timestamp, in microseconds
}

class Decoder implements OpusDecoder {
  readonly #options: DecoderOptions;
  readonly #decoder: AudioDecoder;
  #due: Due[] = [];
  #next = 0; // timestamp of the next packet
  #resampler: Resampler | null = null; // of the present item

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#decoder = new AudioDecoder({ output: (sound) => this.#take(sound), error: options.onError });
    this.#decoder.configure(DECODING);
  }

  push(item: string, packets: readonly Uint8Array<ArrayBuffer>[]): void {
    if (this.#decoder.state !== "configured") return; // closed, or failed and said so
    if (this.#due.length + packets.length > MOST_AHEAD) return this.#fail(new Error("too many Opus packets wait"));
    for (const packet of packets) {
      this.#due.push({ item, what: packet.length === 0 ? "silence" : "packet", at: this.#next });
      if (packet.length > 0) this.#decode(packet);
    }
    this.#handOutReady();
  }

  /** Flushing brings out what the browser may hold back, and makes it forget this item's sound. */
  end(item: string): void {
    if (this.#decoder.state !== "configured") return;
    const end: Due = { item, what: "end", at: this.#next };
    this.#due.push(end);
    this.#handOutReady();
    this.#decoder.flush().then(
      () => this.#handOutUntil(end),
      () => undefined, // cancelled, closed, or failed and said so
    );
  }

  cancel(): void {
    this.#due = [];
    this.#resampler = null;
    if (this.#decoder.state !== "configured") return;
    this.#decoder.reset();
    this.#decoder.configure(DECODING);
  }

  close(): void {
    this.#due = [];
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }

  #decode(data: Uint8Array<ArrayBuffer>): void {
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: this.#next, duration: CHUNK_US, data }));
    this.#next += CHUNK_US;
  }

  #take(sound: AudioData): void {
    const due = this.#due.find(({ what, at }) => what === "packet" && Math.abs(at - sound.timestamp) < CHUNK_US / 2);
    if (due) {
      this.#handOutUntil(due);
      this.#due.shift();
      this.#options.onSamples(due.item, this.#toSamples(sound));
    }
    sound.close();
    this.#handOutReady();
  }

  /** A packet that the browser passed over becomes silence: the server counts by the length of what it sent. */
  #handOutUntil(last: Due): void {
    if (!this.#due.includes(last)) return;
    while (this.#due[0] && this.#due[0] !== last) this.#handOut();
    this.#handOutReady();
  }

  #handOutReady(): void {
    while (this.#due[0] && this.#due[0].what !== "packet") this.#handOut();
  }

  #handOut(): void {
    const due = this.#due.shift()!;
    if (due.what === "end") {
      this.#resampler = null;
      this.#options.onEnd(due.item);
    } else this.#options.onSamples(due.item, new Int16Array(CHUNK_LENGTH));
  }

  #toSamples(sound: AudioData): Int16Array<ArrayBuffer> {
    const decoded = new Float32Array(sound.numberOfFrames);
    sound.copyTo(decoded, { planeIndex: 0, format: "f32-planar" });
    this.#resampler ??= new Resampler(sound.sampleRate, RATE, true);
    const resampled = new Float32Array(this.#resampler.longest(decoded.length));
    const count = Math.min(CHUNK_LENGTH, this.#resampler.process(decoded, resampled));
    const samples = new Int16Array(CHUNK_LENGTH);
    for (let i = 0; i < count; i++) samples[CHUNK_LENGTH - count + i] = toInt16(resampled[i]!);
    return samples;
  }

  #fail(error: Error): void {
    this.close();
    this.#options.onError(error);
  }
}
