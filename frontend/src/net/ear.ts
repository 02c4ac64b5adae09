// The microphone's life: opened when wanted, changed as wished, opened again when it went away.

import {
  MicrophoneError,
  type Microphone as Device,
  type MicrophoneOptions,
  type MicrophoneWishes,
} from "../audio/microphone";
import type { Microphone as Condition } from "../state/model";

export interface EarOptions {
  open(options: MicrophoneOptions): Promise<Device>;
  /** What is wished for when it is opened. */
  wishes(): MicrophoneWishes;
  /** Another device begins to give sound, whose positions count from zero. */
  onBegin(): void;
  onChunk: MicrophoneOptions["onChunk"];
  onCondition(condition: Condition): void;
}

export class Ear {
  readonly #options: EarOptions;
  #device: Device | null = null;
  #condition: Condition = "off";
  #opening = 0; // number of the last attempt: what an earlier one brings is closed at once
  #isMuted = false;

  constructor(options: EarOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#device !== null;
  }

  get level(): number {
    return this.#device?.level() ?? 0;
  }

  /** Returns whether it is open now. To be called from a touch or key. */
  async open(): Promise<boolean> {
    const attempt = ++this.#opening;
    this.#tell("asking");
    const { open, wishes, onChunk } = this.#options;
    try {
      const device = await open({
        ...wishes(),
        onChunk: (...chunk) => attempt === this.#opening && onChunk(...chunk),
        onLost: () => attempt === this.#opening && void this.#lose(),
        onSuspended: (suspended) => attempt === this.#opening && this.#tell(suspended ? "suspended" : "on"),
      });
      return this.#take(device, attempt);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      if (attempt === this.#opening) this.#tell(error.fault);
      return false;
    }
  }

  async change(wishes: Partial<MicrophoneWishes>): Promise<void> {
    try {
      await this.#device?.change(wishes);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.#tell(error.fault);
      this.#tell(this.#device?.suspended ? "suspended" : "on"); // the one that was there goes on
    }
  }

  mute(on: boolean): void {
    this.#isMuted = on;
    this.#device?.mute(on);
  }

  /** A device came or went: one that was lost may be back, or there may be another. */
  retry(): void {
    if (this.#condition === "lost") void this.open();
  }

  close(): void {
    this.#opening++;
    void this.#device?.close();
    this.#device = null;
    this.#isMuted = false;
    this.#condition = "off";
  }

  #take(device: Device, attempt: number): boolean {
    if (attempt !== this.#opening) {
      void device.close();
      return false;
    }
    this.#device = device;
    device.mute(this.#isMuted);
    this.#options.onBegin();
    this.#tell(device.suspended ? "suspended" : "on");
    return true;
  }

  /** Tries once, with whatever the system has now; if that is nothing, it was lost. */
  async #lose(): Promise<void> {
    void this.#device?.close();
    this.#device = null;
    if (!(await this.open()) && this.#condition !== "off") this.#tell("lost");
  }

  #tell(condition: Condition): void {
    this.#condition = condition;
    this.#options.onCondition(condition);
  }
}
