// What the end of a connection means: what the person is told, and whether to connect again. Pure.

import type { Problem } from "../state/model";

/** How a connection ended, as far as the page can know. */
export interface Ending {
  code: number; // the WebSocket's; 1006 for everything that came without a word
  wasReady: boolean;
  told: Problem | null; // the server's last error, which says more than a code
}

export interface End {
  problem: Problem | null;
  again: boolean;
}

const NORMAL = 1000;
const BUSY = 1013;
/** We closed it ourselves, because the network does not take what we send, or nothing comes. */
export const TOO_SLOW = 4000;
export const NO_ANSWER = 4001;

/** Going away, no word, our fault, restarting, busy, a proxy without a server, and our own two. */
const AGAIN = new Set([1001, 1005, 1006, 1011, 1012, BUSY, 1014, TOO_SLOW, NO_ANSWER]);
/** Told in time, these are meant: whoever comes back uninvited would only be told again. */
const FINAL = new Set(["session_idle", "conversation_taken_over", "conversation_deleted"]);

export function meaningOf({ code, wasReady, told }: Ending): End {
  const again = AGAIN.has(code) && !FINAL.has(told?.code ?? "");
  if (!again) return { again, problem: told ?? { code: wasReady && code !== NORMAL ? "lost" : "ended" } };
  if (code === BUSY && !wasReady) return { again, problem: { code: "busy" } };
  if (code === TOO_SLOW || code === BUSY) return { again, problem: { code: "slow" } }; // the server's word for a slow client
  return { again, problem: wasReady ? null : { code: "unreachable" } };
}
