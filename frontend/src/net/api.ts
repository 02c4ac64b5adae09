// What the page asks of the server beside the socket. Every request has a timeout; a missing key leads to the sign-in.

import type { Conversations } from "../kaiwa";
import { linesOf } from "../state/items";
import type { Health, Line, Problem, Summary } from "../state/model";
import type { Item } from "../wire/types.gen";
import { parseHealth, unreachable } from "./health";

const TIMEOUT_MS = 5000;
const PAGE_LENGTH = 50;

/** A request that was not served; `problem` is what the person can be told. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly problem: Problem) {
    super(problem.message ?? problem.code);
  }
}

export interface Api extends Conversations {
  read(id: string): Promise<{ title: string; lines: Line[] }>;
  voices(): Promise<{ names: string[]; preset: string | null }>;
  /** Whether the server would turn us away. A server that does not answer is another matter: false. */
  isKeyNeeded(): Promise<boolean>;
  /** Null: accepted. */
  signIn(key: string): Promise<Problem | null>;
  health(): Promise<Health>;
  sampleAddress(voice: string, language: "en" | "ja"): string;
}

interface Options {
  fetch: typeof fetch;
  onKeyNeeded(): void;
}

interface WireSummary {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
  messages: number;
}

export function openApi({ fetch, onKeyNeeded }: Options): Api {
  /** Rejects with `Refused` unless the answer is a good one. Addresses are relative: the page may lie behind a prefix. */
  async function ask(address: string, request: RequestInit = {}): Promise<Response> {
    const response = await fetchInTime(address, request);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.code === "key_needed") onKeyNeeded();
    throw new Refused(problem);
  }

  async function fetchInTime(address: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(address, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new Refused({ code: "unreachable" }); // no network, no server, or too late: the browser does not say
    }
  }

  const send = (method: string, address: string, body: object) =>
    ask(address, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  return {
    async list(query, cursor) {
      const asked = new URLSearchParams({ query, limit: String(PAGE_LENGTH), ...(cursor !== undefined && { cursor }) });
      const { data, next } = (await (await ask(`v1/conversations?${asked}`)).json()) as List;
      return { found: data.map(summaryOf), next };
    },
    async read(id) {
      const { title, items } = (await (await ask(addressOf(id))).json()) as { title: string; items: Item[] };
      return { title, lines: linesOf(items) };
    },
    async rename(id, title) {
      return summaryOf((await (await send("PATCH", addressOf(id), { title })).json()) as WireSummary);
    },
    async remove(id) {
      await ask(addressOf(id), { method: "DELETE" });
    },
    exportAddress: (id, format) => `${addressOf(id)}/export?format=${format}`,
    async voices() {
      const { data, default: preset } = (await (await ask("v1/voices")).json()) as Voices;
      return { names: data.map(({ id }) => id), preset };
    },
    async isKeyNeeded() {
      try {
        return (await fetchInTime("v1/voices", {})).status === 401;
      } catch {
        return false;
      }
    },
    async signIn(key) {
      try {
        await send("POST", "v1/sign-in", { key });
        return null;
      } catch (error) {
        if (error instanceof Refused) return error.problem;
        throw error;
      }
    },
    async health() {
      try {
        return parseHealth(await (await fetchInTime("ready", {})).json()); // what is not ready says so with a 503
      } catch {
        return unreachable;
      }
    },
    sampleAddress: (voice, language) => `v1/voices/${encodeURIComponent(voice)}/sample?language=${language}`,
  };
}

interface List {
  data: WireSummary[];
  next: string | null;
}

interface Voices {
  data: { id: string }[];
  default: string | null;
}

function addressOf(id: string): string {
  return `v1/conversations/${encodeURIComponent(id)}`;
}

function summaryOf({ id, title, created_at, updated_at, messages }: WireSummary): Summary {
  return { id, title, createdAt: created_at, updatedAt: updated_at, messages };
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return { code: error.code, message: error.message };
  } catch {
    return { code: response.status === 401 ? "key_needed" : "unreachable" }; // a proxy's answer, not the assistant's
  }
}
