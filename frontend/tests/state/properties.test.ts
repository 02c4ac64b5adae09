import fc from "fast-check";
import { expect, test } from "vitest";

import { initial, phaseOf, type State } from "../../src/state/model";
import * as story from "./story";
import { tell, type Told } from "./story";

const PHASES = ["off", "connecting", "reconnecting", "listening", "hearing", "thinking", "speaking"];

const user = fc.constantFrom("u1", "u2", "t1");
const item = fc.constantFrom("a1", "a2");
const response = fc.constantFrom("r1", "r2", "r3");
const words = fc.constantFrom("", " ", "one two three ", "はい、そうです。");
const ms = fc.nat(3000);

const fromServer: fc.Arbitrary<Told> = fc.oneof(
  user.map(story.speechStarts),
  user.map(story.speechStops),
  fc.tuple(user, words, words).map((parts) => story.partial(...parts)),
  fc.tuple(user, words).map((parts) => story.transcribed(...parts)),
  fc.tuple(fc.oneof(user, item), fc.option(fc.oneof(user, item))).map((parts) => story.added(...parts)),
  fc.tuple(response, fc.constantFrom(undefined, "t1", "h1")).map((parts) => story.answerBegins(...parts)),
  fc.tuple(response, item).map((parts) => story.itemBegins(...parts)),
  fc.tuple(response, item, words).map((parts) => story.text(...parts)),
  fc.tuple(response, item, words).map((parts) => story.written(...parts)),
  fc.tuple(response, item, words).map((parts) => story.textEnds(...parts)),
  fc
    .tuple(response, fc.constantFrom("completed", "cancelled", "failed", "incomplete"))
    .map((parts) => story.answerEnds(...parts)),
  fc
    .tuple(fc.constantFrom("q1", "q2"), fc.record({ response_id: response, final_ms: ms }))
    .map((parts) => story.timings(...parts)),
  fc.constantFrom<Told>(
    { type: "session.created", session: {} },
    { type: "session.updated", session: {} },
    { type: "session.updated", session: { kaiwa: { conversation: { id: "c1", token: "t", kept: true } } } },
    { type: "kaiwa.speech.suspected" },
    { type: "kaiwa.speech.dismissed" },
    { type: "kaiwa.conversation.restored", conversation_id: "c1", title: "", items: [], answer_follows: false },
    { type: "error", error: { type: "server_error", code: "internal_error", message: "" } },
    { type: "constructor" as "session.created" }, // a type that nobody knows
  ),
);
const ofPage: fc.Arbitrary<Told> = fc.oneof(
  fc.tuple(response, item, ms).map((parts) => story.sound(...parts)),
  fc.tuple(fc.constantFrom("started", "progress", "ended", "cut"), item, ms).map((parts) => story.speaker(...parts)),
  fc.constantFrom<Told>(
    ...[{ type: "talk.started" as const }, { type: "socket.live" as const }, { type: "interrupted" as const }],
    ...[
      { type: "hold.began" as const, id: "h1" },
      { type: "voice.ended" as const },
      { type: "conversation.begun" as const },
    ],
    { type: "socket.lost", retryAt: 1, problem: null },
    { type: "talk.stopped", problem: null },
    { type: "typed", id: "t1", text: "Hello" },
    { type: "hold.ended", id: "h1", kept: true },
    { type: "microphone.changed", microphone: "lost" },
    { type: "mode.changed", mode: "push-to-talk" },
  ),
);
const events = fc.array(fc.oneof(fromServer, ofPage), { maxLength: 60 });

test("any events in any order leave the page in one of its phases, with no line twice", () => {
  fc.assert(
    fc.property(events, (told) => {
      let state: State = initial;
      for (const [n, event] of told.entries()) {
        state = tell([{ at: n, ...event }], state);
        expect(PHASES).toContain(phaseOf(state));
        expect(new Set(state.lines.map((line) => line.id)).size).toBe(state.lines.length);
        for (const line of state.lines) expect(line.voiced).toBeLessThanOrEqual(line.text.length);
      }
    }),
  );
});

test("late events of a silenced answer change nothing that is seen", () => {
  const late = fc.array(
    fc.oneof(
      words.map((each) => story.text("r1", "a1", each)),
      words.map((each) => story.written("r1", "a1", each)),
      words.map((each) => story.textEnds("r1", "a1", each)),
      ms.map((each) => story.sound("r1", "a1", each)),
      fc.constantFrom(
        story.itemBegins("r1", "a1"),
        story.speaker("started", "a1"),
        story.speaker("ended", "a1"),
        story.added("a1", "u1", { role: "assistant", status: "in_progress" }),
      ),
      fc.constantFrom("completed", "cancelled", "failed").map((status) => story.answerEnds("r1", status)),
    ),
  );
  const beginnings = fc
    .constantFrom(1, 2, 3, 4, 5)
    .map((n) => story.answer("r1", "a1", "one two three", 900).slice(0, n));
  const ends = fc.constantFrom<Told>({ type: "interrupted" }, story.speechStarts("u2"));
  fc.assert(
    fc.property(beginnings, ends, fc.nat(900), late, (begun, end, heard, after) => {
      const asked = [
        ...story.started,
        story.speechStarts("u1"),
        story.speechStops("u1"),
        story.transcribed("u1", "Hello?"),
      ];
      const silent = tell([...asked, ...begun, end, story.speaker("cut", "a1", heard)]);
      const seen = ({ lines, playing, waiting, problem, hearing }: State) => ({
        lines,
        playing,
        waiting,
        problem,
        hearing,
      });
      expect(seen(tell(after, silent))).toEqual(seen(silent));
    }),
  );
});

test("lines keep the server's order, however its items are told of", () => {
  const inserts = fc.array(fc.record({ behind: fc.nat(20), before: fc.boolean() }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(inserts, (given) => {
      const server: string[] = [];
      const told = given.flatMap(({ behind, before }, n): Told[] => {
        const at = behind % (server.length + 1);
        const previous = server[at - 1] ?? null;
        server.splice(at, 0, `u${n}`);
        const early = before ? [story.speechStarts(`u${n}`)] : []; // a line may be there before its item has a place
        return [...early, story.added(`u${n}`, previous, { content: [{ type: "input_text", text: "words" }] })];
      });
      expect(tell(told).lines.map((line) => line.id)).toEqual(server);
    }),
  );
});
