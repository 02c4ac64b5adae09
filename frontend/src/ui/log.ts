// What is shown of the event log, and how it is copied.

import type { LogEntry } from "../kaiwa";

export interface Wanted {
  text: string; // a part of the type or of the body, in any case
  way: "both" | LogEntry["way"];
  sound: boolean; // messages that carry sound: many, and without a word
}

const SOUND = new Set(["input_audio_buffer.append", "response.output_audio.delta"]);

export function shownOf(entries: readonly LogEntry[], { text, way, sound }: Wanted): LogEntry[] {
  const part = text.trim().toLowerCase();
  return entries.filter((entry) => {
    if (!sound && SOUND.has(entry.type)) return false;
    if (way !== "both" && entry.way !== way) return false;
    return part === "" || `${entry.type}\n${entry.body}`.toLowerCase().includes(part);
  });
}

/** One message a line, each a JSON object. */
export function textOf(entries: readonly LogEntry[]): string {
  return entries
    .map(({ at, way, type, bytes, body }) =>
      JSON.stringify({ at_ms: Math.round(at), way, type, bytes, body: parsed(body) }),
    )
    .join("\n");
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body; // cut short in the log
  }
}
