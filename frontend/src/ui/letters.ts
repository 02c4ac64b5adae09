// Whether single characters are keys. It is a matter of hands and tools, so it stays in this browser and goes nowhere else.

import { writable } from "svelte/store";

const NAME = "kaiwa.letters";

export const letters = writable(read());

letters.subscribe((on) => {
  try {
    localStorage.setItem(NAME, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing: the choice holds until the page is closed.
  }
});

function read(): boolean {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true;
  }
}
