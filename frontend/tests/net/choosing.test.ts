import { expect, test } from "vitest";

import { named, refused, restored, updated } from "./fake-line";
import { chunksIn, range } from "./fake-sound";
import { settle } from "./fakes";
import { answers, assistantItem, finishes, says, sounds, Stage, FakeStorage, userItem } from "./stage";

const choiceOf = (stage: Stage) => {
  const update = stage.socket.last("session.update") as { session: { kaiwa: { conversation: object } } };
  return update.session.kaiwa.conversation;
};

test("a new conversation is private if the person likes it so", async () => {
  const stage = new Stage({ keepPrivate: true });
  await stage.start();
  expect(choiceOf(stage)).toEqual({ keep: false });
});

test("stopped and begun again, it is the same conversation", async () => {
  const stage = new Stage();
  await stage.start();
  void stage.talk.stop();
  await settle();
  await stage.start(updated(named), restored());
  expect(choiceOf(stage)).toEqual({ token: "secret" });
});

test("a conversation that is gone makes room for a new one, as private as it was, and the person is told", async () => {
  for (const kept of [true, false]) {
    const stage = new Stage();
    await stage.start(updated({ ...named, kept }));
    stage.socket.end(1006);
    stage.clock.pass(250);
    const gone = { event_id: "update_2", param: "session.kaiwa.conversation" };
    await stage.welcome(refused("conversation_not_found", gone));
    expect(choiceOf(stage)).toEqual({ keep: kept });
    stage.socket.receive(updated({ id: "conv_2", token: "other", kept }));
    expect(stage.phase).toBe("listening");
    expect(stage.state.now().problem?.code).toBe("conversation_not_found");
    expect(stage.state.now().conversation?.id).toBe("conv_2");
    expect(stage.state.now().refused).toEqual({});
  }
});

test("what was typed for a conversation that is gone is said in the new one, and does not hide that", async () => {
  const stage = new Stage();
  await stage.talk.turnTo({ id: "conv_9" });
  void stage.talk.say("Go on.");
  await stage.welcome(
    refused("conversation_not_found", { event_id: "update_1", param: "session.kaiwa.conversation" }),
    updated(named),
  );
  expect(stage.socket.said.slice(-2)).toEqual(["conversation.item.create", "response.create"]);
  expect(stage.state.now()).toMatchObject({ problem: { code: "conversation_not_found" }, waiting: true });
});

test("a server that keeps nothing is talked to all the same", async () => {
  const stage = new Stage();
  await stage.start(refused("unknown_parameter", { event_id: "update_1", param: "session.kaiwa.conversation" }));
  expect(choiceOf(stage)).toBeUndefined();
  stage.socket.receive(updated());
  expect(stage.phase).toBe("listening");
  expect(stage.state.now().problem).toBeNull();
});

test("a store that fails is said, and the talk goes on", async () => {
  const stage = new Stage();
  await stage.start(refused("store_unavailable"), updated());
  expect(stage.phase).toBe("listening");
  expect(stage.state.now()).toMatchObject({ problem: { code: "store_unavailable" }, conversation: null });
});

test("a new conversation is another session, in which nothing of the old one is said", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(1000);
  const old = stage.socket;
  old.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 60);
  void stage.talk.turnTo({ keep: false });
  await settle();
  expect(old.last("conversation.item.truncate")).toMatchObject({ audio_end_ms: 60 });
  expect(stage.lines).toEqual([]);
  await stage.welcome(updated({ ...named, id: "conv_2", kept: false }));
  expect(choiceOf(stage)).toEqual({ keep: false });
  stage.speak(60);
  expect(chunksIn(stage.socket.appended)).toEqual(range(50, 53));
  expect(stage.state.now().conversation).toMatchObject({ id: "conv_2", kept: false });
});

test("turned to while the browser still asks for the microphone, it is the one that is begun", async () => {
  const stage = new Stage();
  void stage.talk.talk();
  void stage.talk.turnTo({ id: "conv_8" });
  void stage.talk.turnTo({ id: "conv_9" });
  await stage.welcome(updated({ ...named, id: "conv_9" }), restored());
  expect(choiceOf(stage)).toEqual({ id: "conv_9" });
  expect(stage.phase).toBe("listening");
  expect(stage.line.sockets).toHaveLength(1);
});

test("an old conversation is gone on with, and shown", async () => {
  const stage = new Stage();
  await stage.talk.turnTo({ id: "conv_9" });
  await stage.start(updated({ ...named, id: "conv_9" }), restored([userItem("u1", "Long ago.")]));
  expect(choiceOf(stage)).toEqual({ id: "conv_9" });
  expect(stage.lines).toMatchObject([{ text: "Long ago." }]);
});

test("after a reload the next press takes the conversation up, with what was heard of the answer", async () => {
  const storage = new FakeStorage();
  const before = new Stage({}, { storage });
  await before.start();
  before.socket.receive(
    ...answers("r1", "a1"),
    says("r1", "a1", "one two"),
    sounds("r1", "a1"),
    ...finishes("r1", "a1", "one two"),
  );
  before.speakers.last.play("a1", 60);
  before.talk.leave();
  expect([...storage.kept.values()].join()).not.toContain("one"); // nothing that was said

  const after = new Stage({}, { storage });
  expect(after.state.now().conversation).toEqual({ ...named, title: "" });
  await after.start(updated(named), restored([assistantItem("a1", "one")], true));
  expect(choiceOf(after)).toEqual({ token: "secret", heard: { item_id: "a1", audio_end_ms: 60 } });
  expect(after.phase).toBe("thinking");
  await after.breakAndMend();
  expect(choiceOf(after)).toEqual({ token: "secret" }); // once
});

test("left between answers, nothing is said of what was heard", async () => {
  const storage = new FakeStorage();
  const before = new Stage({}, { storage });
  await before.start();
  before.talk.leave();
  const after = new Stage({}, { storage });
  await after.start(updated(named), restored());
  expect(choiceOf(after)).toEqual({ token: "secret" });
});

test("a new conversation is not confused with the one before the reload", async () => {
  const storage = new FakeStorage();
  const before = new Stage({}, { storage });
  await before.start();
  await before.talk.turnTo({ keep: true });
  const after = new Stage({}, { storage });
  expect(after.state.now().conversation).toBeNull();
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '{"conversation":{"id":1}}',
  '{"conversation":{"id":"a","token":"b","kept":true},"heard":{}}',
])("what lies in the tab's memory and is not ours (%j) is passed over", async (text) => {
  const storage = new FakeStorage();
  storage.setItem("kaiwa.conversation", text);
  const stage = new Stage({}, { storage });
  await stage.start();
  expect(choiceOf(stage)).toEqual({ keep: true });
});

test("a browser that remembers nothing is no hindrance", async () => {
  const storage = new FakeStorage();
  storage.getItem =
    storage.setItem =
    storage.removeItem =
      () => {
        throw new DOMException("forbidden", "SecurityError");
      };
  const stage = new Stage({}, { storage });
  await stage.start();
  stage.talk.leave();
  expect(stage.phase).toBe("listening");
});
