// Push-to-talk: each time the button is held is an utterance, which is open until the server has its words.

const SLIP_MS = 200; // a shorter hold was not meant
const MOST_OPEN = 16;

export interface Hold {
  id: string; // of the question that it is
  fromMs: number; // position in all captured sound
  toMs: number | null; // null: the button is still down
  askedAt: number; // when the button came up
  itemId: string | null; // null: the server has not said that it got it
}

export class Holds {
  #open: Hold[] = [];
  #pressedAt = 0;

  get isDown(): boolean {
    return this.#open.at(-1)?.toMs === null;
  }

  /** Those whose words are not known, the oldest first. */
  get open(): readonly Hold[] {
    return this.#open;
  }

  press(id: string, positionMs: number, at: number): void {
    this.#pressedAt = at;
    this.#open = [...this.#open, { id, fromMs: positionMs, toMs: null, askedAt: 0, itemId: null }].slice(-MOST_OPEN);
  }

  /** Returns what is now an utterance. A slip is forgotten, and so is a hold in which nothing was captured: null. */
  release(positionMs: number, at: number): Hold | null {
    const down = this.#open.at(-1);
    if (down?.toMs !== null) return null;
    const isMeant = at - this.#pressedAt >= SLIP_MS && positionMs > down.fromMs;
    const hold = { ...down, toMs: positionMs, askedAt: at };
    this.#open = [...this.#open.slice(0, -1), ...(isMeant ? [hold] : [])];
    return isMeant ? hold : null;
  }

  /** The server has made an item of the oldest that it had not; returns where that ended. */
  committed(itemId: string): number | null {
    const hold = this.#open.find((each) => each.itemId === null && each.toMs !== null);
    if (!hold) return null;
    hold.itemId = itemId;
    return hold.toMs;
  }

  settle(itemId: string): void {
    this.#open = this.#open.filter((hold) => hold.itemId !== itemId);
  }

  /** All are to be sent again, to a server that has made an item of none. */
  restart(): void {
    this.#open = this.#open.map((hold) => ({ ...hold, itemId: null }));
  }

  clear(): void {
    this.#open = [];
  }
}
