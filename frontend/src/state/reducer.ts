// `reduce(state, event)`: the only place where what the page knows changes. Pure and total.
//
// 1. No clock, no browser; every event carries its time.
// 2. What comes late of a silenced answer changes no line and no phase.
// 3. An event that nobody here knows changes nothing: the server may speak of more than the page shows.

import * as connection from "./connection";
import type { Event, Reactions } from "./events";
import * as items from "./items";
import type { State } from "./model";
import * as speech from "./speech";
import * as turns from "./turns";
import * as voice from "./voice";

const reactions: Reactions = {
  ...connection.reactions,
  ...voice.reactions,
  ...speech.reactions,
  ...items.reactions,
  ...turns.reactions,
};

export function reduce(state: State, event: Event): State {
  if (!Object.hasOwn(reactions, event.type)) return state;
  const react = reactions[event.type] as (state: State, event: Event) => State;
  return react(state, event);
}
