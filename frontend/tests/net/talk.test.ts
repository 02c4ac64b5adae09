import { expect, test, vi } from "vitest";

import { OldBrowser } from "../../src/net/socket";
import { named, refused, updated } from "./fake-line";
import { chunksIn, range } from "./fake-sound";
import { settle } from "./fakes";
import { answers, finishes, hears, says, sounds, Stage, stops, understands } from "./stage";

test("pressing the button opens microphone and session, and what was said meanwhile is not lost", async () => {
  const stage = new Stage();
  void stage.talk.talk();
  await settle();
  expect(stage.phase).toBe("connecting");
  stage.speak(100);
  await stage.welcome();
  expect(stage.phase).toBe("listening");
  stage.speak(60);
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 8));
});

test("a spoken turn, heard aloud, from mouth to ear", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(3000);
  const { socket, speakers } = stage;
  socket.receive(
    hears("u1"),
    stops("u1", 2500),
    understands("u1", "Hello?"),
    ...answers("r1", "a1"),
    says("r1", "a1", "Hi."),
  );
  expect(stage.phase).toBe("thinking");
  socket.receive({
    type: "kaiwa.turn.timings",
    turn: 1,
    request_id: "q1",
    item_id: "u1",
    response_id: "r1",
    first_audio_ms: 900,
  });
  socket.receive(sounds("r1", "a1"), ...finishes("r1", "a1", "Hi."));
  expect(speakers.last.pushed).toEqual([["a1", 2400]]);
  expect(speakers.last.ended).toEqual(["a1"]);
  stage.clock.pass(100);
  speakers.last.play("a1", 50);
  expect(stage.phase).toBe("speaking");
  speakers.last.finish("a1");
  expect(stage.phase).toBe("listening");
  expect(stage.lines.at(-1)).toEqual({ id: "a1", text: "Hi.", status: "final" });
  // Voice ended 500 ms of silence before 2500 ms of sound; it is 3100 now, and the loudspeaker is 30 ms late.
  expect(stage.state.now().turns[0]?.marks.heard).toBeCloseTo(1130, -1);
});

test("talked over, the answer is silent at once and the server told how much was heard", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(
    ...answers("r1", "a1"),
    says("r1", "a1", "one two three four"),
    ...Array(20).fill(sounds("r1", "a1")),
  );
  stage.speakers.last.play("a1", 1000);
  stage.socket.receive({ type: "kaiwa.speech.suspected" });
  expect(stage.speakers.last.volume).toBe(0.2);
  stage.socket.receive({ type: "kaiwa.speech.dismissed" });
  expect(stage.speakers.last.volume).toBe(1);
  stage.socket.receive(hears("u2"), sounds("r1", "a1"));
  expect(stage.speakers.last.pushed).toHaveLength(20); // what comes late is not played
  await settle();
  expect(stage.socket.last("conversation.item.truncate")).toMatchObject({
    item_id: "a1",
    content_index: 0,
    audio_end_ms: 1000,
  });
  expect(stage.socket.said).not.toContain("response.cancel"); // the server has done that itself
  expect(stage.lines[0]?.status).toBe("cut");
  stage.socket.receive({ type: "conversation.item.truncated", item_id: "a1", content_index: 0, audio_end_ms: 1000 });
  expect(stage.socket.last("conversation.item.retrieve")).toMatchObject({ item_id: "a1" });
});

test("interrupted by hand, an answer under way is cancelled and truncated; one that was sent whole only truncated", async () => {
  for (const isWhole of [false, true]) {
    const stage = new Stage();
    await stage.start();
    stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
    if (isWhole) stage.socket.receive(...finishes("r1", "a1", "one two"));
    stage.speakers.last.play("a1", 40);
    stage.talk.interrupt();
    expect(stage.phase).toBe("listening");
    await settle();
    const cancel = isWhole ? [] : ["response.cancel"];
    expect(stage.socket.said).toEqual(["session.update", ...cancel, "conversation.item.truncate"]);
  }
});

