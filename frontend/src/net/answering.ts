// The assistant's answers, as they are heard: played, ducked, cut off; and how much was heard when a connection broke.

import type { Played } from "../audio/speaker";
import { answerOf, answerUnderWay, isSilenced } from "../state/answer";
import type { PageEvent } from "../state/events";
import type { State } from "../state/model";
import type { ClientEvent, ConversationRestored, ServerEvent } from "../wire/types.gen";
import { Mouth, type MouthOptions } from "./mouth";
import type { Heard } from "./wishes";

export interface AnsweringOptions extends Pick<
  MouthOptions,
  "open" | "openDecoder" | "deviceId" | "clock" | "onOpusFailed"
> {
  send(event: ClientEvent): void;
  state(): State;
  tell(event: PageEvent | ServerEvent, at?: number): void;
}

/** An answer that the server had not sent to its end when the connection broke. */
interface Unfinished {
  itemId: string | null;
  isWanted: boolean; // false: it had been interrupted
}

export class Answering {
  readonly mouth: Mouth;
  readonly #options: AnsweringOptions;
  #unfinished: Unfinished | null = null;
  #heardBefore: Heard | null; // before the page was loaded again

  constructor(options: AnsweringOptions, heardBefore: Heard | null) {
    this.#options = options;
    this.#heardBefore = heardBefore;
    this.mouth = new Mouth({
      ...options,
      onPlayed: (what, played) => this.#played(what, played),
      onCut: (items) => this.#cut(items),
      onFull: () => this.#flooded(),
    });
  }

  /** Takes a message before the state does; returns whether it was sound, which the state need not see. */
  takeSound(message: ServerEvent): boolean {
    if (message.type !== "response.output_audio.delta") return false;
    const { response_id: responseId, item_id: itemId, delta } = message;
    if (isSilenced(this.#options.state(), responseId, itemId)) return true;
    const ms = this.mouth.push(responseId, itemId, delta);
    this.#options.tell({ type: "answer.sound", responseId, itemId, ms });
    return true;
  }

  /** Takes a message after the state did. */
  take(message: ServerEvent): void {
    const state = this.#options.state();
    switch (message.type) {
      case "response.created":
        this.mouth.begin(message.response.id, message.response.audio?.output.format.type);
        if (answerOf(state, message.response.id)?.silenced) {
          this.#options.send({ type: "response.cancel", response_id: message.response.id });
        }
        break;
      case "response.done": // cancelled by somebody else: what has come of it is not to be heard either
        if (message.response.status === "cancelled" && state.playing === null) void this.mouth.cancel();
        break;
      case "response.output_audio.done":
        if (!isSilenced(state, message.response_id, message.item_id))
          this.mouth.end(message.response_id, message.item_id);
        break;
      case "input_audio_buffer.speech_started":
        void this.mouth.cancel();
        break;
      case "kaiwa.speech.suspected":
      case "kaiwa.speech.dismissed":
        this.mouth.duck(message.type === "kaiwa.speech.suspected");
        break;
      case "conversation.item.truncated": // the server knows better than we where its words lie in the sound
        this.#options.send({ type: "conversation.item.retrieve", item_id: message.item_id });
        break;
      default: // the rest is for the eye
    }
  }

  /** Stops the answer that is due, under way or sounding. Resolves when the server has been told what was heard. */
  async interrupt(): Promise<void> {
    const state = this.#options.state();
    const isDue = state.waiting || answerUnderWay(state) !== undefined;
    if (this.#unfinished) this.#unfinished.isWanted = false;
    if (!isDue && state.playing === null) return;
    if (isDue) this.#options.send({ type: "response.cancel" });
    this.#options.tell({ type: "interrupted" });
    await this.mouth.cancel();
  }

  /** The connection broke; to be called before the state knows. */
  lost(): void {
    const last = this.#options.state().answers.findLast((answer) => !answer.over);
    if (last) this.#unfinished = { itemId: last.itemId, isWanted: !last.silenced };
  }

  /** Nothing of the old answers matters: there will be another conversation. */
  forget(): void {
    this.#unfinished = this.#heardBefore = null;
  }

  /** How much of the last answer was heard, if it did not get to its end; what still sounds of it is stopped for that. */
  async heard(): Promise<Heard | null> {
    const itemId = this.#unfinished?.itemId ?? null;
    if (itemId === null) return this.#heardBefore;
    await this.mouth.cancel();
    return { item_id: itemId, audio_end_ms: this.mouth.playedMs(itemId) };
  }

  /** There is a session again. */
  ready(restored: ConversationRestored | null): void {
    const unfinished = this.#unfinished;
    this.forget();
    if (restored?.answer_follows && unfinished?.isWanted === false) void this.interrupt();
  }

  /** What a next page needs to know when this one is left now. */
  heardSoFar(): Heard | null {
    const state = this.#options.state();
    const itemId = state.playing ?? answerUnderWay(state)?.itemId ?? this.#unfinished?.itemId ?? null;
    return itemId === null ? this.#heardBefore : { item_id: itemId, audio_end_ms: this.mouth.playedMs(itemId) };
  }

  #played(what: "started" | "progress" | "ended", { item, playedMs }: Played): void {
    const { clock, tell } = this.#options;
    if (what === "progress") tell({ type: "speaker.progress", item, ms: playedMs });
    else tell({ type: `speaker.${what}`, item }, clock.now() + this.mouth.latencyMs);
  }

  #cut(items: Played[]): void {
    for (const { item, playedMs } of items) {
      const truncate = { type: "conversation.item.truncate", item_id: item, content_index: 0 } as const;
      this.#options.send({ ...truncate, audio_end_ms: playedMs });
      this.#options.tell({ type: "speaker.cut", item, ms: playedMs });
    }
  }

  #flooded(): void {
    this.#options.tell({ type: "problem.raised", problem: { code: "flooded" } });
    void this.interrupt();
  }
}
