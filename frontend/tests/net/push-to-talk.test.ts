import { expect, test } from "vitest";

import { chunksIn, range } from "./fake-sound";
import { settle } from "./fakes";
import { answers, commits, says, sounds, Stage, understands, userItem } from "./stage";

async function open(): Promise<Stage> {
  const stage = new Stage({ mode: "push-to-talk" });
  await stage.start();
  return stage;
}

test("only what is said while the button is held is sent, and then an answer asked for", async () => {
  const stage = await open();
  expect(stage.socket.last("session.update")).toMatchObject({
    session: { audio: { input: { turn_detection: null } } },
  });
  stage.speak(500);
  stage.talk.hold();
  stage.talk.hold(); // keys repeat
  expect(stage.phase).toBe("hearing");
  stage.speak(400);
  stage.talk.release();
  stage.talk.release();
  stage.speak(100);
  expect(stage.phase).toBe("thinking");
  expect(chunksIn(stage.socket.appended)).toEqual(range(25, 45));
  expect(stage.socket.said.slice(1)).toEqual([
    "input_audio_buffer.clear",
    "input_audio_buffer.commit",
    "response.create",
  ]);
});

test.each([
  [180, false],
  [200, true],
])("a hold of %i ms: it was meant is %s", async (ms, isMeant) => {
  const stage = await open();
  stage.talk.hold();
  stage.speak(ms);
  stage.talk.release();
  const end = isMeant ? ["input_audio_buffer.commit", "response.create"] : ["input_audio_buffer.clear"];
  expect(stage.socket.said.slice(1)).toEqual(["input_audio_buffer.clear", ...end]);
  expect(stage.phase).toBe(isMeant ? "thinking" : "listening");
});

test("a hold in which the microphone gave nothing asks nothing", async () => {
  const stage = await open();
  stage.talk.hold();
  stage.clock.pass(1000);
  stage.talk.release();
  expect(stage.socket.said).not.toContain("response.create");
  expect(stage.phase).toBe("listening");
});

test("holding stops an answer that sounds", async () => {
  const stage = await open();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 60);
  stage.talk.hold();
  await settle();
  expect(stage.socket.said.slice(1)).toEqual([
    "response.cancel",
    "input_audio_buffer.clear",
    "conversation.item.truncate",
  ]);
  expect(stage.phase).toBe("hearing");
});

test("a button that is still held when the connection breaks loses no word", async () => {
  const stage = await open();
  stage.talk.hold();
  stage.speak(400);
  stage.socket.end(1006);
  stage.speak(260);
  await stage.mend();
  stage.speak(100);
  stage.talk.release();
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 38));
  expect(stage.socket.said.slice(1)).toEqual(["input_audio_buffer.commit", "response.create"]);
});

test("one that was released while the connection was lost asks when there is one, for as long as it took", async () => {
  const stage = await open();
  stage.talk.hold();
  stage.speak(400);
  stage.socket.end(1006);
  stage.talk.release();
  stage.speak(260);
  await stage.mend();
  stage.speak(100);
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 20));
  expect(stage.socket.said.slice(1)).toEqual(["input_audio_buffer.commit", "response.create"]);
  expect(stage.phase).toBe("thinking");
  expect(stage.state.now().askedAt).toBe(400);
});

test.each([
  ["was understood", [understands("u1", "Hello?")], []],
  ["was understood, as only the server knew", [], [userItem("u1", "Hello?")]],
])("a question that %s is not asked again", async (_, before, items) => {
  const stage = await open();
  stage.talk.hold();
  stage.speak(400);
  stage.talk.release();
  stage.socket.receive(commits("u1"), ...before);
  await stage.breakAndMend(items);
  stage.speak(100);
  expect(stage.socket.said).toEqual(["session.update"]);
  expect(chunksIn(stage.socket.appended)).toEqual([]);
});

test("one that was not is asked again, and gets another name", async () => {
  const stage = await open();
  stage.talk.hold();
  stage.speak(400);
  stage.talk.release();
  stage.socket.receive(commits("u1"));
  await stage.breakAndMend([userItem("u1", null)]);
  stage.speak(100);
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 20));
  stage.socket.receive(commits("u2"), understands("u2", "Hello?"));
  await stage.breakAndMend([userItem("u2", "Hello?")]);
  stage.speak(100);
  expect(chunksIn(stage.socket.appended)).toEqual([]);
});

test("the way of talking changes live, and back", async () => {
  const stage = new Stage();
  await stage.start();
  stage.talk.change({ mode: "push-to-talk" });
  stage.speak(200);
  expect(stage.state.now().mode).toBe("push-to-talk");
  expect(stage.socket.last("session.update")).toMatchObject({
    session: { audio: { input: { turn_detection: null } } },
  });
  expect(chunksIn(stage.socket.appended)).toEqual([]);
  stage.talk.change({ mode: "hands-free" });
  stage.speak(200);
  expect(chunksIn(stage.socket.appended)).toEqual(range(10, 20));
});

test("in hands-free mode holding means nothing, and with nothing open it opens the microphone", async () => {
  const free = new Stage();
  await free.start();
  free.talk.hold();
  expect(free.phase).toBe("listening");
  const closed = new Stage({ mode: "push-to-talk" });
  closed.talk.hold();
  await settle();
  expect(closed.microphones.opened).toHaveLength(1);
  closed.talk.release();
  expect(closed.state.now().holding).toBe(false);
});