test("there is nothing to interrupt in silence", async () => {
  const stage = new Stage();
  await stage.start();
  stage.talk.interrupt();
  await settle();
  expect(stage.socket.said).toEqual(["session.update"]);
});

test("an answer that begins although it was interrupted before is cancelled by its name", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(hears("u1"), stops("u1", 500));
  stage.talk.interrupt();
  stage.socket.receive(...answers("r1", "a1"), sounds("r1", "a1"));
  expect(stage.socket.sent.slice(-2)).toMatchObject([
    { type: "response.cancel" },
    { type: "response.cancel", response_id: "r1" },
  ]);
  expect(stage.speakers.last.pushed).toEqual([]);
});

test("an answer that the server cancels by itself is silent too", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), ...Array(5).fill(sounds("r1", "a1")));
  stage.speakers.last.play("a1", 400);
  stage.socket.receive({
    type: "response.done",
    response: { id: "r1", status: "cancelled", status_details: null, output: [] },
  });
  await settle();
  expect(stage.phase).toBe("listening");
  expect(stage.lines[0]?.status).toBe("cut");
});

test("stopping tells what was heard, and closes everything", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), says("r1", "a1", "one two"), sounds("r1", "a1"));
  stage.speakers.last.play("a1", 60);
  void stage.talk.stop();
  await settle();
  expect(stage.socket.last("conversation.item.truncate")).toMatchObject({ audio_end_ms: 60 });
  expect(stage.phase).toBe("off");
  expect(stage.socket.isClosed).toBe(true);
  expect(stage.microphones.last.isClosed).toBe(true);
  expect(stage.speakers.last.isClosed).toBe(false); // it fades
  stage.clock.pass(50);
  expect(stage.speakers.last.isClosed).toBe(true);
});

test("stopped while the browser still asks, nothing is left open", async () => {
  const stage = new Stage();
  void stage.talk.talk();
  void stage.talk.stop();
  await settle();
  expect(stage.phase).toBe("off");
  expect(stage.line.sockets).toEqual([]);
  expect(stage.microphones.opened.every(({ isClosed }) => isClosed)).toBe(true);
});

test("a stopped audio thread does not hold up the end", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), sounds("r1", "a1"));
  stage.speakers.last.answersCuts = false;
  void stage.talk.stop();
  await settle();
  expect(stage.phase).toBe("listening");
  stage.clock.pass(200);
  await settle();
  expect(stage.phase).toBe("off");
});

test.each(["refused", "missing", "busy", "unsafe"] as const)(
  "without a microphone (%s) the page says so and connects nowhere",
  async (fault) => {
    const stage = new Stage();
    stage.microphones.fault = fault;
    await stage.talk.talk();
    expect(stage.phase).toBe("off");
    expect(stage.state.now()).toMatchObject({
      microphone: fault,
      problem: { code: expect.stringMatching(/microphone_|not_secure/) },
    });
    expect(stage.line.sockets).toEqual([]);
  },
);

test("a browser that is too old is told apart from a microphone that is not there", async () => {
  const complaints = vi.spyOn(console, "error").mockReturnValue();
  const stage = new Stage();
  stage.microphones.fault = new TypeError("AudioWorkletNode is not defined");
  await stage.talk.talk();
  expect(complaints).toHaveBeenCalledWith(stage.microphones.fault);
  expect(stage.state.now().problem).toEqual({ code: "old_browser" });
  expect(stage.phase).toBe("off");
});

test("a browser without sockets is told so, and nothing is left open", async () => {
  const connect = () => {
    throw new OldBrowser("there are no WebSockets");
  };
  const stage = new Stage({}, { changes: { connect } });
  await stage.talk.talk();
  expect(stage.state.now().problem).toEqual({ code: "old_browser" });
  expect(stage.phase).toBe("off");
  expect(stage.microphones.last.isClosed).toBe(true);
});

