// WebCodecs that work, without Opus: a packet is the first sample of its chunk, and sounds like it throughout.

import { vi } from "vitest";

interface Output<T> {
  output(output: T): void;
  error(error: Error): void;
}

/** What a browser may do to packets on their way through its decoder, by their number. */
export type Fate = "pass" | "lose" | "fail";

export class FakeChunk {
  readonly timestamp: number;
  readonly data: Uint8Array;

  constructor(init: { timestamp: number; data: Uint8Array }) {
    this.timestamp = init.timestamp;
    this.data = init.data.slice();
  }

  get byteLength(): number {
    return this.data.length;
  }

  copyTo(target: Uint8Array): void {
    target.set(this.data);
  }
}

export class FakeAudioData {
  static open = 0;
  readonly timestamp: number;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly data: Int16Array;

  constructor(init: { timestamp: number; sampleRate: number; numberOfFrames: number; data: Int16Array }) {
    ({ timestamp: this.timestamp, sampleRate: this.sampleRate, numberOfFrames: this.numberOfFrames } = init);
    this.data = init.data.slice();
    FakeAudioData.open++;
  }

  copyTo(target: Float32Array): void {
    for (let i = 0; i < this.data.length; i++) target[i] = this.data[i]! / 32767;
  }

  close(): void {
    FakeAudioData.open--;
  }
}

/** What encoder and decoder have in common: work that is done later, in order, unless it was reset. */
class Codec {
  state = "unconfigured";
  #work: (() => void)[] = [];
  #begun = false;

  configure(): void {
    this.state = "configured";
  }

  reset(): void {
    this.state = "unconfigured";
    for (const work of this.#work.splice(0)) if ("abort" in work) (work.abort as () => void)();
  }

  close(): void {
    this.reset();
    this.state = "closed";
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.later(Object.assign(resolve, { abort: () => reject(new DOMException("reset", "AbortError")) }));
    });
  }

  protected later(work: () => void): void {
    this.#work.push(work);
    if (!this.#begun) setTimeout(() => this.#run());
    this.#begun = true;
  }

  #run(): void {
    this.#begun = false;
    for (let work = this.#work.shift(); work; work = this.#work.shift()) work();
  }
}

const pass = (_packet: number): Fate => "pass";

/** Puts the fakes where the browser's own would be, for one test. `fate` says what becomes of the n-th packet. */
export function installCodecs({ fate = pass, rate = 48_000, frames = 0 } = {}): void {
  class Encoder extends Codec {
    constructor(readonly options: Output<FakeChunk>) {
      super();
    }

    encode({ data, timestamp }: FakeAudioData): void {
      const packet = new Uint8Array(data.buffer.slice(0, 2));
      this.later(() => this.options.output(new FakeChunk({ timestamp, data: packet })));
    }
  }

  class Decoder extends Codec {
    #count = 0;

    constructor(readonly options: Output<FakeAudioData>) {
      super();
    }

    decode({ timestamp, data }: FakeChunk): void {
      const what = fate(this.#count++);
      this.later(() => {
        if (what === "fail") {
          this.close();
          this.options.error(new Error("no Opus"));
        } else if (what === "pass") {
          const samples = new Int16Array(frames || rate / 50).fill(new Int16Array(data.buffer)[0]!);
          this.options.output(
            new FakeAudioData({ timestamp, sampleRate: rate, numberOfFrames: samples.length, data: samples }),
          );
        }
      });
    }
  }

  FakeAudioData.open = 0;
  vi.stubGlobal("AudioEncoder", Encoder);
  vi.stubGlobal("AudioDecoder", Decoder);
  vi.stubGlobal("AudioData", FakeAudioData);
  vi.stubGlobal("EncodedAudioChunk", FakeChunk);
}

/** Until everything that the fakes have to do was done. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setTimeout(resolve));
}
