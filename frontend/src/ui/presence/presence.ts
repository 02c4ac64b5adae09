// The living ring: draws a frame when there is something new to see, and none when there is not.

import type { Levels } from "../../kaiwa";
import type { Phase } from "../../state/model";
import { paint, paintRipples } from "./ink";
import { type Colour, Mood, colourOf } from "./mood";
import { Pace } from "./pace";

const LONGEST_STEP_S = 0.05; // after a pause the ring goes on from where it was
const CALM = "(prefers-reduced-motion: reduce)";
const DARK = "(prefers-color-scheme: dark)";
const SHARPEST = 2; // more pixels than that nobody sees in a brush stroke

export class Presence {
  readonly #context: CanvasRenderingContext2D;
  readonly #mood = new Mood();
  readonly #pace = new Pace();
  readonly #ending = new AbortController();
  readonly #watcher: ResizeObserver;
  readonly #calm = matchMedia(CALM);
  #colours: Record<Colour, string> = { ink: "", you: "", kaiwa: "", faint: "" };
  #phase: Phase = "off";
  #muted = false;
  #frame = 0;
  #before = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly levels: Levels,
  ) {
    this.#context = canvas.getContext("2d")!;
    const { signal } = this.#ending;
    this.#calm.addEventListener("change", this.refresh, { signal });
    matchMedia(DARK).addEventListener("change", this.refresh, { signal });
    this.#watcher = new ResizeObserver(this.#fit);
    this.#watcher.observe(canvas);
    this.#mood.paintAgain();
  }

  show(phase: Phase, muted: boolean) {
    if (phase === "connecting" && this.#phase !== "connecting") this.#mood.paintAgain();
    this.#phase = phase;
    this.#muted = muted;
    this.#wake();
  }

  /** Reads the colours anew: the theme may have changed. */
  refresh = () => {
    const { color, fill, stroke, outlineColor } = getComputedStyle(this.canvas);
    this.#colours = { ink: color, you: fill, kaiwa: stroke, faint: outlineColor };
    this.#wake();
  };

  close() {
    this.#ending.abort();
    this.#watcher.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #fit = () => {
    const size = Math.round(this.canvas.clientWidth * Math.min(SHARPEST, devicePixelRatio));
    if (size === 0 || size === this.canvas.width) return;
    this.canvas.width = this.canvas.height = size;
    this.refresh();
  };

  #wake() {
    if (this.#frame !== 0 || this.canvas.width === 0) return;
    this.#before = 0;
    this.#frame = requestAnimationFrame(this.#tick);
  }

  #tick = (now: number) => {
    const began = performance.now();
    const dt = this.#before === 0 ? 0 : Math.min(LONGEST_STEP_S, (now - this.#before) / 1000);
    this.#before = now;
    if (this.#calm.matches) this.#mood.hold(this.#phase);
    else this.#mood.advance(dt, this.#phase, this.#levelsNow());
    this.#draw();
    this.#frame = this.#mood.settled ? 0 : requestAnimationFrame(this.#tick);
    this.#pace.note(performance.now() - began, this.canvas);
  };

  #levelsNow() {
    return { microphone: this.#muted ? 0 : this.levels.microphone(), speaker: this.levels.speaker() };
  }

  #draw() {
    const { shape, ripples, seconds } = this.#mood;
    const size = this.canvas.width;
    paint(this.#context, size, shape, seconds, this.#colours[colourOf(this.#phase, this.#muted)]);
    paintRipples(this.#context, size, shape.radius + shape.weight, ripples);
  }
}
