// The speaker's voice: captured always, sent while there is a session and somebody may talk, and sent again when a
// session was lost before its server had made words of it.

import type { EncoderOptions, OpusEncoder } from "../audio/opus";
import type { ClientEvent, ConversationRestored, Item, ServerEvent } from "../wire/types.gen";
import { Capture } from "./capture";
import type { Clock } from "./clock";
import { OpusEncoding, PcmEncoding, type Encoding } from "./encoding";
import { Holds, type Hold } from "./holds";
import { answerTo } from "./typed";
import { Uplink } from "./uplink";
import { Utterances } from "./utterances";

export interface VoiceOptions {
  clock: Clock;
  send(event: ClientEvent): void;
  backlog(): number;
  onSlow(): void;
  /** Push-to-talk: the person says where an utterance ends. */
  isManual(): boolean;
  openEncoder(options: EncoderOptions): OpusEncoder;
  onOpusFailed(): void;
  /** The last voiced sound of what was said was captured at `at`. */
  onEnded(at: number): void;
  /** Push-to-talk: at that time an answer to this question was asked for. */
  onAsked(id: string, at: number): void;
}

export class Voice {
  readonly #options: VoiceOptions;
  readonly #capture = new Capture();
  readonly #utterances = new Utterances();
  readonly #holds = new Holds();
  #uplink: Uplink | null = null; // there is one while there is a session
  #silenceMs = 0; // which the server waits in before it calls an utterance ended

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  /** Another microphone begins. */
  begin(): void {
    this.#capture.begin();
  }

  hear(samples: Int16Array<ArrayBuffer>, positionMs: number): void {
    const chunk = this.#capture.push(samples, positionMs, this.#options.clock.now());
    if (!this.#options.isManual() || this.#holds.isDown) this.#uplink?.push([chunk]);
    this.#uplink?.tick();
  }

  forgetHolds(): void {
    this.#holds.clear();
  }

  press(id: string): void {
    this.#clear();
    this.#holds.press(id, this.#capture.endMs, this.#options.clock.now());
  }

  /** Returns whether that was meant to be a question. */
  release(): boolean {
    const hold = this.#holds.release(this.#capture.endMs, this.#options.clock.now());
    if (hold) this.#ask(hold);
    else this.#clear();
    return hold !== null;
  }

  /** What was said so far is not for the next session. */
  forget(): void {
    this.#utterances.begin(this.#capture.endMs);
    this.forgetHolds();
  }

  /** A session is ready: whatever it should know and does not is sent first. */
  ready(restored: ConversationRestored | null, opus: boolean): void {
    this.lost();
    const { backlog, onSlow } = this.#options;
    this.#uplink = new Uplink({ encoding: this.#openEncoding(opus), backlog, onSlow });
    for (const item of restored?.items ?? []) if (isUnderstood(item)) this.#settle(item.id);
    if (this.#options.isManual()) this.#resendHolds(this.#uplink);
    else this.#uplink.push(this.#capture.between(this.#utterances.settledMs, this.#capture.endMs));
  }

  lost(): void {
    this.#uplink?.close();
    this.#uplink = null;
  }

  /** The session has been told that no more Opus comes. */
  usePcm(): void {
    this.#uplink?.shift();
    this.#uplink?.change(this.#openEncoding(false));
  }

  take(message: ServerEvent): void {
    switch (message.type) {
      case "session.updated": {
        const detection = message.session.audio?.input.turn_detection;
        this.#silenceMs = detection?.type === "server_vad" ? detection.silence_duration_ms : 0;
        break;
      }
      case "input_audio_buffer.speech_stopped":
        this.#end(message.item_id, message.audio_end_ms);
        break;
      case "input_audio_buffer.committed": {
        const endMs = this.#holds.committed(message.item_id);
        if (endMs !== null) this.#utterances.ended(message.item_id, endMs);
        break;
      }
      case "conversation.item.input_audio_transcription.completed":
      case "conversation.item.input_audio_transcription.failed":
        this.#settle(message.item_id);
        break;
      default: // the rest is not about what was said
    }
  }

  /** The server counts the silence in which it waited as part of the utterance; the speaker did not speak in it. */
  #end(itemId: string, sessionMs: number): void {
    const last = this.#uplink?.positionAt(sessionMs - 1) ?? null; // its end may not have been sent yet
    this.#utterances.ended(itemId, last === null ? this.#capture.endMs : last + 1);
    const at = last === null ? null : this.#capture.timeOf(last - this.#silenceMs);
    if (at !== null) this.#options.onEnded(at);
  }

  #settle(itemId: string): void {
    this.#utterances.settle(itemId);
    this.#holds.settle(itemId);
  }

  #resendHolds(uplink: Uplink): void {
    this.#holds.restart();
    for (const hold of this.#holds.open) {
      uplink.push(this.#capture.between(hold.fromMs, hold.toMs ?? this.#capture.endMs));
      if (hold.toMs !== null) this.#ask(hold);
    }
  }

  #ask({ id, askedAt }: Hold): void {
    this.#options.onAsked(id, askedAt);
    this.#uplink?.after(() => {
      this.#options.send({ type: "input_audio_buffer.commit" });
      this.#options.send(answerTo(id));
    });
  }

  #clear(): void {
    this.#uplink?.shift();
    this.#uplink?.after(() => this.#options.send({ type: "input_audio_buffer.clear" }));
  }

  #openEncoding(opus: boolean): Encoding {
    const emit = (audio: string) => this.#options.send({ type: "input_audio_buffer.append", audio });
    if (!opus) return new PcmEncoding(emit);
    return new OpusEncoding(this.#options.openEncoder, emit, (error) => {
      console.error(error); // a browser's fault, for which the person need not be troubled
      this.#options.onOpusFailed();
    });
  }
}

function isUnderstood(item: Item): boolean {
  return (
    item.type === "message" && item.content.some((part) => part.type === "input_audio" && part.transcript !== null)
  );
}
