// What each stage really is, from `/ready`. A mock is called a mock whatever else it is.

import { writable, type Readable } from "svelte/store";

import type { Health, Stage, StageKind, StageName } from "../state/model";
import type { Clock } from "./clock";

const NAMES: readonly StageName[] = ["stt", "llm", "tts", "embedding"];
const EVERY_MS = 5000;

export const unreachable: Health = {
  ...{ reachable: false, status: "unavailable", version: "" },
  ...{ stages: [], warnings: [], documents: 0 },
};

/** From the server's document, of which nothing is taken for granted: an older or newer one may leave things out. */
export function parseHealth(body: unknown): Health {
  const report = fieldsOf(body);
  const providers = fieldsOf(report.providers);
  const { status } = report;
  const { documents } = fieldsOf(report.rag);
  return {
    reachable: true,
    status: status === "ok" || status === "degraded" ? status : "unavailable",
    version: textOf(report.version),
    stages: NAMES.map((name) => stageOf(name, fieldsOf(providers[name]))),
    warnings: Array.isArray(report.warnings) ? report.warnings.map(String) : [],
    documents: typeof documents === "number" ? documents : 0,
  };
}

function stageOf(name: StageName, provider: Record<string, unknown>): Stage {
  return {
    name,
    kind: kindOf(provider),
    provider: textOf(provider.provider),
    model: textOf(provider.model),
    endpoint: textOf(provider.endpoint),
    fallbacks: typeof provider.fallback_count === "number" ? provider.fallback_count : 0,
    error: textOf(provider.last_error) || null,
  };
}

function kindOf({ state, is_mock, serving }: Record<string, unknown>): StageKind {
  if (is_mock === true) return "mock";
  if (serving === "fallback") return "fallback";
  if (state === "ready") return "real";
  return state === "loading" || state === "down" ? state : "unknown";
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Asks every five seconds for as long as the page is seen, and at once when it comes into view. */
export class HealthWatch {
  readonly #ask: () => Promise<Health>;
  readonly #clock: Clock;
  readonly #store = writable<Health | null>(null);
  #cancel: (() => void) | null = null;
  #isSeen = false;

  constructor(ask: () => Promise<Health>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  get health(): Readable<Health | null> {
    return this.#store;
  }

  see(isSeen: boolean): void {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    this.#cancel?.();
    this.#cancel = null;
    if (isSeen) void this.#round();
  }

  async #round(): Promise<void> {
    this.#store.set(await this.#ask());
    if (!this.#isSeen || this.#cancel) return; // hidden meanwhile; or hidden and seen again, and another round goes on
    this.#cancel = this.#clock.after(EVERY_MS, () => {
      this.#cancel = null;
      void this.#round();
    });
  }
}
