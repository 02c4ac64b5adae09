// Which of the captured sound the server has made words of: only what comes after that is worth sending again.

const MOST_OPEN = 16; // utterances whose words are still awaited

export class Utterances {
  #open: { itemId: string; endMs: number }[] = [];
  #settledMs = 0;

  /** Sound before this need not be sent again. */
  get settledMs(): number {
    return this.#settledMs;
  }

  /** An utterance ended at a position of all captured sound. */
  ended(itemId: string, endMs: number): void {
    this.#open = [...this.#open.filter((each) => each.itemId !== itemId), { itemId, endMs }].slice(-MOST_OPEN);
  }

  /** Its words are known, or never will be. */
  settle(itemId: string): void {
    const settled = this.#open.find((each) => each.itemId === itemId);
    if (settled) this.begin(settled.endMs);
  }

  /** Whatever came before this is nobody's business any more. */
  begin(positionMs: number): void {
    this.#settledMs = Math.max(this.#settledMs, positionMs);
    this.#open = this.#open.filter(({ endMs }) => endMs > this.#settledMs);
  }
}
