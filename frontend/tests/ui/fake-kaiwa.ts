// A Kaiwa without network and sound: it holds what it is given and notes what it is asked.

import { get, writable, type Writable } from "svelte/store";

import type { Devices, Kaiwa, LogEntry } from "../../src/kaiwa";
import { initial, type Health, type Problem, type Settings, type State, type Summary } from "../../src/state/model";
import { defaults } from "../../src/state/settings";

export interface FakeKaiwa extends Kaiwa {
  calls: [name: string, ...given: unknown[]][];
  state: Writable<State>;
  health: Writable<Health | null>;
  settings: Writable<Settings>;
  devices: Writable<Devices>;
  voices: Writable<{ names: string[]; preset: string | null }>;
  entries: Writable<readonly LogEntry[]>;
  kept: Summary[];
  accepts: string | null; // the key that signs in
}

export function fakeKaiwa(given: Partial<State> = {}): FakeKaiwa {
  const calls: FakeKaiwa["calls"] = [];
  const note = (name: string, ...values: unknown[]) => void calls.push([name, ...values]);
  const state = writable<State>({ ...initial, ...given });
  const settings = writable<Settings>({ ...defaults });
  const entries = writable<readonly LogEntry[]>([]);
  const change = (values: Partial<State>) => state.update((now) => ({ ...now, ...values }));
  const fake: FakeKaiwa = {
    ...{ calls, state, settings, entries, kept: [], accepts: null },
    health: writable<Health | null>(null),
    devices: writable<Devices>({ microphones: [], speakers: [] }),
    voices: writable({ names: [], preset: null }),
    levels: { microphone: () => 0, speaker: () => 0 },
    log: { subscribe: entries.subscribe, clear: () => entries.set([]) },
    conversations: {
      list: (query) => {
        note("list", query);
        return Promise.resolve({ found: fake.kept.filter(({ title }) => title.includes(query)), next: null });
      },
      rename: (id, title) => {
        note("rename", id, title);
        const known = fake.kept.find((summary) => summary.id === id);
        return known ? Promise.resolve({ ...known, title }) : Promise.reject(new Error("unknown"));
      },
      remove: (id) => {
        note("remove", id);
        return Promise.resolve();
      },
      exportAddress: (id, format) => `v1/conversations/${id}/export?format=${format}`,
    },
    talk: () => (note("talk"), change({ connection: "live", microphone: "on" })),
    stop: () => (note("stop"), change({ connection: "off", microphone: "off" })),
    hold: () => (note("hold"), change({ holding: true })),
    release: () => (note("release"), change({ holding: false })),
    say: (text) => note("say", text),
    interrupt: () => (note("interrupt"), change({ playing: null, waiting: false })),
    mute: (on) => (note("mute", on), change({ muted: on })),
    change: (values) => {
      note("change", values);
      settings.update((now) => ({ ...now, ...values }));
    },
    setMode: (mode) => {
      note("setMode", mode);
      change({ mode });
      settings.update((now) => ({ ...now, mode }));
    },
    begin: (keep) => (note("begin", keep), change({ lines: [], conversation: null })),
    open: (id) => note("open", id),
    dismiss: () => (note("dismiss"), change({ problem: null })),
    signIn: (key): Promise<Problem | null> => {
      note("signIn");
      if (key !== fake.accepts) return Promise.resolve({ code: "wrong_key" });
      change({ problem: null });
      return Promise.resolve(null);
    },
    sampleAddress: (voice) => `v1/voices/${voice}/sample?language=${get(settings).page === "ja" ? "ja" : "en"}`,
  };
  return fake;
}
