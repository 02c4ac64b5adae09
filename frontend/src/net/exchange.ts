// What goes between the person and the assistant: voice and typed words one way, answers the other, over a session
// that may break and be taken up. Every message goes through the state first.

import type { PageEvent } from "../state/events";
import type { Problem, Settings, State } from "../state/model";
import type {
  ConversationRestored,
  ErrorDetail,
  ServerEvent,
  Session as Shown,
  SessionUpdate,
} from "../wire/types.gen";
import { Answering, type AnsweringOptions } from "./answering";
import { Choosing } from "./choosing";
import { Session, type SessionOptions } from "./session";
import { answerTo, creation, Typed, type Question } from "./typed";
import { Voice, type VoiceOptions } from "./voice";
import { sessionOf, type Choice, type Field, type Heard, type Usual } from "./wishes";

export interface ExchangeOptions
  extends Pick<SessionOptions, "clock" | "connect" | "random" | "isKeyNeeded">, Pick<VoiceOptions, "openEncoder"> {
  openSpeaker: AnsweringOptions["open"];
  openDecoder: AnsweringOptions["openDecoder"];
  isOpusServed(): Promise<boolean>;
  storage: Storage | null; // of the tab
  settings(): Settings;
  state(): State;
  /** `at` is now, unless it says otherwise. */
  tell(event: ServerEvent | PageEvent, at?: number): void;
  /** The session is over, and nobody stopped it. */
  onOver(problem: Problem | null): void;
}

export class Exchange {
  readonly session: Session;
  readonly voice: Voice;
  readonly answering: Answering;
  readonly #options: ExchangeOptions;
  readonly #typed = new Typed();
  readonly #choosing: Choosing;
  #heard: Heard | null = null;
  #usual: Usual | null = null;
  #opus = false;
  #sessions = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#choosing = new Choosing(options);
    const { clock, tell, state } = options;
    const send: VoiceOptions["send"] = (event) => this.session.send(event);
    const onOpusFailed = () => this.#stopOpus();
    this.session = new Session({
      ...options,
      prepare: async () => void (this.#heard = await this.answering.heard()),
      wished: (left, isFirst) => this.#wished(left, isFirst),
      onRefused: (field, error) => this.#refused(field, error),
      onMessage: (message) => this.#take(message),
      onReady: (restored) => this.#ready(restored),
      onLost: (retryAt, problem) => this.#lost(retryAt, problem),
    });
    this.voice = new Voice({
      ...{ clock, send, openEncoder: options.openEncoder, onOpusFailed },
      isManual: () => options.settings().mode === "push-to-talk",
      backlog: () => this.session.backlog,
      onSlow: () => this.session.giveUpSlow(),
      onEnded: (at) => tell({ type: "voice.ended" }, at),
      onAsked: (id, at) => tell({ type: "hold.ended", id, kept: true }, at),
    });
    const answering = { clock, send, state, tell, onOpusFailed, openDecoder: options.openDecoder };
    this.answering = new Answering(
      { ...answering, open: options.openSpeaker, deviceId: () => options.settings().speaker },
      this.#choosing.heardBefore,
    );
    const remembered = this.#choosing.remembered;
    if (remembered) tell({ type: "conversation.shown", conversation: { ...remembered, title: "" }, lines: [] });
    void options.isOpusServed().then((isServed) => (this.#opus = isServed));
  }

  /** Resolves when it was sent, or waits for a session. */
  async say(question: Question): Promise<void> {
    const silence = this.answering.interrupt();
    this.#typed.add(question);
    this.#options.tell({ type: "typed", id: question.id, text: question.text }, question.at);
    const session = this.session.isReady ? this.#sessions : null; // one that is not ready yet will be told all
    await silence;
    if (session === this.#sessions) this.#ask([question], question);
  }

  /** Another conversation: nothing of this one goes there. */
  turnTo(choice: Choice | null): void {
    this.#choosing.turnTo(choice);
    this.voice.forget();
    this.answering.forget();
    this.#typed.clear();
    this.#options.tell({ type: "conversation.begun" });
    this.session.restart();
  }

  leave(): void {
    this.#choosing.leave(this.answering.heardSoFar());
  }

  stop(): void {
    this.session.stop();
    this.voice.lost();
    this.voice.forget();
    this.answering.mouth.close();
  }

  #ask(questions: readonly Question[], last: Question): void {
    for (const question of questions) this.session.send(creation(question));
    this.session.send(answerTo(last.id));
  }

  #wished(left: ReadonlySet<Field>, isFirst: boolean): SessionUpdate["session"] {
    const conversation = isFirst ? this.#choosing.named(this.#heard) : null;
    const aloud = this.answering.mouth.isOpen;
    const settings = this.#options.settings();
    return sessionOf({ settings, opus: this.#opus, aloud, usual: this.#usual, conversation }, left);
  }

  #refused(field: Field, { code, message }: ErrorDetail): void {
    if (field === "opus") this.#opus = false;
    else if (field !== "conversation") this.#options.tell({ type: "setting.refused", field, message });
    else if (this.#choosing.isOld) {
      this.#choosing.turnToAnother();
      this.session.update(["conversation"]);
      this.#options.tell({ type: "problem.raised", problem: { code, message } });
    }
  }

  #take(message: ServerEvent): void {
    if (this.answering.takeSound(message)) return;
    this.#options.tell(message);
    this.answering.take(message);
    this.voice.take(message);
    if (message.type === "conversation.item.added") this.#typed.confirm(message.item.id);
    else if (message.type === "response.created") this.#typed.answered();
    else if (message.type === "error")
      this.#typed.confirm(message.error.event_id ?? ""); // refused, or there already
    else if (message.type === "session.created") this.#usual = usualOf(message.session);
    else if (message.type === "session.updated") this.#choosing.adopt();
  }

  #ready(restored: ConversationRestored | null): void {
    this.#sessions++;
    this.#options.tell({ type: "socket.live" });
    this.answering.ready(restored);
    this.voice.ready(restored, this.#opus);
    const answerFollows = restored?.answer_follows ?? false;
    const { questions, asks } = this.#typed.missing(new Set(restored?.items.map(({ id }) => id)), answerFollows);
    const last = asks.at(-1);
    if (!last) return;
    if (answerFollows) void this.answering.interrupt(); // what was typed meanwhile goes before an old answer
    for (const { id, text, at } of asks) this.#options.tell({ type: "typed", id, text }, at);
    this.#ask(questions, last);
  }

  #lost(retryAt: number, problem: Problem | null): void {
    this.answering.lost();
    this.voice.lost();
    this.#options.tell({ type: "socket.lost", retryAt, problem });
  }

  /** Opus does not work here after all: what follows is PCM, both ways. */
  #stopOpus(): void {
    if (!this.#opus) return;
    this.#opus = false;
    this.session.update([]);
    this.voice.usePcm();
  }
}

function usualOf({ audio }: Partial<Shown>): Usual | null {
  if (!audio) return null;
  const detection = audio.input.turn_detection;
  return {
    voice: audio.output.voice,
    silenceMs: detection?.type === "server_vad" ? detection.silence_duration_ms : null,
  };
}
