// The conversation's socket: OpenAI's Realtime protocol at /v1/realtime, with our own `kaiwa` events switched on.

import { keyNeeded } from "./sign-in.js";
import { Problem } from "./problem.js";

const PATIENCE_MS = 10_000;
const MOST_BACKLOG = 640_000; // bytes: ten seconds of sound that the network did not take
const SESSION = {
  type: "realtime",
  audio: {
    input: { format: { type: "audio/pcm", rate: 24000 }, transcription: {}, turn_detection: { type: "server_vad" } },
    output: { format: { type: "audio/pcm", rate: 24000 } },
  },
  kaiwa: {},
};

/**
 * Resolves to {send} when the session is ready. `onMessage(message)` gets all that comes, `onLost(problem)` the end of
 * a session that was ready; aborting `signal` ends it in any state.
 */
export function openWire({ onMessage, onLost, signal }) {
  const address = new URL("v1/realtime", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  return new Promise((resolve, reject) => {
    let complaint = null; // the server's last word, which says more than a close code
    let ready = false;
    const timer = setTimeout(() => fail(new Problem("unreachable")), PATIENCE_MS);

    function fail(problem) {
      clearTimeout(timer);
      socket.onclose = socket.onmessage = null;
      socket.close();
      if (ready) onLost(problem);
      else reject(problem);
    }

    signal.addEventListener("abort", () => fail(new Problem("stopped")));
    socket.onopen = () => socket.send(JSON.stringify({ type: "session.update", session: SESSION }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      complaint = message.type === "error" ? message.error : null;
      if (!ready && message.type === "session.updated") {
        ready = true;
        clearTimeout(timer);
        resolve(makeWire(socket, fail));
      }
      onMessage(message);
    };
    socket.onclose = async ({ code }) => fail(await explain(code, ready, complaint));
  });
}

function makeWire(socket, fail) {
  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) return; // it is closing: onclose says the rest
      if (socket.bufferedAmount > MOST_BACKLOG) fail(new Problem("slow"));
      else socket.send(JSON.stringify(message));
    },
  };
}

/** A refused WebSocket tells a page nothing, so ask by plain HTTP whether a key is what was missing. */
async function explain(code, ready, complaint) {
  if (code === 1013) return new Problem("busy");
  if (!ready && (await keyNeeded())) return new Problem("key_needed");
  if (complaint) return new Problem(complaint.code ?? "ended", complaint.message);
  if (!ready) return new Problem("unreachable");
  return new Problem(code === 1006 ? "lost" : "ended");
}
