// One WebSocket: messages out, messages in, its end. What that means is decided elsewhere.

import { parse, serialize } from "../wire/codec";
import type { ClientEvent, ServerEvent } from "../wire/types.gen";

export interface Handlers {
  onOpen(): void;
  onMessage(message: ServerEvent): void;
  /** Once; never after `close`. */
  onEnd(code: number): void;
}

/** An open or opening connection. */
export interface Socket {
  send(event: ClientEvent): void;
  /** Bytes that the network has not taken yet. */
  readonly backlog: number;
  /** Ends it; nothing more is heard of it. */
  close(): void;
}

export type Connect = (handlers: Handlers) => Socket;

/** What a browser lacks without which there is no talking. */
export class OldBrowser extends Error {
  override readonly name = "OldBrowser";
}

interface Options {
  address: URL;
  /** Is told of every message as it travels. */
  note(way: "in" | "out", text: string): void;
}

/** Throws `OldBrowser` where there are no WebSockets. */
export function openSocket({ address, note }: Options, handlers: Handlers): Socket {
  if (!("WebSocket" in globalThis)) throw new OldBrowser("there are no WebSockets");
  const socket = new WebSocket(address);
  socket.onopen = () => handlers.onOpen();
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    note("in", data);
    handlers.onMessage(parse(data));
  };
  socket.onclose = ({ code }) => handlers.onEnd(code);
  return {
    send(event) {
      if (socket.readyState !== WebSocket.OPEN) return; // it is closing: `onEnd` says the rest
      const text = serialize(event);
      note("out", text);
      socket.send(text);
    },
    get backlog() {
      return socket.bufferedAmount;
    },
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/** Relative to the page, which may lie behind a prefix. */
export function realtimeAddress(page: string): URL {
  const address = new URL("v1/realtime", page);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address;
}
