import { expect, test } from "vitest";

import { CHUNK_LENGTH } from "../../src/audio/pcm";
import type { Captured } from "../../src/audio/ring";
import { OpusEncoding, PcmEncoding } from "../../src/net/encoding";
import { Uplink } from "../../src/net/uplink";
import { fromBase64 } from "../../src/wire/codec";
import { unpack } from "../../src/wire/opus-framing";
import { chunksIn, FakeEncoder, range } from "./fake-sound";

const chunks = (from: number, to: number): Captured[] =>
  range(from, to).map((n) => ({ samples: new Int16Array(CHUNK_LENGTH).fill(n), positionMs: n * 20 }));

function open() {
  const sent: string[] = [];
  const line = { backlog: 0, slow: 0 };
  const encoding = new PcmEncoding((audio) => sent.push(audio));
  const uplink = new Uplink({ encoding, backlog: () => line.backlog, onSlow: () => line.slow++ });
  return { uplink, sent, line };
}

test("sound that waits goes first, in order, at ten times real time", () => {
  const { uplink, sent } = open();
  uplink.push(chunks(0, 45));
  const perTick = range(45, 60).map((live) => {
    const before = chunksIn(sent).length;
    uplink.push(chunks(live, live + 1));
    uplink.tick();
    return chunksIn(sent).length - before;
  });
  expect(perTick).toEqual([10, 10, 10, 10, 10, ...Array(10).fill(1)]);
  expect(chunksIn(sent)).toEqual(range(0, 60));
});

test("it holds back while the socket cannot get rid of what it has", () => {
  const { uplink, sent, line } = open();
  line.backlog = 96_001;
  uplink.push(chunks(0, 5));
  uplink.tick();
  expect(sent).toEqual([]);
  line.backlog = 96_000;
  uplink.tick();
  expect(chunksIn(sent)).toEqual(range(0, 5));
});

test("half a minute that nobody took is too much", () => {
  const { uplink, line } = open();
  uplink.push(chunks(0, 1500));
  expect(line.slow).toBe(0);
  uplink.push(chunks(1500, 1501));
  expect(line.slow).toBe(1);
});

test("what is to follow sound follows it, and goes before what comes later", () => {
  const { uplink, sent } = open();
  uplink.push(chunks(0, 3));
  uplink.after(() => sent.push("commit"));
  uplink.push(chunks(3, 5));
  uplink.tick();
  expect(sent.map((audio) => (audio === "commit" ? audio : chunksIn([audio])))).toEqual([[0, 1, 2], "commit", [3, 4]]);
  uplink.after(() => sent.push("at once"));
  expect(sent.at(-1)).toBe("at once");
});

test("positions of the session are positions of the captured sound, over gaps", () => {
  const { uplink } = open();
  uplink.push([...chunks(100, 102), ...chunks(200, 202)]);
  uplink.tick();
  expect([0, 39, 40, 79].map((ms) => uplink.positionAt(ms))).toEqual([2000, 2039, 4000, 4039]);
  expect(uplink.positionAt(80)).toBeNull(); // not sent yet
  uplink.shift();
  expect(uplink.positionAt(0)).toBeNull(); // nobody knows any more
});

test("of hours of sound it remembers the last minutes", () => {
  const { uplink } = open();
  for (let n = 0; n < 20_000; n++) {
    uplink.push([{ samples: new Int16Array(CHUNK_LENGTH), positionMs: n * 20 }]);
    uplink.tick();
  }
  expect(uplink.positionAt(19_999 * 20)).toBe(19_999 * 20);
  expect(uplink.positionAt(0)).toBeNull();
});

function openOpus() {
  const sent: (number[] | string)[] = [];
  let encoder: FakeEncoder | null = null;
  const open = (options: ConstructorParameters<typeof FakeEncoder>[0]) => (encoder = new FakeEncoder(options));
  const emit = (audio: string) => sent.push(unpack(fromBase64(audio)).map((packet) => packet[0]!));
  const encoding = new OpusEncoding(open, emit, () => sent.push("failed"));
  return { encoding, sent, encoder: encoder! as FakeEncoder };
}

test("Opus packets travel as the packer wants them, in order", () => {
  const { encoding, sent, encoder } = openOpus();
  encoding.encode(chunks(0, 16));
  expect(sent).toEqual([]);
  encoder.work();
  expect(sent.flat()).toEqual(range(0, 16));
  expect(sent.slice(0, 10)).toEqual(range(0, 10).map((n) => [n])); // the first after silence go alone
});

test("what is to follow Opus sound waits until its encoder is done, and leaves no packet behind", () => {
  const { encoding, sent, encoder } = openOpus();
  encoding.encode(chunks(0, 12));
  encoding.after(() => sent.push("commit"));
  encoding.encode(chunks(12, 14));
  encoder.work(11);
  expect(sent).not.toContain("commit");
  encoder.work();
  const committed = sent.indexOf("commit");
  expect(sent.slice(0, committed).flat()).toEqual(range(0, 12));
  encoding.after(() => sent.push("again"));
  expect(sent.slice(committed + 1).flat()).toEqual([12, 13, "again"]);
});

test("closed, it runs nothing any more", () => {
  const { encoding, sent, encoder } = openOpus();
  encoding.encode(chunks(0, 1));
  encoding.after(() => sent.push("commit"));
  encoding.close();
  encoder.work();
  expect(encoder.isClosed).toBe(true);
  expect(sent).not.toContain("commit");
});

test("the encoding can change in mid-sound", () => {
  const { uplink, sent } = open();
  const other: string[] = [];
  uplink.push(chunks(0, 2));
  uplink.tick();
  uplink.change(new PcmEncoding((audio) => other.push(audio)));
  uplink.push(chunks(2, 4));
  uplink.tick();
  expect([chunksIn(sent), chunksIn(other)]).toEqual([range(0, 2), range(2, 4)]);
});
