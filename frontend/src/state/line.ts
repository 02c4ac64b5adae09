// Lines: found, made, changed, dropped and kept in the server's order.

import type { Line, State } from "./model";

const MOST_LINES = 400;
const MOST_IDS = 2000;

export function lineOf(state: State, id: string): Line | undefined {
  return state.lines.find((line) => line.id === id);
}

export function newLine(id: string, role: Line["role"], via: Line["via"]): Line {
  return { id, role, via, text: "", unstable: "", voiced: 0, status: "open", marks: [], soundMs: 0 };
}

/** Changes a line that there is. */
export function changeLine(state: State, id: string, change: (line: Line) => Line): State {
  const line = lineOf(state, id);
  if (!line) return state;
  const changed = change(line);
  return changed === line ? state : { ...state, lines: state.lines.map((each) => (each === line ? changed : each)) };
}

/** Adds a line at the end, if there is none of its id. */
export function addLine(state: State, line: Line): State {
  if (lineOf(state, line.id)) return state;
  const placed = state.order.includes(line.id) ? state : place(state, line.id, undefined);
  return { ...placed, lines: sorted([...state.lines, line], placed.order).slice(-MOST_LINES) };
}

export function dropLine(state: State, id: string): State {
  return lineOf(state, id) ? { ...state, lines: state.lines.filter((line) => line.id !== id) } : state;
}

/** Drops the line if it says nothing. */
export function dropBlank(state: State, id: string): State {
  const line = lineOf(state, id);
  return line && isBlank(line) ? dropLine(state, id) : state;
}

export function isBlank(line: Line): boolean {
  return (line.text + line.unstable).trim() === "" && line.status !== "failed";
}

/** Puts an item behind another in the server's order: null is the front; behind one that is not known, the end. */
export function place(state: State, id: string, previous: string | null | undefined): State {
  const others = state.order.filter((each) => each !== id);
  const behind = previous === null ? 0 : others.indexOf(previous ?? "") + 1 || others.length;
  const order = [...others.slice(0, behind), id, ...others.slice(behind)].slice(-MOST_IDS);
  return { ...state, order, lines: sorted(state.lines, order) };
}

/** Lines that the order does not know are older than it: they stay in front. */
function sorted(lines: Line[], order: readonly string[]): Line[] {
  const rank = new Map(order.map((id, n) => [id, n]));
  return lines.toSorted((a, b) => (rank.get(a.id) ?? -1) - (rank.get(b.id) ?? -1));
}
