// Trading the key of a sign-in link, or one typed in, for a cookie that page and socket then carry by themselves.

import { Problem } from "./problem.js";

const TIMEOUT_MS = 5000;

/** Takes `?key=` out of the address bar and its history, and returns it. */
export function takeKeyFromAddress() {
  const address = new URL(location.href);
  const key = address.searchParams.get("key");
  if (key === null) return null;
  address.searchParams.delete("key");
  history.replaceState(null, "", address);
  return key;
}

/** Throws a Problem when the key was not accepted or could not be brought to the server. */
export async function signIn(key) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }) };
  let response;
  try {
    response = await fetch("v1/sign-in", { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Problem("unreachable");
  }
  if (response.ok) return;
  const { error } = await response.json();
  throw new Problem(error.code, error.message);
}

/** True when the server would turn us away. A server that does not answer is another matter: false. */
export async function keyNeeded() {
  try {
    const response = await fetch("v1/voices", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.status === 401;
  } catch {
    return false;
  }
}
