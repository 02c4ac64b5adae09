// Which conversation the next session is to be of; a tab remembers it over a reload.

import type { Settings, State } from "../state/model";
import { recall, remember, type Memory } from "./memory";
import type { Choice, Heard } from "./wishes";

interface Options {
  storage: Storage | null; // of the tab
  settings(): Settings;
  state(): State;
}

export class Choosing {
  /** The conversation that this tab was in before the page was loaded again. */
  readonly remembered: Memory["conversation"] | null;
  /** What was heard of the last answer before the page was loaded again, if it did not get to its end. */
  readonly heardBefore: Heard | null;
  readonly #options: Options;
  #choice: Choice | null; // null: a new one, private or not as the settings say

  constructor(options: Options) {
    this.#options = options;
    const remembered = recall(options.storage);
    this.remembered = remembered?.conversation ?? null;
    this.#choice = remembered && { token: remembered.conversation.token };
    this.heardBefore = remembered?.heard ?? null;
  }

  /** `heard` is said of a conversation that is taken up, and of no other. */
  named(heard: Heard | null): Choice {
    const choice = this.#choice ?? { keep: !this.#options.settings().keepPrivate };
    return heard && "token" in choice ? { ...choice, heard } : choice;
  }

  get isOld(): boolean {
    return this.#choice !== null && !("keep" in this.#choice);
  }

  turnTo(choice: Choice | null): void {
    this.#choice = choice;
    remember(this.#options.storage, null);
  }

  /** What was chosen cannot be had: a new one that is as private as that was. */
  turnToAnother(): void {
    this.turnTo({ keep: this.#options.state().conversation?.kept ?? !this.#options.settings().keepPrivate });
  }

  /** The session has named its conversation; whatever session comes next takes it up. */
  adopt(): void {
    const { conversation } = this.#options.state();
    if (!conversation?.token) return;
    this.#choice = { token: conversation.token };
    this.leave(null);
  }

  /** The page is being left: a next one in this tab goes on where this one was. */
  leave(heard: Heard | null): void {
    const { conversation } = this.#options.state();
    if (!conversation?.token) return;
    const { id, token, kept } = conversation;
    remember(this.#options.storage, { conversation: { id, token, kept }, heard });
  }
}
