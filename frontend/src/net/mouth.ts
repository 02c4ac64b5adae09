// The assistant's voice: from messages to the loudspeaker, and what was really played of each item.

import { CHUNK_MS } from "../audio/pcm";
import type { DecoderOptions, OpusDecoder } from "../audio/opus";
import type { Played, Speaker, SpeakerOptions, SpeakerReport } from "../audio/speaker";
import { decodePcm, fromBase64, pcmMs } from "../wire/codec";
import { unpack } from "../wire/opus-framing";
import type { Clock } from "./clock";

const FADE_MS = 50; // what was cancelled still fades out
const CUT_WITHIN_MS = 200; // a stopped audio thread may never answer
const MOST_ITEMS = 16;
const MOST_RESPONSES = 16;

export interface MouthOptions {
  open(options: SpeakerOptions): Promise<Speaker>;
  openDecoder(options: DecoderOptions): OpusDecoder;
  deviceId(): string;
  clock: Clock;
  /** `started`, `progress` and `ended`, with the item and how much of it was played. */
  onPlayed(what: "started" | "progress" | "ended", played: Played): void;
  /** These were cut off. */
  onCut(items: Played[]): void;
  /** More was sent than can be held. */
  onFull(): void;
  /** Opus cannot be decoded any more. */
  onOpusFailed(): void;
}

export class Mouth {
  readonly #options: MouthOptions;
  #speaker: Speaker | null = null;
  #opening: Promise<void> | null = null;
  #decoder: OpusDecoder | null = null;
  #opus = new Set<string>(); // responses that come in Opus
  #playedMs = new Map<string, number>();
  #cuts: (() => void)[] = [];

  constructor(options: MouthOptions) {
    this.#options = options;
  }

  get level(): number {
    return this.#speaker?.level() ?? 0;
  }

  get latencyMs(): number {
    return this.#speaker?.latencyMs ?? 0;
  }

  get isOpen(): boolean {
    return this.#speaker !== null;
  }

  /** From a touch or key. Where there is no loudspeaker, what is said can still be read. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open());
  }

  /** A response comes in this format. */
  begin(responseId: string, format: string): void {
    if (format !== "audio/opus") return;
    this.#opus = new Set([...this.#opus, responseId].slice(-MOST_RESPONSES));
  }

  /** Plays more of an item; returns how many milliseconds of sound that is. */
  push(responseId: string, itemId: string, audio: string): number {
    if (!this.#opus.has(responseId)) {
      this.#speaker?.push(itemId, decodePcm(audio));
      return pcmMs(audio);
    }
    const packets = unpack(fromBase64(audio));
    this.#requireDecoder()?.push(itemId, packets);
    return packets.length * CHUNK_MS;
  }

  /** Nothing more comes of an item. Where there is no loudspeaker, it has been shown to its end. */
  end(responseId: string, itemId: string): void {
    if (!this.#speaker) this.#options.onPlayed("ended", { item: itemId, played: 0, playedMs: 0 });
    else if (this.#opus.has(responseId) && this.#decoder) this.#decoder.end(itemId);
    else this.#speaker.end(itemId);
  }

  /** Silence, at once. Resolves when it has been told what was cut off. */
  cancel(): Promise<void> {
    this.#decoder?.cancel();
    const speaker = this.#speaker;
    if (!speaker) return Promise.resolve();
    return new Promise((resolve) => {
      this.#cuts.push(resolve);
      this.#options.clock.after(CUT_WITHIN_MS, resolve);
      speaker.cancel();
    });
  }

  /** How much of an item was played, as far as has been told. */
  playedMs(itemId: string): number {
    return this.#playedMs.get(itemId) ?? 0;
  }

  duck(on: boolean): void {
    if (on) this.#speaker?.duck();
    else this.#speaker?.unduck();
  }

  async setDevice(deviceId: string): Promise<void> {
    try {
      await this.#speaker?.setDevice(deviceId);
    } catch (error) {
      console.warn(error); // the device is gone: the list of devices shows that
    }
  }

  close(): void {
    const speaker = this.#speaker;
    if (speaker) this.#options.clock.after(FADE_MS, () => void speaker.close());
    this.#decoder?.close();
    this.#decoder = this.#speaker = this.#opening = null;
    this.#opus.clear();
  }

  async #open(): Promise<void> {
    const { open, deviceId } = this.#options;
    try {
      const speaker = await open({ deviceId: deviceId(), onReport: (report) => this.#report(report) });
      if (this.#opening === null)
        void speaker.close(); // it is not wanted any more
      else this.#speaker = speaker;
    } catch (error) {
      console.warn(error); // an old browser, or a page that is not safe
    }
  }

  #requireDecoder(): OpusDecoder | null {
    try {
      return (this.#decoder ??= this.#options.openDecoder({
        onSamples: (item, samples) => this.#speaker?.push(item, samples),
        onEnd: (item) => this.#speaker?.end(item),
        onError: () => this.#failOpus(),
      }));
    } catch (error) {
      console.error(error); // it was said to be there
      this.#failOpus();
      return null;
    }
  }

  #failOpus(): void {
    this.#decoder = null;
    this.#options.onOpusFailed();
  }

  #report(report: SpeakerReport): void {
    if (report.type === "suspended") return; // the microphone's says the same, and the next touch wakes both
    if (report.type === "full") this.#options.onFull();
    else if (report.type === "cut") this.#cut(report.items);
    else {
      this.#note(report);
      if (report.type !== "underrun") this.#options.onPlayed(report.type, report);
    }
  }

  #cut(items: Played[]): void {
    for (const played of items) this.#note(played);
    this.#options.onCut(items);
    this.#cuts.shift()?.();
  }

  #note({ item, playedMs }: Played): void {
    this.#playedMs.delete(item);
    this.#playedMs.set(item, playedMs);
    const [oldest] = this.#playedMs.keys();
    if (this.#playedMs.size > MOST_ITEMS && oldest !== undefined) this.#playedMs.delete(oldest);
  }
}
