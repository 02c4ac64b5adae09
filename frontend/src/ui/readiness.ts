// What stands in the way of talking, and what to do about it. Pure: the browser and the server's health come in.

import type { Health, Microphone, Stage } from "../state/model";
import type { Key } from "../words";

/** What a browser must have; read once by `surroundings`. */
export interface Surroundings {
  secure: boolean;
  socket: boolean;
  worklet: boolean;
  microphone: boolean;
}

export interface Finding {
  weight: "stop" | "wary" | "wait"; // talking is impossible, is not what it seems, will be possible soon
  what: Key;
  cure: Key;
  stage?: Stage; // whose name fills the {stage} of `what`, and whose own words say more
}

const MICROPHONE = {
  ...{
    refused: "ready.refused",
    missing: "ready.missing",
    busy: "ready.busy",
    lost: "ready.lost",
    unsafe: "ready.unsafe",
  },
} as const satisfies Partial<Record<Microphone, Key>>;

export function surroundings(): Surroundings {
  return {
    secure: globalThis.isSecureContext,
    socket: "WebSocket" in globalThis,
    worklet: "AudioWorkletNode" in globalThis,
    microphone: typeof navigator.mediaDevices?.getUserMedia === "function",
  };
}

/** The gravest first. Empty: nothing is amiss. */
export function findingsOf(health: Health | null, microphone: Microphone, browser: Surroundings): Finding[] {
  const found = [...browserFindings(browser), ...microphoneFindings(microphone, browser), ...healthFindings(health)];
  const order = ["stop", "wary", "wait"];
  return found.sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
}

function browserFindings({ secure, socket, worklet, microphone }: Surroundings): Finding[] {
  const old = (what: Key): Finding => ({ weight: "stop", what, cure: "ready.browser.cure" });
  const found: Finding[] = [];
  if (!socket) found.push(old("ready.noSocket"));
  if (!secure) return [...found, { weight: "stop", what: "ready.unsafe", cure: "ready.unsafe.cure" }]; // it hides the rest
  if (!worklet) found.push(old("ready.noWorklet"));
  if (!microphone) found.push(old("ready.noMicrophone"));
  return found;
}

function microphoneFindings(microphone: Microphone, { secure }: Surroundings): Finding[] {
  if (!(microphone in MICROPHONE) || !secure) return [];
  const what = MICROPHONE[microphone as keyof typeof MICROPHONE];
  return [{ weight: "stop", what, cure: `${what}.cure` }];
}

function healthFindings(health: Health | null): Finding[] {
  if (health === null) return [];
  if (!health.reachable) return [{ weight: "stop", what: "ready.unreachable", cure: "ready.unreachable.cure" }];
  return health.stages.flatMap(stageFindings);
}

function stageFindings(stage: Stage): Finding[] {
  const { name, kind } = stage;
  if (kind === "real") return [];
  if (kind === "down") {
    const weight = name === "embedding" ? "wary" : "stop";
    return [{ weight, what: `ready.down.${name}`, cure: "ready.down.cure", stage }];
  }
  const weight = kind === "loading" || kind === "unknown" ? "wait" : "wary";
  return [{ weight, what: `ready.${kind}`, cure: `ready.${kind}.cure`, stage }];
}
