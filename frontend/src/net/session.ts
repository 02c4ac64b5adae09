// A connection that survives: one socket at a time, opened again with growing patience for as long as it is wanted.
//
// 1. The first message is a `session.update` with everything, the conversation included; nothing else is sent before
//    the server has answered to it, and shown the old conversation if there is one.
// 2. It never gives up by itself on a server that is busy, away or restarting, and never comes back to one that said no.

import type { Problem } from "../state/model";
import type { ClientEvent, ConversationRestored, ErrorDetail, ServerEvent, SessionUpdate } from "../wire/types.gen";
import { delayMs } from "./backoff";
import type { Clock } from "./clock";
import { meaningOf, NO_ANSWER, TOO_SLOW } from "./ends";
import type { Connect, Socket } from "./socket";
import { Updates } from "./updates";
import type { Field } from "./wishes";

const PATIENCE_MS = 10_000; // from the first packet to a session that is ready
const STEADY_MS = 10_000; // a session that lived as long was no failed attempt

export interface SessionOptions {
  connect: Connect;
  clock: Clock;
  random(): number;
  isKeyNeeded(): Promise<boolean>;
  /** Whatever the first update depends on has to be known before it is sent: how much was heard of the last answer. */
  prepare(): Promise<void>;
  /** `isFirst`: it opens the session, and says which conversation that is of. */
  wished(left: ReadonlySet<Field>, isFirst: boolean): SessionUpdate["session"];
  onRefused(field: Field, error: ErrorDetail): void;
  /** Every message, in its order; before `onReady` too. */
  onMessage(message: ServerEvent): void;
  /** From now on `send` works. The old conversation, if there is one. */
  onReady(restored: ConversationRestored | null): void;
  /** It will be tried again at `retryAt`. */
  onLost(retryAt: number, problem: Problem | null): void;
  /** It is over, and not because of `stop`. */
  onOver(problem: Problem | null): void;
}

/** off: nobody wants it. */
type Condition = "off" | "waiting" | "opening" | "ready";

export class Session {
  readonly #options: SessionOptions;
  readonly #updates: Updates;
  #condition: Condition = "off";
  #socket: Socket | null = null;
  #cancelTimer: () => void = () => undefined;
  #attempt = 0;
  #readyAt = 0;
  #isOldNamed = false; // the session is to be of a conversation that was there before
  #told: Problem | null = null; // the server's last word, if that was an error

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#updates = new Updates({
      send: (event) => this.#socket?.send(event),
      wished: (left) => this.#wished(left),
      onRefused: options.onRefused,
    });
  }

  get isWanted(): boolean {
    return this.#condition !== "off";
  }

  get isReady(): boolean {
    return this.#condition === "ready";
  }

  get backlog(): number {
    return this.#socket?.backlog ?? 0;
  }

  start(): void {
    if (this.#condition === "off") this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#condition = "off";
    this.#attempt = 0;
  }

  /** Ends this session and begins another at once: for another conversation. */
  restart(): void {
    if (this.isWanted) this.#connect();
  }

  /** There may be a network again, or somebody looks: tries at once instead of waiting on. */
  nudge(): void {
    if (this.#condition === "waiting") this.#connect();
  }

  /** The network does not take what is sent. */
  giveUpSlow(): void {
    if (this.isReady) void this.#end(TOO_SLOW);
  }

  /** Does nothing while there is no session: what must not get lost is kept by whoever sends it. */
  send(event: ClientEvent): void {
    if (this.isReady) this.#socket?.send(event);
  }

  /** Tells of changed settings; `fields` are those that have another value now. */
  update(fields: readonly Field[]): void {
    this.#updates.allow(fields);
    if (this.isReady) this.#updates.request();
  }

  #connect(): void {
    this.#drop();
    this.#condition = "opening";
    this.#told = null;
    const socket = this.#options.connect({
      onOpen: () => void this.#introduce(socket),
      onMessage: (message) => this.#take(message),
      onEnd: (code) => void this.#end(code),
    });
    this.#socket = socket;
    this.#cancelTimer = this.#options.clock.after(PATIENCE_MS, () => void this.#end(NO_ANSWER));
  }

  #drop(): void {
    this.#cancelTimer();
    this.#socket?.close();
    this.#socket = null;
  }

  async #introduce(socket: Socket): Promise<void> {
    await this.#options.prepare();
    if (this.#socket === socket) this.#updates.restart();
  }

  #take(message: ServerEvent): void {
    if (this.#updates.take(message)) return;
    this.#told = message.type === "error" ? { code: message.error.code, message: message.error.message } : null;
    this.#options.onMessage(message);
    if (this.#condition !== "opening") return;
    if (message.type === "session.updated" && !this.#isOldNamed) this.#begin(null);
    else if (message.type === "kaiwa.conversation.restored") this.#begin(message);
  }

  #wished(left: ReadonlySet<Field>): SessionUpdate["session"] {
    const session = this.#options.wished(left, this.#condition === "opening");
    const conversation = session.kaiwa?.conversation;
    if (this.#condition === "opening") this.#isOldNamed = conversation != null && conversation.keep === undefined;
    return session;
  }

  #begin(restored: ConversationRestored | null): void {
    this.#cancelTimer();
    this.#condition = "ready";
    this.#readyAt = this.#options.clock.now();
    this.#options.onReady(restored);
  }

  async #end(code: number): Promise<void> {
    const wasReady = this.isReady;
    const now = this.#options.clock.now();
    if (wasReady && now - this.#readyAt >= STEADY_MS) this.#attempt = 0;
    this.#drop();
    this.#condition = "waiting";
    const { again, problem } = meaningOf({ code, wasReady, told: this.#told });
    if (!again) return this.#finish(problem);
    const delay = delayMs(this.#attempt++, this.#options.random());
    this.#cancelTimer = this.#options.clock.after(delay, () => this.#connect());
    this.#options.onLost(now + delay, problem);
    if (!wasReady && this.#told === null) await this.#lookForKey();
  }

  /** A refused WebSocket tells a page nothing, so ask by plain HTTP whether a key is what was missing. */
  async #lookForKey(): Promise<void> {
    if ((await this.#options.isKeyNeeded()) && this.isWanted && !this.isReady) this.#finish({ code: "key_needed" });
  }

  #finish(problem: Problem | null): void {
    this.stop();
    this.#options.onOver(problem);
  }
}
