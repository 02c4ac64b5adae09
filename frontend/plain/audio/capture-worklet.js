// The microphone's end on the audio thread: blocks in, packets {samples, level} out.

import { Packetizer } from "./packetizer.js";

class Capture extends AudioWorkletProcessor {
  #packetizer = new Packetizer(sampleRate);
  #post = (samples, level) => this.port.postMessage({ samples, level }, [samples.buffer]);

  process([[channel]]) {
    if (channel) this.#packetizer.push(channel, this.#post);
    return true; // stay alive while the microphone is silent or muted
  }
}

registerProcessor("capture", Capture);
