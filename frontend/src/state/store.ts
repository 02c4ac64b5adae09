// The state as a store: changed by events only, and silent when an event changed nothing.

import { writable, type Readable } from "svelte/store";

import type { Event } from "./events";
import type { State } from "./model";
import { reduce } from "./reducer";

export interface StateStore extends Readable<State> {
  now(): State;
  dispatch(event: Event): void;
}

export function openState(first: State): StateStore {
  const store = writable(first);
  let now = first;
  return {
    subscribe: store.subscribe,
    now: () => now,
    dispatch(event) {
      const next = reduce(now, event);
      if (next === now) return;
      now = next;
      store.set(now);
    },
  };
}
