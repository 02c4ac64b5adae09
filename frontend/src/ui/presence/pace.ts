// How long the script of a frame takes, kept where an end-to-end test or a curious person can read it.

const KEPT = 600; // ten seconds of frames
const TOLD_EVERY = 60;

export class Pace {
  readonly #times = new Float32Array(KEPT);
  #frames = 0;

  /** Notes one frame; every second or so, `data-frames`, `data-frame-median` and `data-frame-p95` (ms) of `place` say how it goes. */
  note(ms: number, place: HTMLElement) {
    this.#times[this.#frames++ % KEPT] = ms;
    if (this.#frames % TOLD_EVERY !== 0) return;
    const sorted = this.#times.slice(0, Math.min(this.#frames, KEPT)).sort();
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
    place.dataset.frames = String(this.#frames);
    place.dataset.frameMedian = at(0.5);
    place.dataset.frameP95 = at(0.95);
  }
}
