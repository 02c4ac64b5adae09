// What the page may have to show, one scene a name. For looking at it, and for tests that check every one.

import type { Health, Line, Marks, Stage, StageKind, StageName, State, Turn } from "../../src/state/model";
import { fakeKaiwa, type FakeKaiwa } from "./fake-kaiwa";

type Language = "en" | "ja";

const TALK = {
  en: [
    "What does the garden plan say about the north bed?",
    "It says the north bed stays in shade until noon, so it gets hostas, ferns and a row of Japanese anemones. The anemones should go in before the end of April.",
    "And when do I water them?",
    "Every third evening in the first six weeks, and after that only when a week goes by without rain. The plan warns against watering at noon, because the slope sends it straight to the path.",
  ],
  ja: [
    "庭の計画では北側の花壇はどうなっていますか。",
    "北側の花壇は昼まで日陰になるので、ギボウシとシダ、それにシュウメイギクを一列植えることになっています。シュウメイギクは四月の終わりまでに植えてください。",
    "水やりはいつがいいですか。",
    "最初の六週間は三日に一度、夕方にやります。その後は一週間雨が降らないときだけで十分です。昼の水やりは、斜面を伝って道に流れてしまうため避けるように書かれています。",
  ],
};
const PARTIAL = { en: ["How long will the ", "ferns take to"], ja: ["シダが広がるまで", "どのくらい"] };
const TITLE = {
  en: "The north bed and everything that should be planted there before the end of April",
  ja: "北側の花壇に四月の終わりまでに植えるものと水やりの間隔について",
};

export function line(id: string, role: Line["role"], text: string, more: Partial<Line> = {}): Line {
  return {
    id,
    role,
    via: "voice",
    text,
    unstable: "",
    voiced: text.length,
    status: "final",
    marks: [],
    soundMs: 4000,
    ...more,
  };
}

export function turn(number: number, marks: Marks, more: Partial<Turn> = {}): Turn {
  const requestId = `req_7f3a${number}c`;
  return {
    number,
    requestId,
    itemId: null,
    responseId: `resp_${number}`,
    speechMs: 2140,
    marks,
    outcome: "completed",
    ...more,
  };
}

function stage(name: StageName, kind: StageKind, error: string | null = null): Stage {
  const models = {
    llm: "Qwen3-1.7B-Q4_K_M",
    stt: "ggml-base-q5_1",
    tts: "piper-amy-medium",
    embedding: "multilingual-e5-small",
  };
  const ports = { llm: "18000/v1", stt: "6006", tts: "7007", embedding: "9000" };
  const providers = { llm: "llama.cpp", stt: "whisper.cpp", tts: "fish-speech", embedding: "llama.cpp" };
  const endpoint = `http://127.0.0.1:${ports[name]}`;
  const fallbacks = kind === "fallback" ? 3 : 0;
  return { name, kind, provider: providers[name], model: models[name], endpoint, fallbacks, error };
}

function health(...kinds: [stt: StageKind, llm: StageKind, tts: StageKind, embedding: StageKind]): Health {
  const [stt, llm, tts, embedding] = kinds;
  const stages = [
    stage("stt", stt),
    stage("llm", llm, llm === "down" ? "connection refused" : null),
    stage("tts", tts),
    stage("embedding", embedding),
  ];
  const warnings = stages
    .filter(({ kind }) => kind !== "real")
    .map(({ name, endpoint, kind }) => {
      if (kind === "mock") return `${name}: ${endpoint} is a mock`;
      return `${name}: ${endpoint} is ${kind} (connection refused) since 2026-11-25T09:12:44Z, serving nothing`;
    });
  const status = kinds.includes("down") ? "unavailable" : warnings.length > 0 ? "degraded" : "ok";
  return { reachable: true, status, version: "0.4.0", stages, warnings, documents: 3 };
}

const NOBODY: Health = { reachable: false, status: "unavailable", version: "", stages: [], warnings: [], documents: 0 };

function talk(language: Language, count = 4): Partial<State> {
  const marks: Marks[] = [
    { final: 312, passages: 341, first_token: 812, first_audio: 1640, heard: 1874 },
    { final: 290, passages: 322, first_token: 940, first_audio: 2010, heard: 2262 },
  ];
  const lines = TALK[language].slice(0, count).map((text, n) => line(`item_${n}`, n % 2 ? "assistant" : "user", text));
  const answers = [1, 3].map((n, index) => {
    const more = { askedAt: null, heardMs: null, silenced: false, over: true };
    return { responseId: `resp_${index + 1}`, itemId: `item_${n}`, ...more };
  });
  return {
    ...{ connection: "live", microphone: "on", lines, answers },
    turns: marks.slice(0, Math.floor(count / 2)).map((each, n) => turn(n + 1, each)),
    conversation: { id: "conv_1", token: "t", kept: true, title: TITLE[language] },
  };
}

function speaking(language: Language): Partial<State> {
  const given = talk(language);
  const lines = given.lines!.map((each) =>
    each.id === "item_3" ? { ...each, voiced: Math.floor(each.text.length * 0.55) } : each,
  );
  return { ...given, lines, playing: "item_3" };
}

