// What a key means. Pure: where the focus is and what is open come in.

export type Act = "hold" | "interrupt" | "mute" | "type" | "help" | "log";

export interface Press {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
}

export interface Surroundings {
  focus: "field" | "control" | "page"; // control: something that a key presses, as a button
  dialog: boolean; // one is open; it has the keys
  letters: boolean; // single characters may be keys
  holds: boolean; // push-to-talk is ready to be held
  answering: boolean; // there is an answer to interrupt
}

const LETTERS: Record<string, Act> = { m: "mute", M: "mute", "/": "type", "?": "help" };

export function actOf({ key, ctrlKey, altKey, metaKey, repeat }: Press, around: Surroundings): Act | null {
  if (around.dialog || repeat) return null;
  if (ctrlKey || altKey || metaKey) return ctrlKey && key === "." ? "log" : null;
  if (key === "Escape") return around.answering ? "interrupt" : null;
  if (around.focus === "field") return null;
  if (key === " ") return around.holds && around.focus === "page" ? "hold" : null;
  return around.letters ? (LETTERS[key] ?? null) : null;
}

/** What has the focus; `element` is `document.activeElement`. */
export function focusOf(element: Element | null): Surroundings["focus"] {
  if (element?.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select")) return "field";
  return element?.matches("button, a[href], summary, input") ? "control" : "page";
}
