// Streaming sample-rate conversion with a short polyphase FIR. Pure: no clock, no browser.
//
// 64 taps for 48 kHz -> 24 kHz: half of that, 0.7 ms, is the whole delay. Flat to 8 kHz, all that
// speech recognition uses, and 70 dB down where aliases would begin.

const ZERO_CROSSINGS = 16; // on either side of the kernel's centre
const ROLL_OFF = 0.865; // leaves the transition band just below half of the lower rate
const KAISER_BETA = 7;

export class Resampler {
  readonly #up: number; // phases between two input samples
  readonly #down: number; // phases from one output sample to the next
  readonly #kernels: Float32Array[]; // one FIR for each phase
  readonly #taps: number;
  #history: Float32Array; // input not yet consumed, the oldest first
  #held = 0; // how much of #history is filled
  #phase = 0;

  /**
   * `late` begins with enough silence that a block of n samples gives n * outputRate / inputRate at once, when that
   * is a whole number; otherwise the first output stands on the first input, and the last ones wait for what follows.
   */
  constructor(inputRate: number, outputRate: number, late = false) {
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#up = outputRate / divisor;
    this.#down = inputRate / divisor;
    const shrink = Math.min(1, outputRate / inputRate);
    this.#taps = 2 * Math.ceil(ZERO_CROSSINGS / shrink);
    this.#kernels = makeKernels(this.#up, this.#taps, (shrink * ROLL_OFF) / 2);
    this.#history = new Float32Array(this.#taps);
    this.#held = late ? this.#taps - 1 : this.#taps / 2 - 1;
  }

  /** Most samples that `process` can return for so many of input. */
  longest(inputLength: number): number {
    return Math.ceil(((inputLength + this.#taps) * this.#up) / this.#down) + 1;
  }

  /** Converts `input`, writes to the front of `output` and returns how many samples it wrote. */
  process(input: Float32Array, output: Float32Array): number {
    this.#append(input);
    let start = 0;
    let written = 0;
    while (start + this.#taps <= this.#held) {
      output[written++] = convolve(this.#kernels[this.#phase]!, this.#history, start);
      this.#phase += this.#down;
      start += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    start = Math.min(start, this.#held);
    this.#history.copyWithin(0, start, this.#held);
    this.#held -= start;
    return written;
  }

  #append(input: Float32Array): void {
    const needed = this.#held + input.length;
    if (needed > this.#history.length) {
      const larger = new Float32Array(needed + this.#taps); // once: blocks are all of one size
      larger.set(this.#history.subarray(0, this.#held));
      this.#history = larger;
    }
    this.#history.set(input, this.#held);
    this.#held = needed;
  }
}

function convolve(kernel: Float32Array, history: Float32Array, start: number): number {
  let sum = 0;
  for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * history[start + k]!;
  return sum;
}

/** A windowed sinc, sampled at `phases` offsets between two input samples, each summing to one. */
function makeKernels(phases: number, taps: number, cutoff: number): Float32Array[] {
  const half = taps / 2;
  return Array.from({ length: phases }, (_, phase) => {
    const kernel = Float32Array.from({ length: taps }, (_unused, k) => {
      const x = k - (half - 1) - phase / phases;
      return sinc(2 * cutoff * x) * kaiser(x / half);
    });
    const sum = kernel.reduce((total, value) => total + value, 0);
    return kernel.map((value) => value / sum);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-9 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
