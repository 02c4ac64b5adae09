// The loudspeaker: plays items through the jitter buffer, ducks, and says how much of what was heard.

import playbackWorklet from "./playback-worklet?worker&url";

import { isAsleep, wake, watch } from "./context";
import { RATE, rms, wholeMs } from "./pcm";
import type { PlaybackMessage, PlaybackOrder } from "./playback-worklet";

const DUCKED = 0.2;
const DUCK_S = 0.03;
const METER_LENGTH = 512; // 21 ms

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
  /** Silence within 8 ms, and no longer ducked; answered by one `cut`, empty if nothing was there. */
  cancel(): void;
  duck(): void;
  unduck(): void;
  /** Empty: the system's. Does nothing where the browser cannot choose; rejects when the device is gone. */
  setDevice(deviceId: string): Promise<void>;
  /** To be called from a touch or key, when `suspended`; the next one does it anyway. */
  resume(): Promise<void>;
  readonly suspended: boolean;
  /** The loudness that leaves the page now, 0 to 1. */
  level(): number;
  /** From a report to the ear: how far behind the reports the sound is. */
  readonly latencyMs: number;
  close(): Promise<void>;
}

/** Rejects where there are no audio worklets: the page is not safe, or the browser too old. */
export async function openSpeaker({ deviceId, onReport }: SpeakerOptions): Promise<Speaker> {
  const context: Context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" }); // for the device, the browser resamples
  try {
    if (!("audioWorklet" in context)) throw new Error("There are no audio worklets here.");
    await context.audioWorklet.addModule(playbackWorklet);
    if (deviceId !== "") await context.setSinkId?.(deviceId).catch(() => undefined); // gone: the system's will do
    const speaker = new Playing(context, onReport);
    await wake(context);
    speaker.watch();
    return speaker;
  } catch (error) {
    await context.close();
    throw error;
  }
}

/** Not every browser can choose a loudspeaker. */
type Context = AudioContext & { setSinkId?(deviceId: string): Promise<void> };

class Playing implements Speaker {
  readonly #context: Context;
  readonly #onReport: (report: SpeakerReport) => void;
  readonly #playback: AudioWorkletNode;
  readonly #volume: GainNode;
  readonly #meter: AnalyserNode; // asked once a frame, it costs less than messages from the audio thread
  readonly #wave: Float32Array<ArrayBuffer>;
  #unwatch = (): void => undefined;

  constructor(context: Context, onReport: (report: SpeakerReport) => void) {
    this.#context = context;
    this.#onReport = onReport;
    this.#playback = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#playback.port.onmessage = ({ data }: MessageEvent<PlaybackMessage>) => this.#tell(data);
    this.#volume = new GainNode(context);
    this.#meter = new AnalyserNode(context, { fftSize: METER_LENGTH });
    this.#wave = new Float32Array(METER_LENGTH);
    this.#playback.connect(this.#volume).connect(this.#meter).connect(context.destination);
  }

  watch(): void {
    this.#unwatch = watch(this.#context, (suspended) => this.#onReport({ type: "suspended", suspended }));
  }

  push(item: string, samples: Int16Array<ArrayBuffer>): void {
    this.#order({ type: "push", item, samples }, [samples.buffer]);
  }

  end(item: string): void {
    this.#order({ type: "end", item });
  }

  cancel(): void {
    this.#order({ type: "cancel" });
  }

  duck(): void {
    this.#fadeTo(DUCKED);
  }

  unduck(): void {
    this.#fadeTo(1);
  }

  async setDevice(deviceId: string): Promise<void> {
    await this.#context.setSinkId?.(deviceId);
  }

  async resume(): Promise<void> {
    await wake(this.#context);
  }

  get suspended(): boolean {
    return isAsleep(this.#context);
  }

  level(): number {
    if (this.#context.state !== "running") return 0; // the meter keeps what it saw last
    this.#meter.getFloatTimeDomainData(this.#wave);
    return rms(this.#wave);
  }

  get latencyMs(): number {
    const { baseLatency, outputLatency } = this.#context;
    return (baseLatency + (outputLatency || 0)) * 1000; // not every browser knows the second
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#playback.port.onmessage = null;
    if (this.#context.state !== "closed") await this.#context.close();
  }

  #order(order: PlaybackOrder, transfer: Transferable[] = []): void {
    this.#playback.port.postMessage(order, transfer);
  }

  #fadeTo(volume: number): void {
    this.#volume.gain.setTargetAtTime(volume, this.#context.currentTime, DUCK_S);
  }

  /** Once it is silent after a cancel, whatever comes next is not to be ducked. */
  #tell(message: PlaybackMessage): void {
    if (message.type === "full") return this.#onReport(message);
    if (message.type !== "cut") return this.#onReport({ ...message, playedMs: wholeMs(message.played) });
    this.unduck();
    this.#onReport({ type: "cut", items: message.items.map((cut) => ({ ...cut, playedMs: wholeMs(cut.played) })) });
  }
}
