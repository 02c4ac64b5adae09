// The queue between network and loudspeaker. Pure: no clock, no browser; its time is the samples pulled from it.
//
// It starts an item early, waits longer after it ran dry, fades out when cancelled, and counts for each item
// the samples that were really handed on. Reports, by callback: {type: "started" | "underrun" | "ended", item, played}.

const START_MS = 60;
const LONGEST_WAIT_MS = 320;
const FADE_MS = 8;
const CAPACITY_S = 600; // a server that sends faster than real time may send a whole long answer

export class JitterBuffer {
  #report;
  #msToSamples;
  #items = []; // {id, chunks, offset, queued, played, ended, sounding}; the first is the one that plays
  #wait = START_MS; // how much must be there before an item starts or goes on
  #ranDry = false; // during the present item
  #rise = 0; // samples left of a fade-in
  #tail = []; // the faded end of what was cancelled

  constructor(rate, report) {
    this.#msToSamples = rate / 1000;
    this.#report = report;
  }

  get waitMs() {
    return this.#wait;
  }

  /** Queues samples (Int16Array) of an item. False, and nothing queued, when the buffer is full. */
  push(id, samples) {
    const queued = this.#items.reduce((sum, item) => sum + item.queued, 0);
    if (queued + samples.length > CAPACITY_S * 1000 * this.#msToSamples) return false;
    let item = this.#items.find((known) => known.id === id);
    if (!item) {
      item = { id, chunks: [], offset: 0, queued: 0, played: 0, ended: false, sounding: false };
      this.#items.push(item);
    }
    item.chunks.push(samples);
    item.queued += samples.length;
    return true;
  }

  /** Says that nothing more comes for an item, so that its last samples need not wait for others. */
  end(id) {
    const item = this.#items.find((known) => known.id === id);
    if (item) item.ended = true;
  }

  /** Forgets everything but a short fade; returns [{item, played}] for all that was not heard to its end. */
  cancel() {
    const [head] = this.#items;
    if (head?.sounding) this.#tail = this.#fadeOut(head);
    const cut = this.#items.map(({ id, played }) => ({ item: id, played }));
    this.#items = [];
    return cut;
  }

  /** Fills `out` (Float32Array) with the next samples, silence where there are none. */
  pull(out) {
    let at = this.#pullTail(out);
    while (at < out.length && this.#items.length > 0) {
      const [item] = this.#items;
      if (item.queued > 0) {
        if (!item.sounding && !this.#begin(item)) break;
        const from = at;
        at = this.#copy(item, out, at);
        if (item.queued === 0 && !item.ended) this.#runDry(item, out.subarray(from, at));
      } else if (!item.ended) break;
      if (item.queued === 0 && item.ended) this.#finish(item);
    }
    out.fill(0, at);
  }

  #begin(item) {
    if (!item.ended && item.queued < this.#wait * this.#msToSamples) return false;
    item.sounding = true;
    this.#rise = item.played > 0 ? this.#fadeLength : 0;
    if (item.played === 0) this.#report({ type: "started", item: item.id, played: 0 });
    return true;
  }

  #finish(item) {
    this.#items.shift();
    if (!this.#ranDry) this.#wait = Math.max(START_MS, this.#wait / 2);
    this.#ranDry = false;
    this.#report({ type: "ended", item: item.id, played: item.played });
  }

  #runDry(item, written) {
    ramp(written.subarray(Math.max(0, written.length - this.#fadeLength)), 1, 0);
    item.sounding = false;
    this.#ranDry = true;
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    this.#report({ type: "underrun", item: item.id, played: item.played });
  }

  #copy(item, out, at) {
    const count = Math.min(out.length - at, item.queued);
    this.#take(item, out.subarray(at, at + count));
    item.played += count;
    const rising = Math.min(count, this.#rise);
    const total = this.#fadeLength;
    if (rising > 0) ramp(out.subarray(at, at + rising), 1 - this.#rise / total, 1 - (this.#rise - rising) / total);
    this.#rise -= rising;
    return at + count;
  }

  /** Moves as many samples as `out` holds from an item into it. */
  #take(item, out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = item.chunks[0][item.offset++] / 32768;
      if (item.offset === item.chunks[0].length) {
        item.chunks.shift();
        item.offset = 0;
      }
    }
    item.queued -= out.length;
  }

  #fadeOut(item) {
    const tail = new Float32Array(Math.min(this.#fadeLength, item.queued));
    this.#take(item, tail);
    ramp(tail, 1, 0);
    return tail;
  }

  #pullTail(out) {
    const count = Math.min(out.length, this.#tail.length);
    for (let i = 0; i < count; i++) out[i] = this.#tail[i];
    this.#tail = this.#tail.slice(count);
    return count;
  }

  get #fadeLength() {
    return Math.round(FADE_MS * this.#msToSamples);
  }
}

function ramp(samples, from, to) {
  const step = (to - from) / Math.max(1, samples.length);
  for (let i = 0; i < samples.length; i++) samples[i] *= from + step * (i + 1);
}
