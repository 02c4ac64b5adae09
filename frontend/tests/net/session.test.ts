import { expect, test } from "vitest";

import { Session, type SessionOptions } from "../../src/net/session";
import { FakeLine, created, named, refused, restored, updated } from "./fake-line";
import { FakeClock, settle } from "./fakes";

interface Told {
  ready: number;
  lost: [delayMs: number, code: string | undefined][];
  over: (string | undefined)[];
  refused: string[];
}

function open(changes: Partial<SessionOptions> = {}) {
  const clock = new FakeClock();
  const line = new FakeLine();
  const told: Told = { ready: 0, lost: [], over: [], refused: [] };
  const session = new Session({
    ...{ connect: line.connect, clock, random: () => 0 },
    isKeyNeeded: async () => false,
    prepare: async () => undefined,
    wished: (left, isFirst) => ({
      type: "realtime",
      instructions: [...left].join(),
      kaiwa: isFirst ? { conversation: { keep: true } } : {},
    }),
    onRefused: (field) => told.refused.push(field),
    onMessage: () => undefined,
    onReady: () => told.ready++,
    onLost: (retryAt, problem) => told.lost.push([retryAt - clock.now(), problem?.code]),
    onOver: (problem) => told.over.push(problem?.code),
    ...changes,
  });
  async function getReady(): Promise<void> {
    line.socket.handlers.onOpen();
    await settle();
    line.socket.receive(created, updated(named));
  }
  return { session, clock, line, told, getReady };
}

test("the first message is an update with everything, and nothing is sent before it is answered", async () => {
  const { session, line, told, getReady } = open();
  session.start();
  session.send({ type: "response.create" });
  expect(line.socket.sent).toEqual([]);
  line.socket.handlers.onOpen();
  await settle();
  session.send({ type: "response.create" });
  expect(line.socket.said).toEqual(["session.update"]);
  expect(told.ready).toBe(0);
  await getReady();
  expect(told.ready).toBe(1);
  session.send({ type: "response.create" });
  expect(line.socket.said.at(-1)).toBe("response.create");
});

test("an old conversation is waited for behind the session", async () => {
  const wished: SessionOptions["wished"] = () => ({ type: "realtime", kaiwa: { conversation: { token: "secret" } } });
  const { session, line, told, getReady } = open({ wished });
  session.start();
  await getReady();
  expect(told.ready).toBe(0);
  line.socket.receive(restored());
  expect(told.ready).toBe(1);
});

test("a lost connection is made again with growing patience, one socket at a time", async () => {
  const { session, clock, line, told, getReady } = open();
  session.start();
  await getReady();
  line.socket.end(1006);
  for (const delay of [250, 500, 1000, 2000, 4000, 8000, 8000]) {
    expect(clock.next).toBe(delay);
    clock.pass(delay);
    line.socket.end(1006);
    await settle();
  }
  expect(told.lost.slice(0, 3)).toEqual([
    [250, undefined],
    [500, "unreachable"],
    [1000, "unreachable"],
  ]);
  expect(told.over).toEqual([]);
});

test("after a session that lived for a while, patience begins anew; after one that did not, it goes on growing", async () => {
  const { session, clock, line, told, getReady } = open();
  session.start();
  for (const lived of [20_000, 100, 100, 20_000]) {
    await getReady();
    clock.pass(lived);
    line.socket.end(1006);
    clock.pass(told.lost.at(-1)![0]);
  }
  expect(told.lost.map(([delay]) => delay)).toEqual([250, 500, 1000, 250]);
});

test("a network that is back, or an eye on the page, ends the wait", async () => {
  const { session, clock, line, getReady } = open();
  session.start();
  await getReady();
  session.nudge();
  expect(line.sockets).toHaveLength(1); // there is nothing to mend
  line.socket.end(1006);
  session.nudge();
  expect(line.sockets).toHaveLength(2);
  clock.pass(9999);
  expect(line.sockets).toHaveLength(2);
});

test.each([
  [1008, "conversation_taken_over"],
  [1001, "session_idle"],
])("after %i and %s nobody comes back", async (code, said) => {
  const { session, clock, line, told, getReady } = open();
  session.start();
  await getReady();
  line.socket.receive(refused(said));
  line.socket.end(code);
  await settle();
  expect(told.over).toEqual([said]);
  clock.pass(60_000);
  session.nudge();
  expect(line.sockets).toHaveLength(1);
});

test("stopped, it stays stopped, whatever it was doing", async () => {
  for (const before of ["opening", "ready", "waiting"]) {
    const { session, clock, line, getReady } = open();
    session.start();
    if (before !== "opening") await getReady();
    if (before === "waiting") line.socket.end(1006);
    session.stop();
    clock.pass(60_000);
    session.nudge();
    expect(line.sockets).toHaveLength(1);
    expect(line.socket.isClosed).toBe(true);
    session.start();
    expect(line.sockets).toHaveLength(2);
  }
});

test("a server that never answers is given up after ten seconds, and tried again", async () => {
  const { session, clock, line, told } = open();
  session.start();
  line.socket.handlers.onOpen();
  clock.pass(9999);
  expect(line.socket.isClosed).toBe(false);
  clock.pass(1);
  expect(line.socket.isClosed).toBe(true);
  expect(told.lost).toEqual([[250, "unreachable"]]);
});

test("a refused handshake asks whether a key was missing", async () => {
  const { session, clock, line, told } = open({ isKeyNeeded: async () => true });
  session.start();
  line.socket.end(1006);
  await settle();
  expect(told.over).toEqual(["key_needed"]);
  clock.pass(60_000);
  expect(line.sockets).toHaveLength(1);
});

test("a server that is full says so, and is tried again", async () => {
  const { session, line, told, getReady } = open();
  session.start();
  line.socket.receive(refused("too_many_sessions"));
  line.socket.end(1013);
  expect(told.lost).toEqual([[250, "busy"]]);
  session.nudge();
  await getReady();
  expect(told.ready).toBe(1);
});

test("a network that does not take what is sent is given up and tried again", async () => {
  const { session, line, told, getReady } = open();
  session.start();
  await getReady();
  session.giveUpSlow();
  expect(line.socket.isClosed).toBe(true);
  expect(told.lost).toEqual([[250, "slow"]]);
});

test("another conversation is another socket, at once", async () => {
  const { session, line, getReady } = open();
  session.restart();
  expect(line.sockets).toHaveLength(0); // nobody wants one
  session.start();
  await getReady();
  session.restart();
  expect(line.sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test("a socket that was given up while its first message was prepared is sent nothing", async () => {
  let prepared = () => undefined as void;
  const { session, line } = open({ prepare: () => new Promise<void>((resolve) => (prepared = resolve)) });
  session.start();
  line.socket.handlers.onOpen();
  session.restart();
  prepared();
  await settle();
  expect(line.sockets.map(({ sent }) => sent.length)).toEqual([0, 0]);
});

test("a value that is refused is left out, the others hold", async () => {
  const { session, line, told } = open();
  session.start();
  line.socket.handlers.onOpen();
  await settle();
  line.socket.receive(created, refused("invalid_value", { event_id: "update_1", param: "session.audio.output.speed" }));
  expect(told.refused).toEqual(["speed"]);
  expect(line.socket.sent.at(-1)).toMatchObject({ event_id: "update_2", session: { instructions: "speed" } });
  line.socket.receive(updated(named));
  expect(told.ready).toBe(1);
});
