// Messages and sound as they travel: JSON, with sound in base64 in it.

import type { ClientEvent, ServerEvent } from "./types.gen";
import { RATE } from "../audio/pcm";

/** Throws a SyntaxError on what is no message. Of what it says only `type` has been looked at. */
export function parse(text: string): ServerEvent {
  const message: unknown = JSON.parse(text);
  if (typeof message !== "object" || message === null || !("type" in message) || typeof message.type !== "string") {
    throw new SyntaxError("a message is an object with a type");
  }
  return message as ServerEvent;
}

export function serialize(event: ClientEvent): string {
  return JSON.stringify(event);
}

/** For some seconds of sound at most: the bytes become the arguments of one call. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Throws an InvalidCharacterError on what is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** 16-bit little-endian, as every browser's machine has it: no bytes are swapped. */
export function encodePcm(samples: Int16Array): string {
  return toBase64(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
}

/** Throws a RangeError on half a sample. */
export function decodePcm(base64: string): Int16Array<ArrayBuffer> {
  return new Int16Array(fromBase64(base64).buffer);
}

/** How long PCM in base64 lasts, without decoding it. */
export function pcmMs(base64: string): number {
  return (byteLength(base64) / 2 / RATE) * 1000;
}

function byteLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
