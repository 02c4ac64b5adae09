// Opus in the browser, by WebCodecs: one packet for 20 ms of sound, both ways.

import { DECODING } from "./opus-decoder";
import { ENCODING } from "./opus-encoder";

export { openDecoder, type DecoderOptions, type OpusDecoder } from "./opus-decoder";
export { openEncoder, type EncoderOptions, type OpusEncoder } from "./opus-encoder";

/** Whether this browser can do both ways. Never rejects. */
export async function isOpusServed(): Promise<boolean> {
  if (!("AudioEncoder" in globalThis && "AudioDecoder" in globalThis)) return false; // or the page is not safe
  try {
    const answers = [AudioEncoder.isConfigSupported(ENCODING), AudioDecoder.isConfigSupported(DECODING)];
    return (await Promise.all(answers)).every(({ supported }) => supported === true);
  } catch {
    return false; // a browser that does not know the codec's name refuses to say
  }
}
