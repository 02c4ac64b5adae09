// What a person can do: talk, hold, type, interrupt, stop, choose. It is done on the microphone and the exchange with
// the assistant; every event goes through the state.

import type { PageEvent } from "../state/events";
import type { Problem, Settings } from "../state/model";
import { changedFields, type SettingsStore } from "../state/settings";
import type { StateStore } from "../state/store";
import { Ear, type EarOptions } from "./ear";
import { Exchange, type ExchangeOptions } from "./exchange";
import { OldBrowser } from "./socket";
import { newId } from "./typed";
import type { Choice, Field } from "./wishes";
import type { ServerEvent } from "../wire/types.gen";

export interface TalkOptions extends Omit<ExchangeOptions, "settings" | "state" | "tell" | "onOver"> {
  openMicrophone: EarOptions["open"];
  settings: SettingsStore;
  state: Pick<StateStore, "now" | "dispatch">;
}

const OF_SESSION: readonly Field[] = ["instructions", "voice", "speed", "patienceMs", "language", "temperature"];
const OF_MICROPHONE: readonly (keyof Settings)[] = [
  ...(["microphone", "echoCancellation", "noiseSuppression", "autoGainControl"] as const),
];

export class Talk {
  readonly #options: TalkOptions;
  readonly #exchange: Exchange;
  readonly #ear: Ear;
  #held = ""; // the question that is being said with the button held
  #round = 0; // grows whenever what is being opened is given up
  #turns = 0; // to other conversations

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#exchange = new Exchange({
      ...options,
      settings: () => this.#settings,
      state: options.state.now,
      tell: (event, at) => this.#tell(event, at),
      onOver: (problem) => this.#end(problem),
    });
    this.#ear = new Ear({
      open: options.openMicrophone,
      wishes: () => ({ ...this.#settings, deviceId: this.#settings.microphone }),
      onBegin: () => this.#exchange.voice.begin(),
      onChunk: (samples, _level, positionMs) => this.#exchange.voice.hear(samples, positionMs),
      onCondition: (microphone) => this.#tell({ type: "microphone.changed", microphone }),
    });
  }

  readonly levels = {
    microphone: () => this.#ear.level,
    speaker: () => this.#exchange.answering.mouth.level,
  };

  /** Opens the microphone, and a session if there is none. */
  async talk(): Promise<void> {
    if (this.#ear.isOpen) return;
    const round = this.#round;
    this.#tell({ type: "talk.started" });
    const [hears] = await Promise.all([this.#openEar(), this.#exchange.answering.mouth.open()]);
    if (round !== this.#round) return; // stopped meanwhile
    if (hears) this.#connect();
    else if (!this.#exchange.session.isWanted) this.#end(null);
  }

  async stop(): Promise<void> {
    const round = ++this.#round;
    await this.#exchange.answering.interrupt();
    if (round === this.#round) this.#end(null);
  }

  hold(): void {
    if (this.#settings.mode !== "push-to-talk" || this.#options.state.now().holding) return;
    if (!this.#ear.isOpen) return void this.talk();
    this.interrupt();
    this.#held = newId("hold_");
    this.#exchange.voice.press(this.#held);
    this.#tell({ type: "hold.began", id: this.#held });
  }

  release(): void {
    if (!this.#options.state.now().holding || this.#exchange.voice.release()) return;
    this.#tell({ type: "hold.ended", id: this.#held, kept: false });
  }

  async say(text: string): Promise<void> {
    if (text.trim() === "") return;
    const round = this.#round;
    if (!this.#exchange.session.isWanted) this.#tell({ type: "talk.started" });
    await this.#exchange.say({ id: newId("item_"), text: text.trim(), at: this.#options.clock.now() });
    await this.#exchange.answering.mouth.open();
    if (round === this.#round) this.#connect();
  }

  interrupt(): void {
    void this.#exchange.answering.interrupt();
  }

  mute(on: boolean): void {
    this.#ear.mute(on);
    this.#tell({ type: "microphone.muted", on });
  }

  change(patch: Partial<Settings>): void {
    const before = this.#settings;
    this.#options.settings.set({ ...before, ...patch });
    const changed = changedFields(before, this.#settings);
    this.#tell({ type: "setting.changed", fields: changed });
    if (changed.includes("mode")) this.#adoptMode();
    const fields = OF_SESSION.filter((field) => changed.includes(field as keyof Settings));
    if (fields.length > 0 || changed.includes("mode")) this.#exchange.session.update(fields);
    if (changed.some((name) => OF_MICROPHONE.includes(name))) {
      void this.#ear.change({ ...this.#settings, deviceId: this.#settings.microphone });
    }
    if (changed.includes("speaker")) void this.#exchange.answering.mouth.setDevice(this.#settings.speaker);
  }

  /** Goes over to another conversation, new or old. */
  async turnTo(choice: Choice | null): Promise<void> {
    const turn = ++this.#turns;
    await this.#exchange.answering.interrupt();
    if (turn === this.#turns) this.#exchange.turnTo(choice); // the last one chosen
  }

  /** There may be a network again, or somebody looks. */
  nudge(): void {
    this.#exchange.session.nudge();
  }

  devicesChanged(): void {
    this.#ear.retry();
  }

  /** The page is being left. */
  leave(): void {
    this.#exchange.leave();
  }

  get #settings(): Settings {
    return this.#options.settings.now();
  }

  #tell(event: ServerEvent | PageEvent, at = this.#options.clock.now()): void {
    this.#options.state.dispatch({ ...event, at });
  }

  async #openEar(): Promise<boolean> {
    try {
      return await this.#ear.open();
    } catch (error) {
      console.error(error);
      this.#tell({ type: "problem.raised", problem: { code: "old_browser" } });
      return false;
    }
  }

  #connect(): void {
    try {
      this.#exchange.session.start();
    } catch (error) {
      if (!(error instanceof OldBrowser)) throw error;
      this.#end({ code: "old_browser" });
    }
  }

  #adoptMode(): void {
    this.#exchange.voice.forgetHolds();
    this.#tell({ type: "mode.changed", mode: this.#settings.mode });
  }

  #end(problem: Problem | null): void {
    this.#round++;
    this.#exchange.stop();
    this.#ear.close();
    this.#tell({ type: "talk.stopped", problem });
  }
}
