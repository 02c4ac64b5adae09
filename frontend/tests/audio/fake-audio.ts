// A browser's sound that works, without devices: the real worklets run in it, one quantum each time a test says so.

import { vi } from "vitest";

const QUANTUM = 128;
const MODULES: Record<string, () => Promise<unknown>> = {
  capture: () => import("../../src/audio/capture-worklet"),
  playback: () => import("../../src/audio/playback-worklet"),
};

class Port {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  peer: Port | null = null;

  postMessage(data: unknown, transfer: Transferable[] = []): void {
    const message = { data: structuredClone(data, { transfer }) };
    queueMicrotask(() => this.peer?.onmessage?.(message));
  }
}

class FakeNode {
  readonly inputs = new Set<FakeNode>();

  connect<T extends FakeNode>(target: T): T {
    target.inputs.add(this);
    return target;
  }

  /** The samples of this quantum; null: no channel. */
  pull(): Float32Array | null {
    return [...this.inputs].map((input) => input.pull()).find((samples) => samples !== null) ?? null;
  }
}

export class FakeTrack extends EventTarget {
  enabled = true;
  stopped = false;
  /** What `applyConstraints` does: a browser may do as it is told, do nothing, or refuse. */
  adapts: "yes" | "no" | "refuses" = "yes";
  settings: MediaTrackConstraints;

  constructor(
    readonly wanted: MediaTrackConstraints,
    readonly value: number | null,
  ) {
    super();
    this.settings = wanted;
  }

  stop(): void {
    this.stopped = true;
  }

  async applyConstraints(wanted: MediaTrackConstraints): Promise<void> {
    if (this.adapts === "refuses") throw new DOMException("not while it runs", "OverconstrainedError");
    if (this.adapts === "yes") this.settings = wanted;
  }

  getSettings(): MediaTrackConstraints {
    return this.settings;
  }
}

class FakeSource extends FakeNode {
  #connected = true;

  constructor(readonly track: FakeTrack) {
    super();
  }

  disconnect(): void {
    this.#connected = false;
  }

  override pull(): Float32Array | null {
    if (!this.#connected || this.track.value === null) return null;
    return new Float32Array(QUANTUM).fill(this.track.enabled ? this.track.value : 0);
  }
}

class FakeGain extends FakeNode {
  readonly gain = {
    value: 1,
    setTargetAtTime(value: number): void {
      this.value = value;
    },
  };

  override pull(): Float32Array | null {
    return super.pull()?.map((sample) => sample * this.gain.value) ?? null;
  }
}

class FakeAnalyser extends FakeNode {
  #last = new Float32Array(QUANTUM);

  override pull(): Float32Array | null {
    return (this.#last = Float32Array.from(super.pull() ?? this.#last));
  }

  getFloatTimeDomainData(target: Float32Array): void {
    target.fill(this.#last[0]!);
  }
}

export class FakeContext extends EventTarget {
  state = "running";
  readonly baseLatency = 0.01;
  outputLatency: number | undefined = 0.02;
  readonly destination = new FakeNode();
  readonly currentTime = 0;
  readonly options: { sampleRate?: number };
  readonly audioWorklet = { addModule: (address: string) => this.addModule(address) };
  sink = "";
  wakes = true; // whether `resume` succeeds

  constructor(options: { sampleRate?: number } = {}) {
    super();
    this.options = options;
    if (browser.asleep) [this.state, this.wakes] = ["suspended", false];
    browser.contexts.push(this);
  }

  createMediaStreamSource({ track }: { track: FakeTrack }): FakeSource {
    return new FakeSource(track);
  }

  async addModule(address: string): Promise<void> {
    if (browser.broken) throw new DOMException("no such file", "AbortError");
    const name = Object.keys(MODULES).find((name) => address.includes(name))!;
    vi.stubGlobal("sampleRate", this.options.sampleRate ?? 48_000);
    await MODULES[name]!();
  }

  async setSinkId(id: string): Promise<void> {
    if (id === "gone") throw new DOMException("no such device", "NotFoundError");
    this.sink = id;
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }

  async resume(): Promise<void> {
    if (this.wakes) this.become("running");
    else await new Promise(() => undefined); // as browsers do that wait for a touch
  }

  async close(): Promise<void> {
    this.become("closed");
  }

  /** Lets so much time pass; returns what came out at the end, and what each quantum began with. */
  async render(ms: number): Promise<number[]> {
    const out: number[] = [];
    const rate = this.options.sampleRate ?? 48_000;
    for (let n = 0; n < (ms * rate) / 1000 / QUANTUM; n++) {
      out.push(this.destination.pull()?.[0] ?? 0);
      await Promise.resolve(); // messages arrive between quanta
      await Promise.resolve();
    }
    return out;
  }
}

interface Processor {
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

const processors = new Map<string, new () => Processor>();
let processorPort = new Port();

class FakeWorkletNode extends FakeNode {
  readonly port = new Port();
  readonly #processor: Processor;

  constructor(_context: FakeContext, name: string) {
    super();
    processorPort = new Port();
    [this.port.peer, processorPort.peer] = [processorPort, this.port];
    this.#processor = new (processors.get(name)!)();
  }

  override pull(): Float32Array {
    const input = super.pull();
    const output = new Float32Array(QUANTUM);
    this.#processor.process([input ? [input] : []], [[output]]);
    return output;
  }
}

/** What the browser is, and what was made in it. `microphone` answers each request for one. */
export const browser = {
  contexts: [] as FakeContext[],
  tracks: [] as FakeTrack[],
  broken: false,
  asleep: false,
  microphone: (wanted: MediaTrackConstraints): FakeTrack => new FakeTrack(wanted, 0.5),
};

async function getUserMedia({ audio }: { audio: MediaTrackConstraints }): Promise<unknown> {
  const track = browser.microphone(audio);
  browser.tracks.push(track);
  return { track, getAudioTracks: () => [track], getTracks: () => [track] };
}

/** Puts the fakes where the browser's own would be, for one test. */
export function installBrowser(): void {
  Object.assign(browser, { contexts: [], tracks: [], broken: false, asleep: false });
  browser.microphone = (wanted) => new FakeTrack(wanted, 0.5);
  vi.stubGlobal("AudioContext", FakeContext);
  vi.stubGlobal("AudioWorkletNode", FakeWorkletNode);
  vi.stubGlobal("GainNode", FakeGain);
  vi.stubGlobal("AnalyserNode", FakeAnalyser);
  vi.stubGlobal("document", new EventTarget());
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  vi.stubGlobal("registerProcessor", (name: string, kind: new () => Processor) => processors.set(name, kind));
  vi.stubGlobal(
    "AudioWorkletProcessor",
    class {
      readonly port = processorPort;
    },
  );
}
