import { expect, test } from "vitest";

import { phaseOf } from "../../src/state/model";
import { added, answer, partial, speechStarts, started, tell, transcribed, type Told } from "./story";

const lost: Told = { type: "socket.lost", retryAt: 250, problem: null };
const stopped: Told = { type: "talk.stopped", problem: null };
const named = (id: string): Told => ({
  type: "session.updated",
  session: { kaiwa: { conversation: { id, token: `token of ${id}`, kept: true } } },
});
const error = (code: string): Told => ({ type: "error", error: { type: "server_error", code, message: "words" } });

test("a first connection that fails is still being made; one that was there is made again", () => {
  expect(phaseOf(tell([{ type: "talk.started" }, lost]))).toBe("connecting");
  expect(phaseOf(tell([...started, lost]))).toBe("reconnecting");
  expect(phaseOf(tell([...started, lost, lost]))).toBe("reconnecting");
  expect(tell([...started, lost]).retryAt).toBe(250);
  expect(phaseOf(tell([...started, lost, { type: "socket.live" }]))).toBe("listening");
});

test("with the connection goes all that was being heard, but not what sounds", () => {
  const speaking = [...started, ...answer("r1", "a1", "one two", 500)];
  expect(tell([...speaking, lost])).toMatchObject({ playing: "a1", hearing: false, waiting: false });
  const heard = tell([...started, speechStarts("u1"), partial("u1", "Hel", "lo"), lost]);
  expect(heard.lines).toMatchObject([{ text: "Hello", unstable: "", status: "final" }]);
});

test("a problem of the connection is mended by a connection, others are not", () => {
  const unreachable = { ...lost, problem: { code: "unreachable" } };
  expect(tell([...started, unreachable]).problem).toEqual({ code: "unreachable" });
  expect(tell([...started, unreachable, { type: "socket.live" }]).problem).toBeNull();
  expect(tell([...started, error("store_unavailable"), { type: "socket.live" }]).problem?.code).toBe(
    "store_unavailable",
  );
});

test("a problem goes when it is dismissed, when all begins again, and when somebody speaks", () => {
  const troubled = [...started, error("provider_timeout")];
  expect(tell(troubled).problem).toEqual({ code: "provider_timeout", message: "words" });
  const ends: Told[] = [
    { type: "problem.dismissed" },
    { type: "talk.started" },
    speechStarts("u1"),
    { type: "hold.began", id: "h1" },
  ];
  for (const end of ends) expect(tell([...troubled, end]).problem).toBeNull();
});

test("races that every client has are no problems", () => {
  for (const code of ["response_cancel_not_active", "item_truncate_invalid_item_id", "item_create_duplicate_item_id"]) {
    expect(tell([...started, error(code)]).problem).toBeNull();
  }
});

test("a hold in which nothing was recorded is not waited for", () => {
  const held: Told[] = [...started, { type: "hold.began", id: "h1" }, { type: "hold.ended", id: "h1", kept: true }];
  expect(phaseOf(tell([...held, error("input_audio_buffer_commit_empty")]))).toBe("listening");
});

test("a microphone that cannot be had is a problem until there is one", () => {
  const refused: Told = { type: "microphone.changed", microphone: "refused" };
  expect(tell([refused])).toMatchObject({ microphone: "refused", problem: { code: "microphone_refused" } });
  const on: Told = { type: "microphone.changed", microphone: "on" };
  expect(tell([refused, on])).toMatchObject({ microphone: "on", problem: null });
  expect(tell([error("provider_timeout"), on]).problem?.code).toBe("provider_timeout");
});

test("stopping ends everything but keeps what was said and heard", () => {
  const half: Told = { type: "speaker.progress", item: "a1", ms: 250 };
  const talking = [
    ...started,
    speechStarts("u1"),
    transcribed("u1", "Hello?"),
    ...answer("r1", "a1", "one two", 500),
    half,
  ];
  const state = tell([...talking, { type: "hold.began", id: "h1" }, stopped]);
  expect(phaseOf(state)).toBe("off");
  expect(state.lines.map(({ text, status }) => [text, status])).toEqual([
    ["Hello?", "final"],
    ["one", "cut"],
  ]);
  expect(state).toMatchObject({ holding: false, microphone: "off", playing: null });
  expect(tell([...talking, { ...stopped, problem: { code: "session_idle" } }]).problem).toEqual({
    code: "session_idle",
  });
});

