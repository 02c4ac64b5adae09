import { expect, test } from "vitest";

import { phaseOf } from "../../src/state/model";
import * as story from "./story";
import {
  answer,
  answerBegins,
  answerEnds,
  itemBegins,
  sound,
  speaker,
  speechStarts,
  speechStops,
  started,
} from "./story";
import { partial, phases, tell, text, textEnds, timings, transcribed, written } from "./story";

const asked = [...started, speechStarts("u1"), speechStops("u1"), transcribed("u1", "Hello?")];
const heardWhole = [textEnds("r1", "a1", "Hi there."), answerEnds("r1"), speaker("ended", "a1")];

test("a turn passes through its phases", () => {
  const events = [...asked, ...answer("r1", "a1", "Hi there.", 500), ...heardWhole];
  expect(phases(...events)).toEqual([
    ...["connecting", "listening", "hearing", "thinking", "thinking"],
    ...["thinking", "thinking", "thinking", "speaking", "speaking"],
    ...["speaking", "speaking", "listening"],
  ]);
});

test("partial words are replaced until the final ones come", () => {
  const begun = [...started, speechStarts("u1"), partial("u1", "Hel", "p")];
  expect(tell(begun).lines[0]).toMatchObject({ text: "Hel", unstable: "p", status: "open" });
  const late = tell([...begun, transcribed("u1", "Hello?"), partial("u1", "Hel", "p")]);
  expect(late.lines[0]).toMatchObject({ text: "Hello?", unstable: "", status: "final" });
});

test("no words: no line and no waiting", () => {
  const state = tell([...started, speechStarts("u1"), speechStops("u1"), transcribed("u1", " ")]);
  expect(state.lines).toEqual([]);
  expect(phaseOf(state)).toBe("listening");
});

test("words that could not be found out leave a mark", () => {
  const failed = { type: "conversation.item.input_audio_transcription.failed" as const, item_id: "u1" };
  const state = tell([...started, speechStarts("u1"), speechStops("u1"), failed]);
  expect(state.lines).toMatchObject([{ id: "u1", text: "", status: "failed" }]);
  expect(phaseOf(state)).toBe("listening");
});

test("an answer's text sounds as far as its sound was played, and never less", () => {
  const answering = [...asked, ...answer("r1", "a1", "one two three four", 2000)];
  const at = (...ms: number[]) => tell([...answering, ...ms.map((each) => speaker("progress", "a1", each))]).lines[1];
  expect(at(0)?.voiced).toBe(0);
  expect(at(1000)?.voiced).toBe("one two".length);
  expect(at(1000, 400)?.voiced).toBe("one two".length);
  const heard = tell([...answering, textEnds("r1", "a1", "one two three four"), speaker("ended", "a1")]);
  expect(heard.lines[1]).toMatchObject({ voiced: "one two three four".length, status: "final" });
});

test("a written answer has no voice to wait for", () => {
  const state = tell([...asked, answerBegins("r1"), itemBegins("r1", "a1"), written("r1", "a1", "Hi.")]);
  expect(state.lines[1]).toMatchObject({ text: "Hi.", voiced: 3 });
  expect(phaseOf(state)).toBe("listening");
});

test("talked over, an answer keeps what was heard, whatever comes after", () => {
  const over = [
    ...asked,
    ...answer("r1", "a1", "one two three four", 2000),
    speechStarts("u2"),
    speaker("cut", "a1", 1000),
  ];
  const late = [
    ...[text("r1", "a1", " five"), sound("r1", "a1"), textEnds("r1", "a1", "one two three four five")],
    answerEnds("r1", "cancelled", { type: "cancelled", reason: "turn_detected" }),
  ];
  const [cut, later] = [tell(over), tell([...over, ...late])];
  expect(cut.lines[1]).toMatchObject({ text: "one two", voiced: 7, status: "cut" });
  expect(later.lines).toEqual(cut.lines);
  expect([phaseOf(cut), phaseOf(later)]).toEqual(["hearing", "hearing"]);
});

test("an answer of which nothing was heard leaves no line", () => {
  const silent = tell([...asked, ...answer("r1", "a1", "one", 100), speechStarts("u2"), speaker("cut", "a1", 0)]);
  const soundless = tell([
    ...asked,
    answerBegins("r1"),
    itemBegins("r1", "a1"),
    text("r1", "a1", "one"),
    speechStarts("u2"),
  ]);
  for (const state of [silent, soundless]) expect(state.lines.map((line) => line.id)).toEqual(["u1", "u2"]);
});

test("the server's account of what was heard wins", () => {
  const content = [{ type: "output_audio", transcript: "one two, as the server says" }];
  const retrieved = { type: "conversation.item.retrieved" as const, item: { id: "a1", type: "message", content } };
  const answered = [...asked, ...answer("r1", "a1", "one two three four", 2000)];
  const state = tell([...answered, speechStarts("u2"), speaker("cut", "a1", 1000), retrieved]);
  expect(state.lines[1]?.text).toBe("one two, as the server says");
  expect(tell([...answered, retrieved]).lines[1]?.text).toBe("one two three four"); // of an answer under way it knows less
});

