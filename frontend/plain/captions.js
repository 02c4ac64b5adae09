// What both sides said, line by line; a line's elements are made once and changed in place.

import { words } from "./strings.js";

const NEAR_END_PX = 80;

export class Captions {
  #list;
  #announcer; // read out by screen readers, which should get whole sentences and not every partial one
  #shown = new Map(); // id -> {line, element}
  #announced = new Set();

  constructor(list, announcer) {
    this.#list = list;
    this.#announcer = announcer;
  }

  show(lines) {
    const scroller = this.#list.parentElement;
    const following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    const ids = new Set(lines.map((line) => line.id));
    for (const [id, { element }] of this.#shown) {
      if (ids.has(id)) continue;
      element.remove();
      this.#shown.delete(id);
      this.#announced.delete(id);
    }
    lines.forEach((line) => this.#showLine(line));
    if (following) scroller.scrollTop = scroller.scrollHeight;
  }

  #showLine(line) {
    const shown = this.#shown.get(line.id) ?? { line: null, element: this.#list.appendChild(makeElement(line)) };
    if (shown.line === line) return;
    fill(shown.element, line);
    this.#shown.set(line.id, { line, element: shown.element });
    if (line.status === "open" || this.#announced.has(line.id)) return;
    this.#announced.add(line.id);
    this.#announcer.textContent = `${speakerOf(line)}: ${textOf(line)}`;
  }
}

function makeElement({ id, role }) {
  const element = document.createElement("li");
  element.className = `line ${role}`;
  element.dataset.id = id;
  for (const part of ["who", "said", "unstable", "mark", "timings"]) {
    const span = element.appendChild(document.createElement(part === "who" || part === "timings" ? "p" : "span"));
    span.className = part;
  }
  return element;
}

function fill(element, line) {
  const part = (name) => element.querySelector(`.${name}`);
  element.dataset.status = line.status;
  element.hidden = line.text === "" && line.unstable === "" && line.status === "open";
  part("who").textContent = speakerOf(line);
  part("said").textContent = line.text;
  part("unstable").textContent = line.unstable;
  part("mark").textContent = markOf(line);
  part("timings").textContent = timingsOf(line);
  part("timings").title = words("timingsMean");
}

function speakerOf({ role }) {
  return words(role === "user" ? "you" : "kaiwa");
}

function textOf(line) {
  return [line.text, markOf(line)].filter(Boolean).join(" — ");
}

function markOf({ status }) {
  return { cut: words("cutMark"), failed: words("failedMark") }[status] ?? "";
}

function timingsOf({ timings }) {
  if (!timings) return "";
  const parts = ["words", "text", "sound"]
    .filter((name) => timings[name] !== undefined)
    .map((name) => words(`timing.${name}`, { s: (timings[name] / 1000).toFixed(2) }));
  return parts.join(" · ");
}
