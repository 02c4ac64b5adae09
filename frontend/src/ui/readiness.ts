// What stands in the way of talking, and what to do about it. Pure: the browser and the server's health come in.

import type { Health, Microphone, Stage, StageKind, StageName } from "../state/model";
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
  stages: StageName[]; // whose names fill the {stages} of `what`
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

const WEIGHTS = {
  ...{ mock: "wary", fallback: "wary", loading: "wait", unknown: "wait" },
} as const satisfies Partial<Record<StageKind, Finding["weight"]>>;

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
  const old = (what: Key): Finding => ({ weight: "stop", what, cure: "ready.browser.cure", stages: [] });
  const found: Finding[] = [];
  if (!socket) found.push(old("ready.noSocket"));
  if (!secure) return [...found, { weight: "stop", what: "ready.unsafe", cure: "ready.unsafe.cure", stages: [] }]; // it hides the rest
  if (!worklet) found.push(old("ready.noWorklet"));
  if (!microphone) found.push(old("ready.noMicrophone"));
  return found;
}

function microphoneFindings(microphone: Microphone, { secure }: Surroundings): Finding[] {
  if (!(microphone in MICROPHONE) || !secure) return [];
  const what = MICROPHONE[microphone as keyof typeof MICROPHONE];
  return [{ weight: "stop", what, cure: `${what}.cure`, stages: [] }];
}

function healthFindings(health: Health | null): Finding[] {
  if (health === null) return [];
  if (!health.reachable)
    return [{ weight: "stop", what: "ready.unreachable", cure: "ready.unreachable.cure", stages: [] }];
  const kinds = Object.entries(WEIGHTS) as [keyof typeof WEIGHTS, Finding["weight"]][];
  const shared = kinds.flatMap(([kind, weight]): Finding[] => {
    const stages = health.stages.filter((stage) => stage.kind === kind).map(({ name }) => name);
    return stages.length === 0 ? [] : [{ weight, what: `ready.${kind}`, cure: `ready.${kind}.cure`, stages }];
  });
  return [...health.stages.filter(({ kind }) => kind === "down").map(downFinding), ...shared];
}

/** What a stage that is down takes away is different for each. */
function downFinding({ name }: Stage): Finding {
  const weight = name === "embedding" ? "wary" : "stop";
  return { weight, what: `ready.down.${name}`, cure: "ready.down.cure", stages: [name] };
}
