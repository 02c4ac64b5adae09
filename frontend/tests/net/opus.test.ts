import { expect, test, vi } from "vitest";

import { fromBase64, toBase64 } from "../../src/wire/codec";
import { pack, unpack } from "../../src/wire/opus-framing";
import { named, refused, updated } from "./fake-line";
import { chunksIn, range } from "./fake-sound";
import { answers, finishes, says, sounds, Stage } from "./stage";

const formatsOf = (stage: Stage) => {
  const update = stage.socket.last("session.update") as {
    session: { audio: Record<string, { format: { type: string } }> };
  };
  return Object.values(update.session.audio).map(({ format }) => format.type);
};
const packets = (count: number) => toBase64(pack(Array.from({ length: count }, () => new Uint8Array([1]))));

async function open(): Promise<Stage> {
  const stage = new Stage({}, { opus: true });
  await stage.start();
  return stage;
}

test("where the browser can, the voice goes up in Opus and answers come down in it", async () => {
  const stage = await open();
  expect(formatsOf(stage)).toEqual(["audio/opus", "audio/opus"]);
  stage.speak(100);
  stage.encoders[0]!.work();
  expect(stage.socket.appended.flatMap((audio) => unpack(fromBase64(audio)).map(([n]) => n))).toEqual(range(0, 5));
  stage.socket.receive(...answers("r1", "a1", "audio/opus"), says("r1", "a1", "Hi."), sounds("r1", "a1", packets(3)));
  expect(stage.speakers.last.pushed).toEqual(Array(3).fill(["a1", 480]));
  expect(stage.state.now().lines[0]?.soundMs).toBe(60);
  stage.socket.receive(...finishes("r1", "a1", "Hi."));
  expect(stage.speakers.last.ended).toEqual(["a1"]);
});

test("a server that does not take it gets PCM, in the same connection, and nobody is troubled", async () => {
  const stage = new Stage({}, { opus: true });
  await stage.start(refused("invalid_value", { event_id: "update_1", param: "session.audio.input.format.type" }));
  expect(formatsOf(stage)).toEqual(["audio/pcm", "audio/pcm"]);
  stage.socket.receive(updated(named));
  stage.speak(60);
  expect(chunksIn(stage.socket.appended)).toEqual(range(0, 3));
  expect(stage.line.sockets).toHaveLength(1);
  expect(stage.state.now()).toMatchObject({ refused: {}, problem: null });
  await stage.breakAndMend();
  expect(formatsOf(stage)).toEqual(["audio/pcm", "audio/pcm"]);
});

test("an encoder that fails is replaced by PCM, as the session is told first", async () => {
  const complaints = vi.spyOn(console, "error").mockReturnValue();
  const stage = await open();
  stage.speak(40);
  stage.encoders[0]!.options.onError(new Error("out of luck"));
  expect(formatsOf(stage)).toEqual(["audio/pcm", "audio/pcm"]);
  expect(stage.encoders[0]!.isClosed).toBe(true);
  stage.speak(40);
  expect(stage.socket.sent.slice(-3).map(({ type }) => type)).toEqual([
    ...["session.update", "input_audio_buffer.append", "input_audio_buffer.append"],
  ]);
  expect(chunksIn(stage.socket.appended)).toEqual([2, 3]);
  expect(complaints).toHaveBeenCalled();
});

test("a decoder that fails leaves the words, and the next answer comes in PCM", async () => {
  const stage = await open();
  stage.socket.receive(...answers("r1", "a1", "audio/opus"), says("r1", "a1", "Hi."), sounds("r1", "a1", packets(1)));
  stage.decoders[0]!.options.onError(new Error("out of luck"));
  expect(formatsOf(stage)).toEqual(["audio/pcm", "audio/pcm"]);
  stage.socket.receive(...finishes("r1", "a1", "Hi."), ...answers("r2", "a2"), sounds("r2", "a2"));
  expect(stage.lines[0]).toMatchObject({ text: "Hi.", status: "final" });
  expect(stage.speakers.last.pushed.at(-1)).toEqual(["a2", 2400]);
});

test("talked over, the decoder forgets what it holds", async () => {
  const stage = await open();
  stage.socket.receive(...answers("r1", "a1", "audio/opus"), says("r1", "a1", "Hi."), sounds("r1", "a1", packets(3)));
  stage.socket.receive({ type: "input_audio_buffer.speech_started", item_id: "u1", audio_start_ms: 0 });
  expect(stage.decoders[0]!.cancelled).toBe(1);
});
