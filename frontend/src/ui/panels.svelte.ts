// Which panel is open, if any. Every part of the page may open one.

import { createContext } from "svelte";

export type Panel = "conversations" | "settings" | "help" | "stages" | "timings";

export class Panels {
  open = $state<Panel | null>(null);
  turn = $state<number | null>(null); // of "timings": the turn that was asked for

  show(panel: Panel, turn: number | null = null) {
    this.open = panel;
    this.turn = turn;
  }

  close = () => {
    this.open = null;
  };
}

export const [getPanels, setPanels] = createContext<Panels>();
