import { expect, test, vi } from "vitest";

import { named, refused, restored, updated } from "./fake-line";
import { settle } from "./fakes";
import { answers, answersTo, assistantItem, says, sounds, Stage } from "./stage";

const typedItem = (id: string, text: string) => ({
  ...{ id, type: "message", role: "user", status: "completed" },
  content: [{ type: "input_text", text }],
});
const idOf = (stage: Stage) => stage.state.now().lines.find(({ via }) => via === "text")!.id;
const created = (stage: Stage) =>
  stage.socket.sent.flatMap((event) => (event.type === "conversation.item.create" ? event.item.id : []));

test("typing needs no microphone: it connects by itself, and is answered aloud", async () => {
  const stage = new Stage();
  void stage.talk.say("  Hello?  ");
  expect(stage.phase).toBe("connecting");
  expect(stage.lines).toMatchObject([{ text: "Hello?", status: "open" }]);
  await stage.welcome();
  expect(stage.microphones.opened).toEqual([]);
  expect(stage.phase).toBe("thinking");
  expect(stage.socket.said).toEqual(["session.update", "conversation.item.create", "response.create"]);
  const item = { id: idOf(stage), type: "message", role: "user", content: [{ type: "input_text", text: "Hello?" }] };
  expect(stage.socket.last("conversation.item.create")).toMatchObject({ item });
  stage.socket.receive({
    type: "conversation.item.added",
    previous_item_id: null,
    item: typedItem(idOf(stage), "Hello?"),
  });
  expect(stage.lines).toMatchObject([{ status: "final" }]);
  stage.socket.receive(...answersTo(stage, "r1", "a1"), says("r1", "a1", "Hi."), sounds("r1", "a1"));
  expect(stage.speakers.last.pushed).toEqual([["a1", 2400]]);
});

test("nothing typed is nothing asked", async () => {
  const stage = new Stage();
  await stage.talk.say(" \n ");
  expect(stage.phase).toBe("off");
  expect(stage.lines).toEqual([]);
});

test("in the middle of an answer it interrupts first, and tells what was heard before it asks", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 60);
  void stage.talk.say("Stop. What time is it?");
  await settle();
  expect(stage.socket.said.slice(1)).toEqual([
    ...["response.cancel", "conversation.item.truncate", "conversation.item.create", "response.create"],
  ]);
  expect(stage.phase).toBe("thinking");
});

test("without a loudspeaker the answer is asked for in writing", async () => {
  const complaints = vi.spyOn(console, "warn").mockReturnValue();
  const stage = new Stage();
  stage.speakers.isThere = false;
  void stage.talk.say("Hello?");
  await stage.welcome();
  expect(stage.socket.last("session.update")).toMatchObject({ session: { output_modalities: ["text"] } });
  expect(complaints).toHaveBeenCalled();
});

test("what had not arrived is sent again with its own id, and is one line", async () => {
  const stage = new Stage();
  await stage.start();
  void stage.talk.say("Hello?");
  await settle();
  const id = idOf(stage);
  await stage.breakAndMend();
  expect(created(stage)).toEqual([id]);
  expect(stage.socket.said.at(-1)).toBe("response.create");
  expect(stage.lines).toEqual([{ id, text: "Hello?", status: "open" }]);
  expect(stage.phase).toBe("thinking");
});

test("what had arrived is not, and is answered if nobody has begun to", async () => {
  for (const answerFollows of [false, true]) {
    const stage = new Stage();
    await stage.start();
    void stage.talk.say("Hello?");
    await settle();
    await stage.breakAndMend([typedItem(idOf(stage), "Hello?")], answerFollows);
    expect(created(stage)).toEqual([]);
    expect(stage.socket.said.slice(1)).toEqual(answerFollows ? [] : ["response.create"]);
    expect(stage.lines).toMatchObject([{ status: "final" }]);
    expect(stage.phase).toBe("thinking");
  }
});

test("what had been answered is not asked for again", async () => {
  const stage = new Stage();
  await stage.start();
  void stage.talk.say("Hello?");
  await settle();
  const id = idOf(stage);
  stage.socket.receive({ type: "conversation.item.added", previous_item_id: null, item: typedItem(id, "Hello?") });
  stage.socket.receive(...answersTo(stage, "r1", "a1"));
  await stage.breakAndMend([typedItem(id, "Hello?")], true);
  expect(stage.socket.said).toEqual(["session.update"]);
});

test("typed while the connection was lost, it goes before an old answer", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.socket.end(1006);
  void stage.talk.say("Something else.");
  void stage.talk.say("Quick!");
  stage.clock.pass(250);
  await stage.welcome(updated(named), restored([assistantItem("a1", "one")], true));
  expect(stage.socket.said.slice(1)).toEqual([
    ...["response.cancel", "conversation.item.create", "conversation.item.create", "response.create"],
  ]);
  const { pushed } = stage.speakers.last;
  stage.socket.receive(...answers("r2", "a2"), says("r2", "a2", "two"), sounds("r2", "a2")); // it had begun already
  expect(pushed).toHaveLength(1);
  stage.socket.receive(...answersTo(stage, "r3", "a3"), says("r3", "a3", "Here."), sounds("r3", "a3"));
  expect(pushed.at(-1)).toEqual(["a3", 2400]);
});

test("an id that is there already means that it had arrived", async () => {
  const stage = new Stage();
  await stage.start();
  void stage.talk.say("Hello?");
  await settle();
  stage.socket.receive(refused("item_create_duplicate_item_id", { event_id: idOf(stage) }));
  expect(stage.lines).toMatchObject([{ status: "final" }]);
  expect(stage.state.now().problem).toBeNull();
  await stage.breakAndMend();
  expect(created(stage)).toEqual([]);
});

test("a text that the server refuses is marked, and not sent again", async () => {
  const stage = new Stage();
  await stage.start();
  void stage.talk.say("Hello?");
  await settle();
  stage.socket.receive(refused("invalid_value", { event_id: idOf(stage), param: "item.content" }));
  expect(stage.lines).toMatchObject([{ status: "failed" }]);
  expect(stage.state.now().problem?.code).toBe("invalid_value");
  await stage.breakAndMend();
  expect(created(stage)).toEqual([]);
});

test("stopped before there was a session, it is asked in the next", async () => {
  const stage = new Stage();
  void stage.talk.say("Hello?");
  void stage.talk.stop();
  await settle();
  expect(stage.phase).toBe("off");
  expect(stage.line.sockets).toEqual([]);
  await stage.start();
  expect(created(stage)).toEqual([idOf(stage)]);
});
