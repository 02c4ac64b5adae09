// How the ring looks in each phase, and how it gets from one to the next. No clock: time comes in.

import type { Phase } from "../../state/model";
import type { Ripple, Shape } from "./ink";

export type Colour = "ink" | "you" | "kaiwa" | "faint";

interface Look extends Omit<Shape, "turn"> {
  spin: number; // turns a second
  breath: number; // how far the radius swells and sinks
  listens: number; // how much the microphone moves it
  speaks: number; // how much the loudspeaker moves it
}

const REST: Look = {
  ...{ radius: 0.66, weight: 0.085, sweep: 0.93, dry: 0.75, wave: 0, fray: 0, tone: 0.95 },
  ...{ spin: 0, breath: 0, listens: 0, speaks: 0 },
};

const LOOKS: Record<Phase, Look> = {
  off: REST,
  connecting: { ...REST, tone: 0.85 },
  reconnecting: { ...REST, weight: 0.03, tone: 0.6, dry: 1, sweep: 0.8, spin: 0.1 },
  listening: { ...REST, sweep: 0.96, dry: 0.45, breath: 0.018, listens: 0.35 },
  hearing: { ...REST, radius: 0.6, sweep: 1, dry: 0.06, weight: 0.055, listens: 1 },
  thinking: { ...REST, sweep: 0.46, dry: 1, spin: 0.42, weight: 0.075 },
  speaking: { ...REST, radius: 0.64, sweep: 1, dry: 0.1, weight: 0.07, wave: 0.012, fray: 0.9, speaks: 1 },
};

const COLOURS: Record<Phase, Colour> = {
  ...{ off: "ink", connecting: "ink", reconnecting: "faint" },
  ...{ listening: "ink", hearing: "you", thinking: "ink", speaking: "kaiwa" },
};

const SETTLE_S = 0.16; // time constant of a change of phase
const ATTACK_S = 0.03; // of a level that rises
const RELEASE_S = 0.18; // of one that falls
const PAINT_S = 1.1; // one ring of the brush while connecting
const FIRST_TURN = 0.31; // the brush is set down at the lower left
const RIPPLE_S = 0.9;
const RIPPLE_EVERY_S = 0.24;
const AUDIBLE = 0.12;
const STILL = 0.002;

export function colourOf(phase: Phase, muted: boolean): Colour {
  return muted && phase === "listening" ? "faint" : COLOURS[phase];
}

/** The ring's state between frames. */
export class Mood {
  readonly #look: Look = { ...REST };
  #turn = FIRST_TURN;
  #painted = 1; // how far the brush has come, while connecting and just after
  #level = { microphone: 0, speaker: 0 };
  #rippleIn = 0;
  #seconds = 0;
  ripples: Ripple[] = [];
  shape: Shape = { ...REST, turn: FIRST_TURN };
  settled = false; // nothing moves any more: the next frame would be the same

  get seconds() {
    return this.#seconds;
  }

  /** The brush begins its ring anew. */
  paintAgain() {
    this.#painted = 0;
  }

  /** Moves everything on by `dt` seconds. Levels are 0 to 1. */
  advance(dt: number, phase: Phase, levels: { microphone: number; speaker: number }) {
    const goal = LOOKS[phase];
    this.#seconds += dt;
    const moving = ease(this.#look, goal, 1 - Math.exp(-dt / SETTLE_S));
    for (const side of ["microphone", "speaker"] as const) {
      const rises = levels[side] > this.#level[side];
      this.#level[side] += (levels[side] - this.#level[side]) * (1 - Math.exp(-dt / (rises ? ATTACK_S : RELEASE_S)));
    }
    this.#turn = turned(this.#turn, this.#look.spin, dt);
    this.#painted = painted(this.#painted, phase, dt);
    this.#makeRipples(dt, goal.listens === 1 ? this.#level.microphone : 0);
    this.settled = !moving && phase === "off" && this.#painted === 1 && this.ripples.length === 0;
    this.shape = this.#shapeNow();
  }

  /** A drawing that says the phase without moving, for those who asked for less motion. */
  hold(phase: Phase) {
    Object.assign(this.#look, LOOKS[phase]);
    this.#painted = phase === "connecting" ? 0.6 : 1;
    this.#turn = FIRST_TURN;
    this.#level = { microphone: 0.3, speaker: 0.5 };
    this.#seconds = 1;
    this.ripples = phase === "hearing" ? [0.3, 0.65].map((age) => ({ age, strength: 0.8 })) : [];
    this.settled = true;
    this.shape = this.#shapeNow();
  }

  #shapeNow(): Shape {
    const { radius, weight, sweep, dry, wave, fray, tone, breath, listens, speaks } = this.#look;
    const heard = listens * this.#level.microphone;
    const spoken = speaks * this.#level.speaker;
    return {
      radius: radius * (1 + breath * Math.sin(this.#seconds * 1.35)) + 0.02 * heard,
      weight: weight * (1 + 0.9 * heard),
      sweep: sweep * smooth(this.#painted),
      turn: this.#turn,
      dry,
      wave: wave + 0.15 * spoken + 0.012 * heard,
      fray,
      tone,
    };
  }

  #makeRipples(dt: number, level: number) {
    for (const ripple of this.ripples) ripple.age += dt / RIPPLE_S;
    if (this.ripples[0] && this.ripples[0].age >= 1) this.ripples.shift();
    this.#rippleIn -= dt;
    if (level < AUDIBLE || this.#rippleIn > 0) return;
    this.#rippleIn = RIPPLE_EVERY_S;
    this.ripples.push({ age: 0, strength: Math.min(1, 0.35 + level) });
  }
}

/** Moves `look` towards `goal`; returns whether anything still moves. */
function ease(look: Look, goal: Look, share: number) {
  let moving = false;
  for (const name of Object.keys(goal) as (keyof Look)[]) {
    const gap = goal[name] - look[name];
    if (Math.abs(gap) < STILL) look[name] = goal[name];
    else {
      look[name] += gap * share;
      moving = true;
    }
  }
  return moving;
}

/** Where the stroke begins after `dt`: it spins, or comes home the short way. */
function turned(turn: number, spin: number, dt: number) {
  if (spin > 0.02) return (turn + spin * dt) % 1;
  const gap = ((FIRST_TURN - turn + 1.5) % 1) - 0.5;
  return Math.abs(gap) < STILL ? FIRST_TURN : turn + gap * (1 - Math.exp(-dt / SETTLE_S));
}

function painted(now: number, phase: Phase, dt: number) {
  const next = now + dt / PAINT_S;
  if (phase === "connecting") return next > 1.25 ? 0 : next;
  return Math.min(1, next);
}

function smooth(share: number) {
  const at = Math.max(0, Math.min(1, share));
  return at * at * (3 - 2 * at);
}
