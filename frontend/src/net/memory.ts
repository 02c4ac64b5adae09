// What one tab remembers over a reload: which conversation it was in, and how much of the last answer was heard.
//
// A browser may write a tab's memory to its disk, to bring tabs back after a crash. So nothing that was said is put
// there; and a private conversation's token is of no use to anybody a minute after its socket has gone.

import type { Conversation } from "../state/model";
import type { Heard } from "./wishes";

const KEY = "kaiwa.conversation";

export interface Memory {
  conversation: Omit<Conversation, "title">;
  heard: Heard | null;
}

export function recall(storage: Storage | null): Memory | null {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "null");
    return isMemory(kept) ? kept : null;
  } catch {
    return null; // not ours, or the browser keeps nothing for this page
  }
}

export function remember(storage: Storage | null, memory: Memory | null): void {
  try {
    if (memory === null) storage?.removeItem(KEY);
    else storage?.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Full, or forbidden: after a reload there will be a new conversation.
  }
}

function isMemory(value: unknown): value is Memory {
  const { conversation, heard } = (value ?? {}) as Partial<Memory>;
  const isNamed = typeof conversation?.id === "string" && typeof conversation.token === "string";
  const isHeard = heard === null || (typeof heard?.item_id === "string" && Number.isInteger(heard.audio_end_ms));
  return isNamed && typeof conversation.kept === "boolean" && isHeard;
}
