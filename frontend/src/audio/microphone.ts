// The microphone: opens it, keeps it as the person wishes, and hands out its sound in chunks of 20 ms.

import captureWorklet from "./capture-worklet?worker&url";

import type { CaptureMessage } from "./capture-worklet";
import { isAsleep, wake, watch } from "./context";
import { CHUNK_MS } from "./pcm";

const FAULTS: Record<string, MicrophoneFault> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};
const PROCESSING = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

export interface MicrophoneWishes {
  deviceId: string; // empty: the system's
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
}

export interface MicrophoneOptions extends MicrophoneWishes {
  /** Every 20 ms: 480 samples, which are the callee's; their loudness (RMS, 0 to 1); where in all captured sound they begin. */
  onChunk(samples: Int16Array<ArrayBuffer>, level: number, positionMs: number): void;
  /** The device went away; no more chunks come. Close it and open another. */
  onLost(): void;
  /** The browser stopped the sound (a call, a tab switch on iOS), or goes on again. */
  onSuspended(suspended: boolean): void;
}

/** Why there is no microphone; `unsafe`: the page came neither over https nor from this machine. */
export type MicrophoneFault = "unsafe" | "refused" | "missing" | "busy";

export class MicrophoneError extends Error {
  constructor(readonly fault: MicrophoneFault) {
    super(`the microphone cannot be opened: ${fault}`);
  }
}

export interface Microphone {
  /** Silence instead of sound; the chunks go on, so that the server's clock does. */
  mute(on: boolean): void;
  /** Another device or other wishes, live. Rejects with a MicrophoneError and keeps what was there. */
  change(wishes: Partial<MicrophoneWishes>): Promise<void>;
  /** To be called from a touch or key, when `suspended`; the next one does it anyway. */
  resume(): Promise<void>;
  readonly suspended: boolean;
  /** The loudness of the last chunk, 0 to 1; 0 while muted. */
  level(): number;
  close(): Promise<void>;
}

/**
 * Rejects with a MicrophoneError; with another error where the browser is too old. To be called from a touch or key:
 * browsers ask for the person's consent then.
 */
export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  const stream = await listen(options);
  let context: AudioContext | null = null;
  try {
    context = new AudioContext({ latencyHint: "interactive" }); // the device's own rate; the worklet resamples
    await context.audioWorklet.addModule(captureWorklet);
    const microphone = new Capturing(options, context, stream);
    await wake(context);
    microphone.watch();
    return microphone;
  } catch (error) {
    stop(stream);
    await context?.close();
    throw error;
  }
}

class Capturing implements Microphone {
  readonly #options: MicrophoneOptions;
  readonly #context: AudioContext;
  readonly #capture: AudioWorkletNode;
  #wishes: MicrophoneWishes;
  #stream: MediaStream;
  #source: MediaStreamAudioSourceNode;
  #muted = false;
  #level = 0;
  #position = 0; // chunks
  #changing: Promise<void> = Promise.resolve(); // one change at a time
  #unwatch = (): void => undefined;

  constructor(options: MicrophoneOptions, context: AudioContext, stream: MediaStream) {
    this.#options = options;
    this.#wishes = options;
    this.#context = context;
    this.#capture = new AudioWorkletNode(context, "capture");
    this.#capture.connect(context.destination); // it gives silence; unconnected, some browsers would not run it
    this.#capture.port.onmessage = ({ data }: MessageEvent<CaptureMessage>) => this.#hear(data);
    this.#stream = stream;
    this.#source = this.#connect(stream);
  }

  watch(): void {
    this.#unwatch = watch(this.#context, this.#options.onSuspended);
  }

  mute(on: boolean): void {
    this.#muted = on;
    trackOf(this.#stream).enabled = !on; // the browser may show that nobody listens
  }

  change(wishes: Partial<MicrophoneWishes>): Promise<void> {
    const changed = this.#changing.then(() => this.#change({ ...this.#wishes, ...wishes }));
    this.#changing = changed.catch(() => undefined); // the caller is told
    return changed;
  }

  async resume(): Promise<void> {
    await wake(this.#context);
  }

  get suspended(): boolean {
    return isAsleep(this.#context);
  }

  level(): number {
    return this.#muted || this.suspended ? 0 : this.#level;
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#capture.port.onmessage = null;
    stop(this.#stream);
    if (!this.#closed) await this.#context.close();
  }

  get #closed(): boolean {
    return this.#context.state === "closed";
  }

  /** Not every browser changes a track that runs; then the same device is opened again. */
  async #change(wishes: MicrophoneWishes): Promise<void> {
    const stays = wishes.deviceId === this.#wishes.deviceId && (await adapt(trackOf(this.#stream), wishes));
    if (!stays) this.#replace(await listen(wishes));
    this.#wishes = wishes;
  }

  #replace(stream: MediaStream): void {
    if (this.#closed) return stop(stream);
    const source = this.#connect(stream);
    this.#source.disconnect();
    stop(this.#stream);
    this.#source = source;
    this.#stream = stream;
  }

  #connect(stream: MediaStream): MediaStreamAudioSourceNode {
    const track = trackOf(stream);
    track.enabled = !this.#muted;
    track.addEventListener("ended", this.#options.onLost);
    const source = this.#context.createMediaStreamSource(stream);
    source.connect(this.#capture);
    return source;
  }

  #hear({ samples, level }: CaptureMessage): void {
    if (this.#muted) samples.fill(0); // what was under way when the track was switched off
    this.#level = level;
    this.#options.onChunk(samples, this.#muted ? 0 : level, this.#position++ * CHUNK_MS);
  }
}

async function listen(wishes: MicrophoneWishes): Promise<MediaStream> {
  if (!isSecureContext) throw new MicrophoneError("unsafe");
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(wishes) });
  } catch (error) {
    throw new MicrophoneError(FAULTS[(error as Error).name] ?? "busy");
  }
}

/** Whether the track is now as wished. */
async function adapt(track: MediaStreamTrack, wishes: MicrophoneWishes): Promise<boolean> {
  try {
    await track.applyConstraints(constraintsOf(wishes));
  } catch {
    return false; // it cannot be changed while it runs
  }
  const settings = track.getSettings();
  return PROCESSING.every((name) => Boolean(settings[name] ?? wishes[name]) === wishes[name]);
}

/** None is demanded: a device that was unplugged, or that cannot do one of these, is no reason to fall silent. */
function constraintsOf(wishes: MicrophoneWishes): MediaTrackConstraints {
  const { deviceId, echoCancellation, noiseSuppression, autoGainControl } = wishes;
  const constraints = { echoCancellation, noiseSuppression, autoGainControl, channelCount: 1 };
  return deviceId === "" ? constraints : { ...constraints, deviceId };
}

function trackOf(stream: MediaStream): MediaStreamTrack {
  return stream.getAudioTracks()[0]!;
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
