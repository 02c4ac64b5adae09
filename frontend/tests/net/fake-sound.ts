// A microphone, a loudspeaker and codecs that do what the real ones do, when a test says so.

import {
  MicrophoneError,
  type Microphone,
  type MicrophoneFault,
  type MicrophoneOptions,
} from "../../src/audio/microphone";
import type { DecoderOptions, EncoderOptions, OpusDecoder, OpusEncoder } from "../../src/audio/opus";
import { CHUNK_LENGTH, CHUNK_MS } from "../../src/audio/pcm";
import type { Played, Speaker, SpeakerOptions, SpeakerReport } from "../../src/audio/speaker";
import { fromBase64 } from "../../src/wire/codec";
import type { FakeClock } from "./fakes";

export class FakeMicrophone implements Microphone {
  suspended = false;
  isMuted = false;
  isClosed = false;
  changes: object[] = [];
  fault: MicrophoneFault | null = null; // of the next change
  #given = 0;

  constructor(readonly options: MicrophoneOptions) {}

  /** Gives sound: each sample of a chunk is the number of that chunk, so that tests can tell them apart. */
  give(): void {
    const samples = new Int16Array(CHUNK_LENGTH).fill(this.#given);
    this.options.onChunk(samples, 0.5, this.#given++ * CHUNK_MS);
  }

  mute(on: boolean): void {
    this.isMuted = on;
  }

  async change(wishes: object): Promise<void> {
    if (this.fault) throw new MicrophoneError(this.fault);
    this.changes.push(wishes);
  }

  async resume(): Promise<void> {}

  level(): number {
    return 0.5;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Opens microphones, unless there is a `fault`. */
export class FakeMicrophones {
  readonly opened: FakeMicrophone[] = [];
  fault: MicrophoneFault | Error | null = null;

  readonly open = async (options: MicrophoneOptions): Promise<Microphone> => {
    await Promise.resolve();
    if (this.fault instanceof Error) throw this.fault;
    if (this.fault) throw new MicrophoneError(this.fault);
    this.opened.push(new FakeMicrophone(options));
    return this.last;
  };

  get last(): FakeMicrophone {
    const last = this.opened.at(-1);
    if (!last) throw new Error("no microphone was opened");
    return last;
  }

  /** Real time: a chunk every 20 ms. */
  speak(clock: FakeClock, ms: number): void {
    for (let given = 0; given < ms; given += CHUNK_MS) {
      clock.pass(CHUNK_MS);
      this.last.give();
    }
  }
}

export class FakeSpeaker implements Speaker {
  suspended = false;
  latencyMs = 30;
  volume = 1;
  isClosed = false;
  device = "";
  readonly pushed: [item: string, samples: number][] = [];
  readonly ended: string[] = [];
  #queue: Played[] = [];
  answersCuts = true; // false: as an audio thread that the browser has stopped

  constructor(readonly options: SpeakerOptions) {}

  push(item: string, samples: Int16Array): void {
    this.pushed.push([item, samples.length]);
    if (!this.#queue.some((each) => each.item === item)) this.#queue.push({ item, played: 0, playedMs: 0 });
  }

  end(item: string): void {
    this.ended.push(item);
  }

  /** Plays an item up to a moment of its sound; the first time it has started. */
  play(item: string, playedMs: number): void {
    const queued = this.#queue.find((each) => each.item === item);
    if (!queued) throw new Error(`${item} is not there to be played`);
    if (queued.played === 0) this.report({ type: "started", item, played: 0, playedMs: 0 });
    Object.assign(queued, { played: playedMs * 24, playedMs });
    this.report({ type: "progress", ...queued });
  }

  finish(item: string): void {
    const queued = this.#queue.find((each) => each.item === item) ?? { item, played: 0, playedMs: 0 };
    this.#queue = this.#queue.filter((each) => each !== queued);
    this.report({ type: "ended", ...queued });
  }

  cancel(): void {
    const items = this.#queue;
    this.#queue = [];
    if (this.answersCuts) queueMicrotask(() => this.report({ type: "cut", items }));
  }

  report(report: SpeakerReport): void {
    this.options.onReport(report);
  }

  duck(): void {
    this.volume = 0.2;
  }

  unduck(): void {
    this.volume = 1;
  }

  async setDevice(deviceId: string): Promise<void> {
    if (deviceId === "gone") throw new DOMException("no such device", "NotFoundError");
    this.device = deviceId;
  }

  async resume(): Promise<void> {}

  level(): number {
    return 0.25;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeSpeakers {
  readonly opened: FakeSpeaker[] = [];
  isThere = true;

  readonly open = async (options: SpeakerOptions): Promise<Speaker> => {
    await Promise.resolve();
    if (!this.isThere) throw new Error("no audio worklets");
    this.opened.push(new FakeSpeaker(options));
    return this.last;
  };

  get last(): FakeSpeaker {
    const last = this.opened.at(-1);
    if (!last) throw new Error("no loudspeaker was opened");
    return last;
  }
}

/** Makes a packet of one byte from a chunk: its number. It gets done when the test says so. */
export class FakeEncoder implements OpusEncoder {
  isClosed = false;
  #waiting: Int16Array[] = [];

  constructor(readonly options: EncoderOptions) {}

  encode(samples: Int16Array): void {
    this.#waiting.push(samples);
  }

  work(most = Infinity): void {
    for (const samples of this.#waiting.splice(0, most)) this.options.onPacket(new Uint8Array([samples[0]!]));
  }

  close(): void {
    this.isClosed = true;
  }
}

export class FakeDecoder implements OpusDecoder {
  isClosed = false;
  cancelled = 0;

  constructor(readonly options: DecoderOptions) {}

  push(item: string, packets: readonly Uint8Array[]): void {
    for (const _ of packets) this.options.onSamples(item, new Int16Array(CHUNK_LENGTH));
  }

  end(item: string): void {
    this.options.onEnd(item);
  }

  cancel(): void {
    this.cancelled++;
  }

  close(): void {
    this.isClosed = true;
  }
}

/** The numbers of the chunks that were sent as PCM, see `FakeMicrophone.give`. */
export function chunksIn(appended: readonly string[]): number[] {
  return appended.flatMap((audio) => {
    const samples = new Int16Array(fromBase64(audio).buffer);
    return Array.from({ length: samples.length / CHUNK_LENGTH }, (_, n) => samples[n * CHUNK_LENGTH]!);
  });
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
