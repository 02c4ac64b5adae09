// The queue between network and loudspeaker. Pure: no clock, no browser; its time is the samples pulled from it.
//
// It starts an item early, waits longer after it ran dry and less again after an item that did not, fades out when it
// runs dry or is cancelled, and counts for each item the samples that were really handed on.

const START_MS = 40;
const LONGEST_WAIT_MS = 320;
const FADE_MS = 8;
const REPORT_MS = 50;
const CAPACITY_S = 600; // a server that sends faster than real time may send a whole long answer

/** How many samples of an item were handed on, and what happened then. */
export interface JitterReport {
  type: "started" | "progress" | "underrun" | "ended";
  item: string;
  played: number;
}

export interface Cut {
  item: string;
  played: number;
}

interface Queued {
  readonly id: string;
  readonly chunks: Int16Array[];
  offset: number; // into the first chunk
  queued: number;
  played: number;
  reported: number; // `played` when it was last told
  ended: boolean;
  sounding: boolean;
}

export class JitterBuffer {
  readonly #report: (report: JitterReport) => void;
  readonly #msToSamples: number;
  readonly #fade: number; // samples
  #items: Queued[] = []; // the first is the one that plays
  #queued = 0; // samples of all items
  #wait = START_MS; // how much must be there before an item starts or goes on
  #ranDry = false; // during the present item
  #rise = 0; // samples left of a fade-in
  #tail = new Float32Array(0); // the faded end of what was cancelled or ran dry

  constructor(rate: number, report: (report: JitterReport) => void) {
    this.#msToSamples = rate / 1000;
    this.#fade = Math.round(FADE_MS * this.#msToSamples);
    this.#report = report;
  }

  get waitMs(): number {
    return this.#wait;
  }

  /** Queues samples of an item. False, and nothing queued, when the buffer is full. */
  push(id: string, samples: Int16Array): boolean {
    if (this.#queued + samples.length > CAPACITY_S * 1000 * this.#msToSamples) return false;
    if (samples.length === 0) return true;
    const item = this.#items.find((known) => known.id === id) ?? this.#add(id);
    item.chunks.push(samples);
    item.queued += samples.length;
    this.#queued += samples.length;
    return true;
  }

  /** Says that nothing more comes for an item, so that its last samples need not wait for others. */
  end(id: string): void {
    const item = this.#items.find((known) => known.id === id);
    if (item) item.ended = true;
  }

  /** Forgets everything but a short fade; returns what was not played to its end, the one that sounded first. */
  cancel(): Cut[] {
    const [head] = this.#items;
    if (head?.sounding) this.#tail = this.#fadeOut(head);
    const cut = this.#items.map(({ id, played }) => ({ item: id, played }));
    this.#items = [];
    this.#queued = 0;
    this.#ranDry = false;
    return cut;
  }

  /** Fills `out` with the next samples, silence where there are none. */
  pull(out: Float32Array): void {
    let at = this.#pullTail(out);
    for (let item = this.#items[0]; item && at < out.length; item = this.#items[0]) {
      if (!item.sounding && !this.#begin(item)) break;
      if (!item.ended && item.queued < out.length - at + this.#fade) {
        this.#runDry(item);
        at += this.#pullTail(out.subarray(at));
        break;
      }
      at = this.#copy(item, out, at);
      if (item.ended && item.queued === 0) this.#finish(item);
    }
    out.fill(0, at);
    this.#tellProgress();
  }

  #add(id: string): Queued {
    const item = { id, chunks: [], offset: 0, queued: 0, played: 0, reported: 0, ended: false, sounding: false };
    this.#items.push(item);
    return item;
  }

  #tell(type: JitterReport["type"], item: Queued): void {
    item.reported = item.played;
    this.#report({ type, item: item.id, played: item.played });
  }

  #tellProgress(): void {
    const [head] = this.#items;
    if (head && head.played - head.reported >= REPORT_MS * this.#msToSamples) this.#tell("progress", head);
  }

  #begin(item: Queued): boolean {
    if (!item.ended && item.queued < this.#wait * this.#msToSamples) return false;
    item.sounding = true;
    this.#rise = item.played > 0 ? this.#fade : 0;
    if (item.played === 0) this.#tell("started", item);
    return true;
  }

  #finish(item: Queued): void {
    this.#items.shift();
    if (!this.#ranDry) this.#wait = Math.max(START_MS, this.#wait / 2);
    this.#ranDry = false;
    this.#tell("ended", item);
  }

  /** What is left is just enough to fade out with. It counts as played: it will not be played again. */
  #runDry(item: Queued): void {
    this.#tail = new Float32Array(item.queued);
    this.#copy(item, this.#tail, 0);
    ramp(this.#tail.subarray(-this.#fade), 1, 0);
    item.sounding = false;
    this.#ranDry = true;
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    this.#tell("underrun", item);
  }

  #copy(item: Queued, out: Float32Array, at: number): number {
    const count = Math.min(out.length - at, item.queued);
    this.#take(item, out.subarray(at, at + count));
    item.played += count;
    const rising = Math.min(count, this.#rise);
    ramp(out.subarray(at, at + rising), 1 - this.#rise / this.#fade, 1 - (this.#rise - rising) / this.#fade);
    this.#rise -= rising;
    return at + count;
  }

  /** Moves as many samples as `out` holds from an item into it. */
  #take(item: Queued, out: Float32Array): void {
    for (let at = 0; at < out.length;) {
      const chunk = item.chunks[0]!;
      const count = Math.min(out.length - at, chunk.length - item.offset);
      for (let i = 0; i < count; i++) out[at + i] = chunk[item.offset + i]! / 32768;
      at += count;
      item.offset += count;
      if (item.offset === chunk.length) {
        item.chunks.shift();
        item.offset = 0;
      }
    }
    item.queued -= out.length;
    this.#queued -= out.length;
  }

  #fadeOut(item: Queued): Float32Array<ArrayBuffer> {
    const tail = new Float32Array(Math.min(this.#fade, item.queued));
    this.#take(item, tail);
    ramp(tail, 1, 0);
    return tail;
  }

  #pullTail(out: Float32Array): number {
    const count = Math.min(out.length, this.#tail.length);
    out.set(this.#tail.subarray(0, count));
    this.#tail = this.#tail.slice(count);
    return count;
  }
}

function ramp(samples: Float32Array, from: number, to: number): void {
  const step = (to - from) / Math.max(1, samples.length);
  for (let i = 0; i < samples.length; i++) samples[i]! *= from + step * (i + 1);
}