test("a refused setting says why until it is changed", () => {
  const refused: Told = { type: "setting.refused", field: "speed", message: "too fast" };
  expect(tell([refused]).refused).toEqual({ speed: "too fast" });
  expect(tell([refused, { type: "setting.changed", fields: ["voice"] }]).refused).toEqual({ speed: "too fast" });
  expect(tell([refused, { type: "setting.changed", fields: ["speed"] }]).refused).toEqual({});
});

test("the conversation gets its name, and keeps its lines for as long as it is the same", () => {
  const talked = [...started, named("c1"), speechStarts("u1"), transcribed("u1", "Hello?"), lost];
  expect(tell(talked).conversation).toEqual({ id: "c1", token: "token of c1", kept: true, title: "" });
  expect(tell([...talked, named("c1")]).lines).toHaveLength(1);
  const forgotten = tell([...talked, { type: "typed", id: "t1", text: "Are you there?" }, named("c2")]);
  expect(forgotten.lines.map((line) => line.id)).toEqual(["t1"]); // it will be said in the new one
});

test("a conversation that is taken up shows the server's lines", () => {
  const items = [
    {
      id: "u1",
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_audio", transcript: "Hello?" }],
    },
    {
      id: "n1",
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_audio", transcript: null }],
    },
    {
      id: "a1",
      type: "message",
      role: "assistant",
      status: "incomplete",
      content: [{ type: "output_audio", transcript: "one" }],
    },
    { id: "t1", type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "Go on." }] },
    { id: "f1", type: "function_call", status: "completed", call_id: "c", name: "n", arguments: "{}" },
  ];
  const restored: Told = {
    type: "kaiwa.conversation.restored",
    conversation_id: "c1",
    title: "A talk",
    items,
    answer_follows: true,
  };
  const typed: Told[] = ["t1", "t2"].map((id) => ({ type: "typed", id, text: "Go on." }));
  const state = tell([...started, named("c1"), speechStarts("u9"), partial("u9", "Wha", "t"), ...typed, restored]);
  expect(state.lines.map(({ id, text, status }) => [id, text, status])).toEqual([
    ["u1", "Hello?", "final"],
    ["a1", "one", "cut"],
    ["t1", "Go on.", "final"],
    ["t2", "Go on.", "open"], // not there yet: it will be sent again
  ]);
  expect(state.conversation?.title).toBe("A talk");
  expect(phaseOf(state)).toBe("thinking");
});

test("an answer that still sounds when it is taken up stays in step with its voice", () => {
  const item = {
    id: "a1",
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_audio", transcript: "one two" }],
  };
  const restored: Told = {
    type: "kaiwa.conversation.restored",
    conversation_id: "c1",
    title: "",
    items: [item],
    answer_follows: false,
  };
  const state = tell([...started, ...answer("r1", "a1", "one two", 500), lost, named("c1"), restored]);
  expect(state.lines).toMatchObject([{ id: "a1", voiced: 0, soundMs: 500 }]);
});

test("a new conversation begins empty", () => {
  const state = tell([...started, named("c1"), ...answer("r1", "a1", "one two", 500), { type: "conversation.begun" }]);
  expect(state).toMatchObject({ lines: [], conversation: null, playing: null });
  expect(phaseOf(state)).toBe("listening");
});

test("a session that knows nothing of the old lines puts its own behind them", () => {
  const before = [...started, added("u1", null), speechStarts("u1"), transcribed("u1", "one"), lost];
  const after: Told[] = [
    { type: "session.created", session: {} },
    { type: "typed", id: "t1", text: "two" },
    added("t1", null),
  ];
  expect(tell([...before, ...after]).lines.map((line) => line.id)).toEqual(["u1", "t1"]);
});
