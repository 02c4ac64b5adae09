// What a person chose, kept in this browser. What is read back is checked value by value: a broken one is the default.

import { writable, type Writable } from "svelte/store";

import type { Settings } from "./model";

const KEY = "kaiwa.settings";
const VERSION = 1;

export const defaults: Settings = {
  page: "auto",
  theme: "auto",
  language: "auto",
  voice: "",
  speed: 1,
  patienceMs: 500,
  instructions: "",
  temperature: null,
  mode: "hands-free",
  microphone: "",
  speaker: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  keepPrivate: false,
  debug: false,
};

const isOneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isWithin = (least: number, most: number) => (value: unknown) =>
  typeof value === "number" && value >= least && value <= most;
const isText = (longest: number) => (value: unknown) => typeof value === "string" && value.length <= longest;
const isSwitch = (value: unknown) => typeof value === "boolean";

/** The server's own ranges. */
const CHECKS: { [Name in keyof Settings]: (value: unknown) => boolean } = {
  page: isOneOf("auto", "en", "ja"),
  theme: isOneOf("auto", "light", "dark"),
  language: isOneOf("auto", "en", "ja"),
  voice: isText(200),
  speed: isWithin(0.25, 1.5),
  patienceMs: (value) => isWithin(0, 10_000)(value) && Number.isInteger(value),
  instructions: isText(100_000),
  temperature: (value) => value === null || isWithin(0, 2)(value),
  mode: isOneOf("hands-free", "push-to-talk"),
  microphone: isText(1000),
  speaker: isText(1000),
  echoCancellation: isSwitch,
  noiseSuppression: isSwitch,
  autoGainControl: isSwitch,
  keepPrivate: isSwitch,
  debug: isSwitch,
};

/** The defaults, with every value of `given` that is one: nothing else of it is taken over. */
export function checked(given: unknown): Settings {
  if (typeof given !== "object" || given === null) return { ...defaults };
  const own = (name: string) => (Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined);
  const values = Object.entries(CHECKS).map(([name, isValid]) => {
    const value = own(name);
    return [name, isValid(value) ? value : defaults[name as keyof Settings]];
  });
  return Object.fromEntries(values) as Settings;
}

/** Which values differ. */
export function changedFields(before: Settings, after: Settings): (keyof Settings)[] {
  return (Object.keys(defaults) as (keyof Settings)[]).filter((name) => before[name] !== after[name]);
}

export interface SettingsStore extends Writable<Settings> {
  now(): Settings;
}

/** A store that is written down at every change. `storage` may refuse: then the choices last as long as the page. */
export function openSettings(storage: Storage | null): SettingsStore {
  let now = checked(read(storage));
  const store = writable(now);
  store.subscribe((values) => {
    now = values;
    write(storage, values);
  });
  return { ...store, now: () => now };
}

function read(storage: Storage | null): unknown {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "null");
    const isOurs = typeof kept === "object" && kept !== null && "version" in kept && kept.version === VERSION;
    return isOurs && "values" in kept ? kept.values : null;
  } catch {
    return null; // not JSON, or the browser keeps nothing for this page
  }
}

function write(storage: Storage | null, values: Settings): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ version: VERSION, values }));
  } catch {
    // Full, or forbidden: what was chosen holds until the page is closed.
  }
}