test("an end that the server meant is the end, with its reason", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(refused("session_idle"));
  stage.socket.end(1001);
  await settle();
  expect(stage.phase).toBe("off");
  expect(stage.state.now().problem?.code).toBe("session_idle");
  expect(stage.microphones.last.isClosed).toBe(true);
});

test("a microphone that went away is opened again, and if there is none, as soon as there is", async () => {
  const stage = new Stage();
  await stage.start();
  stage.speak(100);
  stage.microphones.fault = "missing";
  stage.microphones.last.options.onLost();
  await settle();
  expect(stage.state.now()).toMatchObject({ microphone: "lost", problem: { code: "microphone_lost" } });
  stage.microphones.fault = null;
  stage.talk.devicesChanged();
  await settle();
  expect(stage.state.now()).toMatchObject({ microphone: "on", problem: null });
  stage.speak(40);
  expect(chunksIn(stage.socket.appended)).toEqual([...range(0, 5), 0, 1]);
});

test("muted is muted, also for the next microphone", async () => {
  const stage = new Stage();
  await stage.start();
  stage.talk.mute(true);
  expect(stage.microphones.last.isMuted).toBe(true);
  expect(stage.state.now().muted).toBe(true);
  stage.microphones.last.options.onLost();
  await settle();
  expect(stage.microphones.opened).toHaveLength(2);
  expect(stage.microphones.last.isMuted).toBe(true);
});

test("the microphone's sleep is shown", async () => {
  const stage = new Stage();
  await stage.start();
  stage.microphones.last.options.onSuspended(true);
  expect(stage.state.now().microphone).toBe("suspended");
  stage.microphones.last.options.onSuspended(false);
  expect(stage.state.now().microphone).toBe("on");
});

test("settings change live: the session's by an update, the devices' on the devices", async () => {
  const stage = new Stage();
  await stage.start();
  stage.talk.change({ speed: 0.5, theme: "dark" });
  expect(stage.socket.last("session.update")).toMatchObject({ session: { audio: { output: { speed: 0.5 } } } });
  expect(stage.socket.last("session.update")?.session).not.toHaveProperty("kaiwa.conversation");
  stage.talk.change({ theme: "light", debug: true });
  expect(stage.socket.said).toEqual(["session.update", "session.update"]);
  stage.talk.change({ noiseSuppression: false, speaker: "loud" });
  await settle();
  expect(stage.microphones.last.changes).toMatchObject([{ noiseSuppression: false, deviceId: "" }]);
  expect(stage.speakers.last.device).toBe("loud");
});

test("a setting that the server refuses says why, and the others hold", async () => {
  const stage = new Stage();
  await stage.start();
  stage.talk.change({ speed: 0.5 });
  stage.socket.receive(refused("invalid_value", { event_id: "update_2", param: "session.audio.output.speed" }));
  expect(stage.state.now().refused).toEqual({ speed: "about invalid_value" });
  expect(stage.state.now().problem).toBeNull();
  expect(stage.socket.last("session.update")).not.toHaveProperty("session.audio.output.speed");
  stage.socket.receive(updated(named));
  stage.talk.change({ speed: 1 });
  expect(stage.state.now().refused).toEqual({});
  expect(stage.socket.last("session.update")).toHaveProperty("session.audio.output.speed", 1);
});

test("a device that cannot be had leaves the one there was", async () => {
  const stage = new Stage();
  await stage.start();
  stage.microphones.last.fault = "busy";
  stage.talk.change({ microphone: "other" });
  await settle();
  expect(stage.state.now().microphone).toBe("on");
});

test("more sound than can be held ends the answer, not the talk", async () => {
  const stage = new Stage();
  await stage.start();
  stage.socket.receive(...answers("r1", "a1"), sounds("r1", "a1"));
  stage.speakers.last.report({ type: "full" });
  await settle();
  expect(stage.state.now().problem).toEqual({ code: "flooded" });
  expect(stage.phase).toBe("listening");
});
