// The page on a stage: `?scene=speaking&words=ja&theme=dark`, without a backend. Not part of what is shipped.
// `npx vite tests/ui/harness --config vite.config.ts` shows it.

import { mount } from "svelte";

import App from "../../../src/ui/App.svelte";
import { stageScene } from "../scenes";

const asked = new URLSearchParams(location.search);
const words = asked.get("words") === "ja" ? "ja" : "en";
const theme = asked.get("theme") === "dark" ? "dark" : "light";
const kaiwa = stageScene(asked.get("scene") ?? "start", words);
kaiwa.settings.update((settings) => ({ ...settings, page: words, theme }));
kaiwa.levels.microphone = () => voice(performance.now(), 0.11);
kaiwa.levels.speaker = () => voice(performance.now(), 0.17);

mount(App, { target: document.body, props: { kaiwa } });
Object.assign(globalThis, { kaiwa });

/** Something like the loudness of syllables, 0 to 1. */
function voice(at: number, hurry: number) {
  return Math.max(0, 0.45 + 0.35 * Math.sin(at * 0.001 * hurry * 100) + 0.2 * Math.sin(at * 0.0031));
}
