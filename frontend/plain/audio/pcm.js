// The wire's sound: 24 kHz, mono, 16-bit little-endian, as base64. Every browser's machine is little-endian, so no bytes are swapped.

export const RATE = 24000;

/** Int16Array -> base64. Meant for packets: the bytes become the arguments of one call. */
export function encode(samples) {
  return btoa(String.fromCharCode(...new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)));
}

/** base64 -> Int16Array. Throws on what is not base64 of whole samples. */
export function decode(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Int16Array(bytes.buffer);
}

/** How long base64 sound lasts, without decoding it. */
export function durationMs(base64) {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  const bytes = (base64.length / 4) * 3 - padding;
  return (bytes / 2 / RATE) * 1000;
}
