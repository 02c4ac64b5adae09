import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { OldBrowser, openSocket, realtimeAddress } from "../../src/net/socket";
import { takeKey } from "../../src/net/sign-in";

class FakeWebSocket {
  static readonly OPEN = 1;
  static last: FakeWebSocket;
  readyState = 0;
  bufferedAmount = 0;
  sent: string[] = [];
  closed = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly address: URL) {
    FakeWebSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed++;
  }
}

beforeEach(() => void vi.stubGlobal("WebSocket", FakeWebSocket));
afterEach(() => void vi.unstubAllGlobals());

function open() {
  const heard: unknown[] = [];
  const notes: string[] = [];
  const socket = openSocket(
    { address: realtimeAddress("http://localhost:8000/"), note: (way, text) => notes.push(`${way} ${text}`) },
    {
      onOpen: () => heard.push("open"),
      onMessage: ({ type }) => heard.push(type),
      onEnd: (code) => heard.push(code),
    },
  );
  return { socket, heard, notes, web: FakeWebSocket.last };
}

test.each([
  ["http://localhost:8000/", "ws://localhost:8000/v1/realtime"],
  ["https://kaiwa.example/talk/?x=1#y", "wss://kaiwa.example/talk/v1/realtime"],
])("from %s it goes to %s", (page, address) => expect(realtimeAddress(page).href).toBe(address));

test("messages go out once it is open, and come in", () => {
  const { socket, heard, notes, web } = open();
  socket.send({ type: "response.create" });
  expect(web.sent).toEqual([]);
  web.readyState = FakeWebSocket.OPEN;
  web.onopen?.();
  socket.send({ type: "response.create" });
  web.onmessage?.({ data: '{"type":"session.created"}' });
  web.bufferedAmount = 5;
  expect(socket.backlog).toBe(5);
  web.onclose?.({ code: 1006 });
  expect(web.sent).toEqual(['{"type":"response.create"}']);
  expect(heard).toEqual(["open", "session.created", 1006]);
  expect(notes).toEqual(['out {"type":"response.create"}', 'in {"type":"session.created"}']);
});

test("where there are no sockets it says so", () => {
  vi.unstubAllGlobals();
  vi.stubGlobal("WebSocket", undefined);
  Reflect.deleteProperty(globalThis, "WebSocket");
  expect(open).toThrow(OldBrowser);
});

test("closed by us, it says nothing more", () => {
  const { socket, web } = open();
  socket.close();
  expect([web.closed, web.onopen, web.onmessage, web.onclose]).toEqual([1, null, null, null]);
});

test("the key of a sign-in link is taken out of the address", () => {
  const shown: string[] = [];
  const history = {
    replaceState: (_state: unknown, _title: string, url: URL) => shown.push(url.href),
  } as unknown as History;
  const location = (href: string) => ({ href }) as Location;
  expect(takeKey(location("http://localhost/?key=abc%20%2B%26%2F&x=1"), history)).toBe("abc +&/");
  expect(takeKey(location("http://localhost/?x=1"), history)).toBeNull();
  expect(shown).toEqual(["http://localhost/?x=1"]);
});
