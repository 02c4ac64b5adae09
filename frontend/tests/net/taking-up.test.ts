import { expect, test } from "vitest";

import { named, restored, updated } from "./fake-line";
import { chunksIn, range } from "./fake-sound";
import { settle } from "./fakes";
import { answers, assistantItem, finishes, hears, says, sounds, Stage, stops, understands, userItem } from "./stage";

const choiceOf = (stage: Stage) =>
  stage.socket.last("session.update") as { session: { kaiwa: { conversation: object } } };

test("a lost conversation is taken up with its token", async () => {
  const stage = new Stage();
  await stage.start();
  expect(choiceOf(stage).session.kaiwa.conversation).toEqual({ keep: true });
  stage.socket.end(1006);
  expect(stage.phase).toBe("reconnecting");
  stage.clock.pass(250);
  await stage.welcome(updated(named));
  expect(stage.phase).toBe("reconnecting"); // the old conversation comes right behind
  expect(choiceOf(stage).session.kaiwa.conversation).toEqual({ token: "secret" });
  stage.socket.receive(restored([userItem("u1", "Hello?")]));
  expect(stage.phase).toBe("listening");
  expect(stage.lines).toEqual([{ id: "u1", text: "Hello?", status: "final" }]);
});

test("what had been understood is not sent again, what came after it is, and then the voice goes on", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(1000);
  stage.socket.receive(hears("u1"), stops("u1", 600), understands("u1", "Hello?"));
  stage.speak(400);
  stage.socket.end(1006);
  stage.speak(260);
  await stage.welcome(updated(named), restored([userItem("u1", "Hello?")]));
  expect(chunksIn(stage.socket.appended)).toEqual([]);
  stage.speak(200);
  expect(chunksIn(stage.socket.appended)).toEqual(range(30, 93)); // from 600 ms on
});

test("of a long speech the last ten seconds are sent again", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(15_000);
  await stage.breakAndMend();
  stage.speak(2000);
  expect(chunksIn(stage.socket.appended)).toEqual(range(250, 850));
});

test("an utterance whose words only the server knew is not said twice", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(1000);
  stage.socket.receive(hears("u1"), stops("u1", 1000));
  await stage.breakAndMend([userItem("u1", "Hello?")], true);
  stage.speak(100);
  expect(chunksIn(stage.socket.appended)).toEqual(range(50, 55));
  expect(stage.phase).toBe("thinking");
});

test("one that the server had not understood is sent again", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(1000);
  stage.socket.receive(hears("u1"), stops("u1", 1000));
  await stage.breakAndMend([userItem("u1", null)]);
  stage.speak(200);
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 60));
});

test("positions count from the first chunk of each session", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(1000);
  stage.socket.receive(hears("u1"), stops("u1", 1000), understands("u1", "Hello?"));
  stage.speak(1000);
  await stage.breakAndMend([userItem("u1", "Hello?")]);
  stage.speak(500);
  stage.socket.receive(hears("u2"), stops("u2", 1500), ...answers("r2", "a2")); // 1500 ms of this session
  // Its sound began at 1000 of all that was captured, in which the connection broke for 250 ms at 2000.
  expect(stage.state.now().answers.at(-1)?.askedAt).toBeCloseTo(1000 + 1500 - 500, -2);
});

test("an answer that broke off goes on where it was heard to", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(
    ...answers("r1", "a1"),
    says("r1", "a1", "one two three"),
    ...Array(20).fill(sounds("r1", "a1")),
  );
  const { last: speaker } = stage.speakers;
  speaker.play("a1", 400);
  stage.socket.end(1006);
  speaker.play("a1", 1200); // what has come sounds on
  stage.clock.pass(250);
  stage.socket.handlers.onOpen();
  await settle();
  expect(choiceOf(stage).session.kaiwa.conversation).toEqual({
    token: "secret",
    heard: { item_id: "a1", audio_end_ms: 1200 },
  });
  stage.socket.receive(
    updated(named),
    restored([assistantItem("a1", "one two")], true),
    ...answers("r2", "a2"),
    says("r2", "a2", "three"),
    sounds("r2", "a2"),
  );
  expect(stage.lines.map(({ text }) => text)).toEqual(["one two", "three"]);
  expect(speaker.pushed.at(-1)).toEqual(["a2", 2400]);
  expect(stage.socket.said).toEqual(["session.update"]); // nothing of the old sound is spoken of twice
});

test("nothing heard of it is nothing, said in a number", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one"), sounds("r1", "a1"));
  await stage.breakAndMend([], true);
  expect(choiceOf(stage).session.kaiwa.conversation).toEqual({
    token: "secret",
    heard: { item_id: "a1", audio_end_ms: 0 },
  });
});

test("an answer that had been sent whole sounds on, and nothing is said of it", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(
    ...answers("r1", "a1"),
    says("r1", "a1", "one two"),
    sounds("r1", "a1"),
    ...finishes("r1", "a1", "one two"),
  );
  stage.speakers.last.play("a1", 20);
  await stage.breakAndMend([assistantItem("a1", "one two")]);
  expect(choiceOf(stage).session.kaiwa.conversation).toEqual({ token: "secret" });
  expect(stage.phase).toBe("speaking");
  stage.speakers.last.play("a1", 60);
  stage.speakers.last.finish("a1");
  expect(stage.phase).toBe("listening");
});

test("an answer that was interrupted while the connection was lost is not gone on with", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 40);
  stage.socket.end(1006);
  stage.talk.interrupt();
  stage.clock.pass(250);
  await stage.welcome(updated(named), restored([assistantItem("a1", "one")], true));
  expect(choiceOf(stage).session.kaiwa.conversation).toMatchObject({ heard: { audio_end_ms: 40 } }); // it is true all the same
  expect(stage.socket.said).toEqual(["session.update", "response.cancel"]);
  expect(stage.phase).toBe("listening");
});

test("a second loss before anything else is told as the first", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 80);
  stage.socket.end(1006);
  for (const delay of [250, 500]) {
    stage.clock.pass(delay);
    stage.socket.handlers.onOpen();
    await settle();
    expect(choiceOf(stage).session.kaiwa.conversation).toMatchObject({ heard: { item_id: "a1", audio_end_ms: 80 } });
    stage.socket.end(1006);
  }
});

test("a server that is busy, slow or going away is come back to, with the reason on the page", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.end(1013);
  expect(stage.state.now()).toMatchObject({ problem: { code: "slow" }, retryAt: 250 });
  stage.clock.pass(250);
  await stage.welcome(updated(named), restored());
  expect(stage.state.now().problem).toBeNull();
});
