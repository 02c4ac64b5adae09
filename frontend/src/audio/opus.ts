// Opus in the browser, by WebCodecs: one packet for 20 ms of sound, both ways.

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

export interface DecoderOptions {
  /** 24 kHz; exactly 480 samples for each packet, in order. */
  onSamples(item: string, samples: Int16Array<ArrayBuffer>): void;
  /** All samples of an item that was ended have been handed out. */
  onEnd(item: string): void;
  /** The decoder is of no more use. */
  onError(error: Error): void;
}

export interface OpusDecoder {
  push(item: string, packets: readonly Uint8Array<ArrayBuffer>[]): void;
  end(item: string): void;
  /** Forgets everything that was not handed out yet. */
  cancel(): void;
  close(): void;
}

/** Whether this browser can do both ways. Never rejects. */
export async function isOpusServed(): Promise<boolean> {
  return false;
}

export function openEncoder(_options: EncoderOptions): OpusEncoder {
  throw new Error("no encoder");
}

export function openDecoder(_options: DecoderOptions): OpusDecoder {
  throw new Error("no decoder");
}
