// The microphone's end on the audio thread: blocks in, chunks out.

import { Chunker } from "./chunker";

/** What it tells. */
export interface CaptureMessage {
  samples: Int16Array<ArrayBuffer>;
  level: number;
}

const SILENCE = new Float32Array(128);

class Capture extends AudioWorkletProcessor {
  readonly #chunker = new Chunker(sampleRate);
  readonly #post = (samples: Int16Array<ArrayBuffer>, level: number): void => {
    this.port.postMessage({ samples, level } satisfies CaptureMessage, [samples.buffer]);
  };

  /** A track that is switched off may give no channel at all; the server's clock must go on. */
  process([input]: Float32Array[][]): boolean {
    this.#chunker.push(input?.[0] ?? SILENCE, this.#post);
    return true;
  }
}

registerProcessor("capture", Capture);
