// The page put together: the only place that knows every part.

import { mount } from "svelte";
import { writable } from "svelte/store";

import { listDevices, watchDevices } from "./audio/devices";
import { openMicrophone } from "./audio/microphone";
import { isOpusServed, openDecoder, openEncoder } from "./audio/opus";
import { openSpeaker } from "./audio/speaker";
import type { Devices, Kaiwa } from "./kaiwa";
import { openApi } from "./net/api";
import { browserClock as clock } from "./net/clock";
import { openEventLog } from "./net/event-log";
import { HealthWatch } from "./net/health";
import { Library } from "./net/library";
import { takeKey } from "./net/sign-in";
import { openSocket, realtimeAddress } from "./net/socket";
import { Talk } from "./net/talk";
import type { PageEvent } from "./state/events";
import { initial, type State } from "./state/model";
import { openSettings } from "./state/settings";
import { openState } from "./state/store";
import App from "./ui/App.svelte";
import { pageLanguage } from "./words";

/** A browser that is told to keep nothing throws at the mere name. */
function storageOf(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}

const settings = openSettings(storageOf(() => localStorage));
const state = openState({ ...initial, mode: settings.now().mode });
const tell = (event: PageEvent) => state.dispatch({ ...event, at: clock.now() });
const log = openEventLog(clock);
const devices = writable<Devices>({ microphones: [], speakers: [] });
const voices = writable<{ names: string[]; preset: string | null }>({ names: [], preset: null });

const api = openApi({
  fetch: (...request) => fetch(...request),
  onKeyNeeded: () => tell({ type: "problem.raised", problem: { code: "key_needed" } }),
});
const talk = new Talk({
  ...{ clock, settings, state, openMicrophone, openSpeaker, openEncoder, openDecoder, isOpusServed },
  random: Math.random,
  connect: (handlers) => openSocket({ address: realtimeAddress(location.href), note: log.note }, handlers),
  isKeyNeeded: api.isKeyNeeded,
  storage: storageOf(() => sessionStorage),
});
const library = new Library({ api, talk, state, tell });
const health = new HealthWatch(api.health, clock);

async function refreshDevices(): Promise<void> {
  devices.set(await listDevices());
}

async function refreshVoices(): Promise<void> {
  try {
    voices.set(await api.voices());
  } catch (error) {
    console.info(error); // the page says by itself when there is no server, or no key
  }
}

const kaiwa: Kaiwa = {
  ...{ state, settings, devices, voices, log },
  health: health.health,
  levels: talk.levels,
  conversations: library,
  talk: () => void talk.talk(),
  stop: () => void talk.stop(),
  hold: () => talk.hold(),
  release: () => talk.release(),
  say: (text) => void talk.say(text),
  interrupt: () => talk.interrupt(),
  mute: (on) => talk.mute(on),
  change: (patch) => talk.change(patch),
  setMode: (mode) => talk.change({ mode }),
  begin: (keep) => void talk.turnTo({ keep }),
  open: (id) => void library.open(id),
  dismiss: () => tell({ type: "problem.dismissed" }),
  async signIn(key) {
    const problem = await api.signIn(key);
    if (problem) return problem;
    tell({ type: "problem.dismissed" });
    void refreshVoices();
    return null;
  },
  sampleAddress: (voice) => api.sampleAddress(voice, settings.now().language === "ja" ? "ja" : pageLanguage()),
};

async function start(): Promise<void> {
  const key = takeKey(location, history);
  const problem = key === null ? null : await api.signIn(key);
  if (problem) tell({ type: "problem.raised", problem });
  await refreshVoices();
  await library.recall();
}

/** Runs something whenever a part of the state has another value. */
function follow<Value>(part: (state: State) => Value, run: (value: Value) => void): void {
  let last = part(state.now());
  state.subscribe((now) => {
    if (part(now) === last) return;
    last = part(now);
    run(last);
  });
}

settings.subscribe(({ debug }) => log.open(debug));
follow(
  ({ microphone }) => microphone === "on",
  () => void refreshDevices(), // now they have names
);
follow(
  ({ connection }) => connection === "live",
  (isLive) => isLive && void refreshVoices(),
);
watchDevices(() => {
  void refreshDevices();
  talk.devicesChanged();
});
document.addEventListener("visibilitychange", () => {
  health.see(!document.hidden);
  if (!document.hidden) talk.nudge();
});
addEventListener("online", () => talk.nudge());
addEventListener("pagehide", () => talk.leave());
health.see(!document.hidden);
void refreshDevices();
void start();
mount(App, { target: document.body, props: { kaiwa } });
