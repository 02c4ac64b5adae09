// The whole of the page but for its face, on fakes: a person, a browser and a server that do what a test says.

import { Talk, type TalkOptions } from "../../src/net/talk";
import { initial, phaseOf, type Line, type Phase, type Settings } from "../../src/state/model";
import { openSettings } from "../../src/state/settings";
import { openState } from "../../src/state/store";
import { created, FakeLine, named, restored, updated, type FakeSocket } from "./fake-line";
import { FakeDecoder, FakeEncoder, FakeMicrophones, FakeSpeakers } from "./fake-sound";
import { FakeClock, settle } from "./fakes";

export class FakeStorage {
  readonly kept = new Map<string, string>();

  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }

  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

type Fields = Record<string, unknown>;

export class Stage {
  readonly clock = new FakeClock();
  readonly line = new FakeLine();
  readonly microphones = new FakeMicrophones();
  readonly speakers = new FakeSpeakers();
  readonly encoders: FakeEncoder[] = [];
  readonly decoders: FakeDecoder[] = [];
  readonly settings;
  readonly state;
  readonly talk: Talk;

  constructor(
    chosen: Partial<Settings> = {},
    options: { opus?: boolean; storage?: FakeStorage; changes?: Partial<TalkOptions> } = {},
  ) {
    this.settings = openSettings(null);
    this.settings.update((values) => ({ ...values, ...chosen }));
    this.state = openState({ ...initial, mode: this.settings.now().mode });
    this.talk = new Talk({
      ...{ clock: this.clock, settings: this.settings, state: this.state, random: () => 0 },
      ...{ connect: this.line.connect, openMicrophone: this.microphones.open, openSpeaker: this.speakers.open },
      openEncoder: (given) => this.#keep(this.encoders, new FakeEncoder(given)),
      openDecoder: (given) => this.#keep(this.decoders, new FakeDecoder(given)),
      isOpusServed: async () => options.opus ?? false,
      isKeyNeeded: async () => false,
      storage: (options.storage ?? null) as Storage | null,
      ...options.changes,
    });
  }

  get socket(): FakeSocket {
    return this.line.socket;
  }

  get phase(): Phase {
    return phaseOf(this.state.now());
  }

  get lines(): Pick<Line, "id" | "text" | "status">[] {
    return this.state.now().lines.map(({ id, text, status }) => ({ id, text, status }));
  }

  /** The server answers to the first update. */
  async welcome(...messages: Fields[]): Promise<void> {
    await settle();
    this.socket.handlers.onOpen();
    await settle();
    this.socket.receive(created, ...(messages.length > 0 ? messages : [updated(named)]));
    await settle();
  }

  /** Presses the button and is welcomed. */
  async start(...messages: Fields[]): Promise<void> {
    void this.talk.talk();
    await this.welcome(...messages);
  }

  /** The connection that is being made is welcomed with the old conversation. */
  async mend(): Promise<void> {
    await this.welcome(updated(named), restored());
  }

  /** The connection breaks, and a new one is welcomed with the old conversation. */
  async breakAndMend(items: Fields[] = [], answerFollows = false): Promise<void> {
    this.socket.end(1006);
    this.clock.pass(250);
    this.talk.nudge(); // if that was not long enough
    await this.welcome(updated(named), restored(items, answerFollows));
  }

  speak(ms: number): void {
    this.microphones.speak(this.clock, ms);
  }

  #keep<T>(all: T[], one: T): T {
    all.push(one);
    return one;
  }
}

export const hears = (id: string): Fields => ({
  type: "input_audio_buffer.speech_started",
  item_id: id,
  audio_start_ms: 0,
});
export const stops = (id: string, ms: number): Fields => ({
  type: "input_audio_buffer.speech_stopped",
  item_id: id,
  audio_end_ms: ms,
});
export const commits = (id: string): Fields => ({
  type: "input_audio_buffer.committed",
  item_id: id,
  previous_item_id: null,
});
export const understands = (id: string, transcript: string): Fields => {
  return { type: "conversation.item.input_audio_transcription.completed", item_id: id, transcript };
};
export const answers = (response: string, item: string, format = "audio/pcm", question?: unknown): Fields[] => [
  {
    type: "response.created",
    response: { id: response, metadata: { question }, audio: { output: { format: { type: format } } } },
  },
  {
    type: "response.output_item.added",
    response_id: response,
    item: { id: item, type: "message", role: "assistant", content: [] },
  },
];
export const says = (response: string, item: string, delta: string): Fields => {
  return { type: "response.output_audio_transcript.delta", response_id: response, item_id: item, delta };
};
/** An answer to what the page asked for last. */
export const answersTo = (stage: Stage, response: string, item: string): Fields[] => {
  const asked = stage.socket.last("response.create") as { response: { metadata: { question: string } } };
  return answers(response, item, "audio/pcm", asked.response.metadata.question);
};
/** 100 ms of PCM. */
export const sounds = (response: string, item: string, delta = btoa("\0".repeat(4800))): Fields => {
  return { type: "response.output_audio.delta", response_id: response, item_id: item, delta };
};
export const finishes = (response: string, item: string, transcript: string, status = "completed"): Fields[] => [
  { type: "response.output_audio.done", response_id: response, item_id: item },
  { type: "response.output_audio_transcript.done", response_id: response, item_id: item, transcript },
  { type: "response.done", response: { id: response, status, status_details: null, output: [] } },
];
export const userItem = (id: string, transcript: string | null): Fields => {
  return { id, type: "message", role: "user", status: "completed", content: [{ type: "input_audio", transcript }] };
};
export const assistantItem = (id: string, transcript: string): Fields => {
  return {
    id,
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_audio", transcript }],
  };
};
