// The microphone: opens it, keeps it as the person wishes, and hands out its sound in chunks of 20 ms.

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
  /** To be called from a touch or key, when `suspended`. */
  resume(): Promise<void>;
  readonly suspended: boolean;
  /** The loudness of the last chunk, 0 to 1; 0 while muted. */
  level(): number;
  close(): Promise<void>;
}

/** Rejects with a MicrophoneError. To be called from a touch or key: browsers ask for the person's consent then. */
export async function openMicrophone(_options: MicrophoneOptions): Promise<Microphone> {
  throw new MicrophoneError("missing");
}
