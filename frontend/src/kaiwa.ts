// What the parts of the page offer to its face (`ui/`). `main.ts` makes one `Kaiwa` and hands it to `App.svelte`.

import type { Readable } from "svelte/store";

import type { Health, Mode, Problem, Settings, State, Summary } from "./state/model";

/** One message of either direction, for the event log. Sound is left out of `body`. */
export interface LogEntry {
  number: number;
  at: number; // performance.now()
  way: "in" | "out";
  type: string;
  bytes: number;
  body: string; // JSON
}

export interface EventLog extends Readable<readonly LogEntry[]> {
  clear(): void;
}

/** Loudness now, 0 to 1; read once a frame by the visual, never through the framework. */
export interface Levels {
  microphone(): number;
  speaker(): number;
}

export interface Conversations {
  list(query: string, cursor?: string): Promise<{ found: Summary[]; next: string | null }>;
  rename(id: string, title: string): Promise<Summary>;
  remove(id: string): Promise<void>;
  exportAddress(id: string, format: "markdown" | "json"): string;
}

export interface Devices {
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[]; // empty where the browser cannot choose
}

export interface Kaiwa {
  state: Readable<State>;
  health: Readable<Health | null>; // null: not asked yet
  settings: Readable<Settings>;
  devices: Readable<Devices>;
  voices: Readable<{ names: string[]; preset: string | null }>;
  levels: Levels;
  log: EventLog;
  conversations: Conversations;

  talk(): void; // begin, hands-free or push-to-talk as the settings say
  stop(): void; // end the connection and close the microphone
  hold(): void; // push-to-talk: the button goes down
  release(): void;
  say(text: string): void; // a typed question; connects without a microphone if need be
  interrupt(): void; // stop the answer
  mute(on: boolean): void;
  change(settings: Partial<Settings>): void;
  setMode(mode: Mode): void;
  begin(keep: boolean): void; // a new conversation
  open(id: string): void; // continue an old one
  dismiss(): void; // the problem was read
  signIn(key: string): Promise<Problem | null>; // null: accepted
  sampleAddress(voice: string): string;
}
