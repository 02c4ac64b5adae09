// The page's sound: 24 kHz, mono, 16 bits, in chunks of 20 ms.

export const RATE = 24_000;
export const CHUNK_MS = 20;
export const CHUNK_LENGTH = (RATE * CHUNK_MS) / 1000;

/** How long so many samples last, in whole milliseconds, rounded down: what was heard, never more. */
export function wholeMs(samples: number): number {
  return Math.floor((samples * 1000) / RATE);
}

/** The quantisation of one sample, -1 to 1; what is louder is clipped. */
export function toInt16(sample: number): number {
  return Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
}

/** Root mean square, 0 to 1. */
export function rms(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(power / samples.length);
}
