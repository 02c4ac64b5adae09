// What each stage really is, from GET /ready: asked often while something is amiss, seldom otherwise, not at all when hidden.

import { words } from "./strings.js";

const NAMES = ["stt", "llm", "tts", "embedding"];
const CALM_MS = 15_000;
const EAGER_MS = 3_000;
const TIMEOUT_MS = 5_000;

/** Shows the stages in `list` and the server's warnings in `notes`, for as long as the page lives. */
export async function watchStages(list, notes) {
  for (;;) {
    if (!document.hidden) show(list, notes, await askReady());
    const amiss = list.querySelector("[data-kind=loading], [data-kind=down], [data-kind=unknown]");
    await pause(amiss ? EAGER_MS : CALM_MS);
  }
}

/** The health document (a 503 carries it too), or null when there is none to be had. */
async function askReady() {
  try {
    const response = await fetch("ready", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await response.json();
  } catch {
    return null;
  }
}

/** real | mock | fallback | loading | down | unknown; a mock is called a mock whatever else it is. */
export function kindOf(provider) {
  if (!provider?.state) return "unknown";
  if (provider.is_mock) return "mock";
  if (provider.serving === "fallback") return "fallback";
  return provider.state === "ready" ? "real" : provider.state;
}

function show(list, notes, health) {
  const providers = health?.providers ?? {};
  list.replaceChildren(...NAMES.map((name) => makeStage(name, providers[name])));
  const warnings = health ? (health.warnings ?? []) : [words("problem.unreachable")];
  notes.replaceChildren(...warnings.map((text) => makeText("li", "warning", text)));
}

function makeStage(name, provider) {
  const kind = kindOf(provider);
  const stage = makeText("li", "stage", "");
  stage.dataset.stage = name;
  stage.dataset.kind = kind;
  stage.append(makeText("span", "name", words(`stage.${name}`)), makeText("span", "kind", words(`kind.${kind}`)));
  stage.append(makeText("span", "model", shortName(provider)));
  stage.title = [provider?.provider, provider?.model, provider?.last_error].filter(Boolean).join(" · ");
  return stage;
}

function shortName(provider) {
  const name = provider?.model ?? provider?.provider ?? "";
  return name.split("/").at(-1); // a model may be called by its path
}

function makeText(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Waits, but no longer than until the page is hidden or seen again. */
function pause(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(wake, ms);
    document.addEventListener("visibilitychange", wake);
    function wake() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      resolve();
    }
  });
}
