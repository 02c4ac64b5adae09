// The loudspeaker's end on the audio thread.

import { JitterBuffer, type Cut, type JitterReport } from "./jitter";

/** What it is told. */
export type PlaybackOrder =
  { type: "push"; item: string; samples: Int16Array<ArrayBuffer> } | { type: "end"; item: string } | { type: "cancel" };

/** What it tells; `full`: what was pushed is lost. */
export type PlaybackMessage = JitterReport | { type: "cut"; items: Cut[] } | { type: "full" };

class Playback extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer(sampleRate, (report) => this.#tell(report));

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlaybackOrder>) => this.#obey(data);
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const channel = output?.[0];
    if (channel) this.#buffer.pull(channel);
    return true;
  }

  #obey(order: PlaybackOrder): void {
    if (order.type === "cancel") this.#tell({ type: "cut", items: this.#buffer.cancel() });
    else if (order.type === "end") this.#buffer.end(order.item);
    else if (!this.#buffer.push(order.item, order.samples)) this.#tell({ type: "full" });
  }

  #tell(message: PlaybackMessage): void {
    this.port.postMessage(message);
  }
}

registerProcessor("playback", Playback);
