// Time as an argument: what waits or measures is given a clock, so that tests need not wait.

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Runs something later; returns what calls that off. */
  after(ms: number, run: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
