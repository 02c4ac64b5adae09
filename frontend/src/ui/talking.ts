// What can be done about the talk just now.

import type { Phase, State } from "../state/model";
import { phaseOf } from "../state/model";
import type { Key } from "../words";

/** What the great button does. `hold`: as long as it is held, one talks. */
export type Deed = "talk" | "hold" | "end";

export function deedOf({ connection, microphone, mode }: State): Deed {
  if (connection === "off" || (connection === "live" && isDeaf(microphone))) return "talk";
  return connection === "live" && mode === "push-to-talk" ? "hold" : "end";
}

export function isAnswering({ waiting, playing }: State): boolean {
  return waiting || playing !== null;
}

/** The few words under the ring: the phase, or what it waits for. */
export function labelOf(state: State): Key {
  const { microphone, muted, mode } = state;
  const phase: Phase = phaseOf(state);
  if (microphone === "asking") return "phase.asking";
  if (phase === "off" || phase === "connecting" || phase === "reconnecting") return `phase.${phase}`;
  if (microphone === "suspended") return "phase.suspended";
  if (phase !== "listening") return `phase.${phase}`;
  if (isDeaf(microphone)) return "phase.typing";
  if (muted) return "phase.muted";
  return mode === "push-to-talk" ? "phase.held" : "phase.listening";
}

/** There is no microphone to hear with, and none on its way. */
function isDeaf(microphone: State["microphone"]): boolean {
  return !["asking", "on", "suspended"].includes(microphone);
}
