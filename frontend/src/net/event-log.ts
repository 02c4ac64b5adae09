// The last messages of both directions, for whoever looks for what went wrong. Nothing is noted while nobody looks:
// sound comes and goes a hundred times a second, and a closed log must cost nothing.

import { writable } from "svelte/store";

import type { EventLog, LogEntry } from "../kaiwa";
import type { Clock } from "./clock";

const encoder = new TextEncoder();
const MOST = 2000;
const SHOW_EVERY_MS = 100;
const SOUND = new Set(["audio", "delta"]);

export interface RecordingLog extends EventLog {
  open(on: boolean): void;
  /** `text` is what travels. */
  note(way: LogEntry["way"], text: string): void;
}

export function openEventLog(clock: Clock): RecordingLog {
  const shown = writable<readonly LogEntry[]>([]);
  let entries: LogEntry[] = [];
  let isOpen = false;
  let number = 0;
  let isDue = false;

  function show(): void {
    isDue = false;
    entries = entries.slice(-MOST);
    shown.set(entries);
  }

  return {
    subscribe: shown.subscribe,
    open(on) {
      isOpen = on;
    },
    note(way, text) {
      if (!isOpen) return;
      entries.push({ number: ++number, at: clock.now(), way, bytes: encoder.encode(text).length, ...bodyOf(text) });
      if (entries.length >= 2 * MOST) entries = entries.slice(-MOST);
      if (!isDue) clock.after(SHOW_EVERY_MS, show);
      isDue = true;
    },
    clear() {
      entries = [];
      shown.set(entries);
    },
  };
}

function bodyOf(text: string): Pick<LogEntry, "type" | "body"> {
  const message = JSON.parse(text) as { type: string };
  const isSound = message.type.includes("audio.delta") || message.type.endsWith(".append");
  const withoutSound = (key: string, value: unknown) => {
    return isSound && SOUND.has(key) && typeof value === "string" ? `(${value.length} characters of sound)` : value;
  };
  return { type: message.type, body: JSON.stringify(message, withoutSound) };
}