function hearing(language: Language): Partial<State> {
  const [text, unstable] = PARTIAL[language];
  const given = talk(language);
  return {
    ...given,
    hearing: true,
    lines: [...given.lines!, line("item_4", "user", text!, { unstable: unstable!, status: "open" })],
  };
}

function cut(language: Language): Partial<State> {
  const given = talk(language);
  const shorter = given.lines!.map((each) => {
    return each.id === "item_3" ? { ...each, text: each.text.slice(0, 48), voiced: 48, status: "cut" as const } : each;
  });
  return { ...given, lines: [...shorter, line("item_4", "user", "", { status: "failed" })] };
}

function long(language: Language): Partial<State> {
  const given = talk(language);
  const lines = Array.from({ length: 40 }, (_, n) => ({ ...given.lines![n % 4]!, id: `item_${n}` }));
  const turns = Array.from({ length: 20 }, (_, n) => {
    const late = (n * 37) % 23;
    return turn(n + 1, {
      final: 260 + 9 * late,
      passages: 300 + 9 * late,
      first_token: 700 + 31 * late,
      first_audio: 1400 + 52 * late,
      heard: 1630 + 53 * late,
    });
  });
  return { ...given, lines, turns };
}

const REAL = health("real", "real", "real", "real");

interface Scene {
  state?: (language: Language) => Partial<State>;
  health?: Health | null;
  then?: (kaiwa: FakeKaiwa) => void;
}

export const scenes: Record<string, Scene> = {
  start: {},
  asking: { health: null },
  mixed: { health: health("mock", "down", "fallback", "loading") },
  unreachable: { health: NOBODY },
  refused: { state: () => ({ microphone: "refused", problem: { code: "microphone_refused" } }) },
  locked: { state: () => ({ problem: { code: "key_needed" } }) },
  connecting: { state: () => ({ connection: "connecting", microphone: "asking" }) },
  listening: { state: talk },
  hearing: { state: hearing },
  thinking: { state: (language) => ({ ...talk(language, 3), waiting: true }) },
  speaking: { state: speaking },
  cut: { state: cut },
  long: { state: long },
  muted: { state: (language) => ({ ...talk(language), muted: true }) },
  held: { state: (language) => ({ ...hearing(language), mode: "push-to-talk", holding: true }) },
  holding: { state: (language) => ({ ...speaking(language), mode: "push-to-talk" }) },
  reconnecting: {
    state: (language) => ({ ...talk(language), connection: "reconnecting", retryAt: performance.now() + 7400 }),
  },
  problem: {
    state: (language) => ({ ...talk(language), problem: { code: "provider_timeout" } }),
    health: health("real", "fallback", "real", "real"),
  },
  private: {
    state: (language) => ({ ...talk(language), conversation: { id: "c", token: "t", kept: false, title: "" } }),
    then: (kaiwa) => kaiwa.change({ keepPrivate: true }),
  },
  typing: { state: (language) => ({ ...talk(language), microphone: "off" }) },
  refusals: {
    state: (language) => ({
      ...talk(language),
      refused: { speed: "Invalid value: 'speed' must be between 0.25 and 1.5." },
    }),
  },
  log: { state: talk, then: (kaiwa) => kaiwa.change({ debug: true }) },
};

export function stageScene(name: string, language: Language): FakeKaiwa {
  const scene = scenes[name];
  if (!scene) throw new RangeError(`no scene is called ${name}`);
  const kaiwa = fakeKaiwa(scene.state?.(language));
  kaiwa.health.set(scene.health === undefined ? REAL : scene.health);
  kaiwa.voices.set({ names: ["amy", "ryan", "haruka"], preset: "amy" });
  kaiwa.kept = keptOf(language);
  kaiwa.entries.set(logOf());
  scene.then?.(kaiwa);
  return kaiwa;
}

function keptOf(language: Language) {
  const now = 1_795_600_000; // fixed, so that pictures are the same
  const titles = [
    TITLE[language],
    language === "ja" ? "明日の天気" : "Tomorrow's weather",
    "",
    "Reisekosten 2025",
    "会話の始め方",
  ];
  return titles.map((title, n) => {
    const updatedAt = now - n * n * 86_400 * 2;
    return { id: `conv_${n + 1}`, title, createdAt: updatedAt, updatedAt, messages: 4 + 3 * n };
  });
}

function logOf() {
  const types = [
    "session.created",
    "session.update",
    "session.updated",
    "input_audio_buffer.append",
    "input_audio_buffer.speech_started",
    "kaiwa.transcription.partial",
    "response.output_audio.delta",
    "response.done",
  ];
  return types.map((type, n) => {
    const way = ["session.update", "input_audio_buffer.append"].includes(type) ? ("out" as const) : ("in" as const);
    return {
      number: n,
      at: 1204 + 333 * n,
      way,
      type,
      bytes: 120 + 77 * n,
      body: JSON.stringify({ type, event_id: `event_${n}` }),
    };
  });
}
