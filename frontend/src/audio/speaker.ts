// The loudspeaker: plays items through the jitter buffer, ducks, and says how much of what was heard.

/** How much of an item was played: samples at 24 kHz, exactly, and the same in whole milliseconds. */
export interface Played {
  item: string;
  played: number;
  playedMs: number;
}

export type SpeakerReport =
  | ({ type: "started" } & Played) // its first sample
  | ({ type: "progress" } & Played) // every 50 ms while it sounds
  | ({ type: "underrun" } & Played) // it waits for more
  | ({ type: "ended" } & Played) // all of it was played
  | { type: "cut"; items: Played[] } // after `cancel`: what was not played to its end, the one that sounded first
  | { type: "full" } // more than ten minutes wait; what was pushed is lost
  | { type: "suspended"; suspended: boolean }; // the browser stopped the sound, or goes on again

export interface SpeakerOptions {
  deviceId: string; // empty: the system's
  onReport(report: SpeakerReport): void;
}

export interface Speaker {
  /** More sound of an item, 24 kHz; the samples are the speaker's from now on. Items are played one after the other. */
  push(item: string, samples: Int16Array<ArrayBuffer>): void;
  /** Nothing more comes of this item. */
  end(item: string): void;
  /** Silence within 8 ms; answered by one `cut`, empty if nothing was there. */
  cancel(): void;
  duck(): void;
  unduck(): void;
  /** Empty: the system's. Does nothing where the browser cannot choose; rejects when the device is gone. */
  setDevice(deviceId: string): Promise<void>;
  /** To be called from a touch or key, when `suspended`. */
  resume(): Promise<void>;
  readonly suspended: boolean;
  /** The loudness that leaves the page now, 0 to 1. */
  level(): number;
  /** From a report to the ear: how far behind the reports the sound is. */
  readonly latencyMs: number;
  close(): Promise<void>;
}

export async function openSpeaker(_options: SpeakerOptions): Promise<Speaker> {
  throw new Error("no speaker");
}