test("the end of a cancelled answer does not end the wait for the next", () => {
  const state = tell([
    ...asked,
    answerBegins("r1"),
    speechStarts("u2"),
    speechStops("u2"),
    answerEnds("r1", "cancelled"),
  ]);
  expect(phaseOf(state)).toBe("thinking");
});

test("interrupted by the button, it falls silent at once", () => {
  const state = tell([...asked, ...answer("r1", "a1", "one two three four", 2000), { type: "interrupted" }]);
  expect(phaseOf(state)).toBe("listening");
  expect(tell([sound("r1", "a1"), answerEnds("r1", "cancelled")], state)).toMatchObject({
    playing: null,
    waiting: false,
  });
});

test("an answer interrupted before it began is silenced when it begins", () => {
  const state = tell([...asked, { type: "interrupted" }, ...answer("r1", "a1", "Hi.", 500).slice(0, 4)]);
  expect(phaseOf(state)).toBe("listening");
  expect(state.lines.map((line) => line.id)).toEqual(["u1"]);
  expect(state.answers).toMatchObject([{ responseId: "r1", silenced: true }]);
});

test("while a typed question waits, an answer to anything else is an old one", () => {
  const typed = { type: "typed" as const, id: "t1", text: "Hello?" };
  const old = tell([...asked, { type: "interrupted" }, typed, ...answer("r1", "a1", "Hi.", 500)]);
  expect(old.lines.map((line) => line.id)).toEqual(["u1", "t1"]);
  expect(phaseOf(tell([answerEnds("r1", "cancelled")], old))).toBe("thinking");
  const wanted = tell(
    [answerBegins("r2", "t1"), itemBegins("r2", "a2"), text("r2", "a2", "Yes."), sound("r2", "a2")],
    old,
  );
  expect(wanted.lines.map((line) => line.id)).toEqual(["u1", "t1", "a2"]);
  expect(wanted.answers.at(-1)).toMatchObject({ responseId: "r2", silenced: false, askedAt: expect.any(Number) });
});

test("an answer that was cancelled before it said anything leaves no line", () => {
  const nothing = [answerBegins("r1"), itemBegins("r1", "a1"), textEnds("r1", "a1", ""), answerEnds("r1", "cancelled")];
  expect(tell([...asked, ...nothing]).lines.map((line) => line.id)).toEqual(["u1"]);
});

test("what is typed stands there at once, and is sure when the server has it", () => {
  const state = tell([...started, { type: "typed", id: "t1", text: "Hello?" }]);
  expect(state.lines).toMatchObject([{ id: "t1", via: "text", text: "Hello?", status: "open" }]);
  expect(phaseOf(state)).toBe("thinking");
  expect(tell([story.added("t1", null)], state).lines[0]?.status).toBe("final");
});

test("a button held is heard, and a slip of the finger asks nothing", () => {
  expect(
    phases(...started, { type: "hold.began", id: "h1" }, { type: "hold.ended", id: "h1", kept: true }).slice(2),
  ).toEqual(["hearing", "thinking"]);
  expect(
    phases(...started, { type: "hold.began", id: "h1" }, { type: "hold.ended", id: "h1", kept: false }).slice(2),
  ).toEqual(["hearing", "listening"]);
});

test("a failed answer says why", () => {
  const details = { type: "failed", error: { type: "server_error", code: "provider_timeout", message: "slow" } };
  const state = tell([...asked, answerBegins("r1"), answerEnds("r1", "failed", details)]);
  expect(state.problem).toEqual({ code: "provider_timeout", message: "slow" });
  expect(phaseOf(state)).toBe("listening");
});

test("the way from mouth to ear begins at the last voiced sound and ends at the first one heard", () => {
  const spoken = [...started, speechStarts("u1"), speechStops("u1"), { type: "voice.ended" as const, at: 1000 }];
  const first = timings("req1", {
    item_id: "u1",
    response_id: "r1",
    speech_ms: 900,
    final_ms: 200,
    first_audio_ms: 700,
  });
  const heard = { ...speaker("started", "a1"), at: 1830.4 };
  for (const events of [
    [first, heard],
    [heard, first],
  ]) {
    const state = tell([...spoken, answerBegins("r1"), itemBegins("r1", "a1"), ...events]);
    expect(state.turns).toMatchObject([{ number: 1, requestId: "req1", speechMs: 900, outcome: null }]);
    expect(state.turns[0]?.marks).toEqual({ final: 200, first_audio: 700, heard: 830 });
  }
});

test("a turn told of twice is one turn, and the page counts on over sessions", () => {
  const state = tell([
    timings("req1", { item_id: "u1", final_ms: 200 }),
    timings("req1", { response_id: "r1", first_token_ms: 300, outcome: "completed" }),
    timings("req2", { turn: 1, final_ms: 100 }),
  ]);
  expect(state.turns.map(({ number, itemId, responseId, outcome }) => [number, itemId, responseId, outcome])).toEqual([
    [1, "u1", "r1", "completed"],
    [2, null, null, null],
  ]);
  expect(state.turns[0]?.marks).toEqual({ final: 200, first_token: 300 });
});

test("at most 200 turns are kept", () => {
  const state = tell(Array.from({ length: 205 }, (_, n) => timings(`req${n}`, {})));
  expect(state.turns).toHaveLength(200);
  expect(state.turns.at(-1)?.number).toBe(205);
});
