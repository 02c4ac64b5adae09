// A server at the other end of the page's sockets: tests see what it was sent and say what it answers.

import type { Connect, Handlers } from "../../src/net/socket";
import type { ClientEvent, ServerEvent } from "../../src/wire/types.gen";

type Fields = Record<string, unknown>;

export class FakeSocket {
  readonly sent: (ClientEvent & Fields)[] = [];
  isClosed = false;
  backlog = 0;

  constructor(readonly handlers: Handlers) {}

  send(event: ClientEvent): void {
    this.sent.push(JSON.parse(JSON.stringify(event)) as ClientEvent & Fields);
  }

  close(): void {
    this.isClosed = true;
  }

  receive(...messages: Fields[]): void {
    for (const message of messages) if (!this.isClosed) this.handlers.onMessage(message as unknown as ServerEvent);
  }

  end(code: number): void {
    if (this.isClosed) throw new Error("the page has closed this socket: it hears nothing more of it");
    this.isClosed = true;
    this.handlers.onEnd(code);
  }

  /** What was sent but for sound, without what only names a message. */
  get said(): string[] {
    return this.sent.map(({ type }) => type).filter((type) => type !== "input_audio_buffer.append");
  }

  get appended(): string[] {
    return this.sent.flatMap((event) => (event.type === "input_audio_buffer.append" ? event.audio : []));
  }

  last(type: ClientEvent["type"]): Fields | undefined {
    return this.sent.findLast((event) => event.type === type);
  }
}

export class FakeLine {
  readonly sockets: FakeSocket[] = [];
  readonly connect: Connect = (handlers) => {
    if (this.sockets.some((socket) => !socket.isClosed)) throw new Error("two sockets at once");
    const socket = new FakeSocket(handlers);
    this.sockets.push(socket);
    return socket;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("the page has not connected");
    return socket;
  }
}

export const created: Fields = {
  type: "session.created",
  session: {
    audio: {
      input: { turn_detection: { type: "server_vad", silence_duration_ms: 700 } },
      output: { voice: "operator's" },
    },
  },
};

/** The session as it is after an update; `conversation` is its own, if it has one. */
export function updated(conversation: Fields | null = null, session: Fields = {}): Fields {
  const audio = {
    input: { format: { type: "audio/pcm" }, turn_detection: { type: "server_vad", silence_duration_ms: 500 } },
    output: { format: { type: "audio/pcm" }, voice: "operator's" },
  };
  return { type: "session.updated", session: { audio, kaiwa: { conversation }, ...session } };
}

export const named = { id: "conv_1", token: "secret", kept: true };

export function restored(items: Fields[] = [], answerFollows = false): Fields {
  return {
    type: "kaiwa.conversation.restored",
    conversation_id: "conv_1",
    title: "",
    items,
    answer_follows: answerFollows,
  };
}

export function refused(code: string, fields: Fields = {}): Fields {
  return { type: "error", error: { type: "invalid_request_error", code, message: `about ${code}`, ...fields } };
}
