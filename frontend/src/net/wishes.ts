// What the page tells a session of itself, and which of the person's settings a refusal is about. Pure.

import { defaults } from "../state/settings";
import type { Settings } from "../state/model";
import type { AudioFormat, SessionUpdate, TurnDetection } from "../wire/types.gen";

/** Which conversation a session is of. */
export type Choice = { keep: boolean } | { id: string } | { token: string; heard?: Heard };

/** How much of an answer was played that did not get to its end. */
export interface Heard {
  item_id: string;
  audio_end_ms: number;
}

/** What the server does if nobody says otherwise. */
export interface Usual {
  voice: string;
  silenceMs: number | null; // null: it does not go by a length of silence
}

export interface Wishes {
  settings: Settings;
  opus: boolean;
  aloud: boolean; // false: there is no loudspeaker, so answers are only written
  usual: Usual | null;
  conversation: Choice | null; // null: nothing is said of it
}

/** What can be refused by itself: the page then goes on without it. */
export type Field =
  "opus" | "conversation" | "instructions" | "voice" | "speed" | "patienceMs" | "language" | "temperature";

const PARAMS: [start: string, field: Field][] = [
  ["session.audio.input.format", "opus"],
  ["session.audio.output.format", "opus"],
  ["session.audio.input.turn_detection", "patienceMs"],
  ["session.audio.output.voice", "voice"],
  ["session.audio.output.speed", "speed"],
  ["session.instructions", "instructions"],
  ["session.kaiwa.conversation", "conversation"],
  ["session.kaiwa.language", "language"],
  ["session.kaiwa.temperature", "temperature"],
];
const OPUS: AudioFormat = { type: "audio/opus" };
const PCM: AudioFormat = { type: "audio/pcm", rate: 24_000 };

/** A complete session but for what is `left` out. What the person left as it is, is the server's to choose. */
export function sessionOf(wishes: Wishes, left: ReadonlySet<Field>): SessionUpdate["session"] {
  const { settings, usual, conversation } = wishes;
  const format = wishes.opus && !left.has("opus") ? OPUS : PCM;
  const unless = <T>(field: Field, value: T) => (left.has(field) ? {} : value);
  const voice = settings.voice || usual?.voice;
  return {
    type: "realtime",
    output_modalities: [wishes.aloud ? "audio" : "text"],
    ...unless("instructions", { instructions: settings.instructions }),
    audio: {
      input: { format, transcription: {}, turn_detection: turnDetection(wishes, left) },
      output: { format, ...unless("voice", voice ? { voice } : {}), ...unless("speed", { speed: settings.speed }) },
    },
    kaiwa: {
      ...unless("language", { language: settings.language === "auto" ? null : settings.language }),
      ...unless("temperature", { temperature: settings.temperature }),
      ...unless("conversation", conversation && { conversation }),
    },
  };
}

function turnDetection({ settings, usual }: Wishes, left: ReadonlySet<Field>): TurnDetection | null {
  if (settings.mode === "push-to-talk") return null;
  const silence = settings.patienceMs === defaults.patienceMs ? (usual?.silenceMs ?? null) : settings.patienceMs;
  return {
    type: "server_vad",
    ...(silence !== null && !left.has("patienceMs") && { silence_duration_ms: silence }),
  };
}

export function fieldOf(param: string | undefined): Field | null {
  return PARAMS.find(([start]) => param?.startsWith(start))?.[1] ?? null;
}
