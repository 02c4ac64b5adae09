// The loudspeaker's end on the audio thread. Told: {type: "push" | "end" | "cancel", item, samples}.
// Tells: what the jitter buffer reports, {type: "cut", items} after a cancel, {type: "full"} when it must refuse.

import { JitterBuffer } from "./jitter.js";

class Playback extends AudioWorkletProcessor {
  #buffer = new JitterBuffer(sampleRate, (report) => this.port.postMessage(report));

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  #obey({ type, item, samples }) {
    if (type === "push" && !this.#buffer.push(item, samples)) this.port.postMessage({ type: "full" });
    if (type === "end") this.#buffer.end(item);
    if (type === "cancel") this.port.postMessage({ type: "cut", items: this.#buffer.cancel() });
  }

  process(_inputs, [[out]]) {
    this.#buffer.pull(out);
    return true;
  }
}

registerProcessor("playback", Playback);
